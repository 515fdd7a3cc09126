#pragma once

#include "exchange/foreign_objective.h"
#include "exchange/stored_trials.h"
#include "tamis/result.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// How the column of an objective that is not a latency begins: what to_string(Objective) gives follows.
inline constexpr std::string_view kCsvObjective = "objective:";

/// Which columns of a CSV table hold what, and what costs are made of.
struct CsvColumns {
  std::vector<std::string> names;
  size_t verdict = 0;
  /// The column of the costs, where they are not latencies in `latency_ns` or `cycles`.
  std::optional<size_t> cost;
  ValueScale scale;

  size_t first_knob() const { return 2; }
  size_t first_feature() const { return verdict + 1; }
  size_t message() const { return names.size() - 1; }
};

/// Reads a header line. Errors: corrupt; as scale_of; invalid_input for options that name no column.
Result<CsvColumns> read_csv_header(std::span<const std::string_view> cells, const ReadOptions& options);

/// The rows of one workload of a CSV table, by columns.
class CsvRows final : public StoredTrials {
 public:
  /// Without costs every column between verdict and message is a feature.
  CsvRows(const CsvColumns& columns, bool with_costs);

  /// Takes a row. Errors: corrupt, what is wrong with it; nothing is taken then.
  Status take(std::span<const std::string_view> cells);
  /// Makes knobs and the space. Errors: as Space::create.
  Status finish(TrialSet& head);
  /// The cells of the column `index`.
  const std::vector<uint64_t>& indices() const { return indices_; }

  size_t size() const override { return verdicts_.size(); }
  void read(size_t position, Trial& trial) const override;

 private:
  Status scan_features(std::span<const std::string_view> cells);
  Result<double> cost_of_row() const;

  std::vector<std::string> features_;  // names
  size_t first_feature_ = 0, message_ = 0;
  std::optional<size_t> latency_, cycles_, cost_;  // among the features
  ValueScale scale_;
  bool with_costs_;
  uint32_t row_ = 0;
  std::vector<double> scanned_;  // features of the row at hand, NaN where it has none
  bool is_cost_nan_ = false;     // whether the row at hand says NaN itself

  std::vector<KnobColumn> knobs_;
  std::vector<uint64_t> indices_;
  std::vector<uint8_t> verdicts_;
  std::vector<std::vector<double>> values_;  // by feature
  std::vector<double> costs_;
  std::vector<uint32_t> row_numbers_;
  TextColumn messages_;
};

}  // namespace tamis

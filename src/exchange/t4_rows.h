#pragma once

#include "exchange/foreign_objective.h"
#include "exchange/json_cursor.h"
#include "exchange/stored_trials.h"
#include "tamis/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// One row of a T4 table as its JSON has it. What a row does not have is empty.
struct T4Row {
  std::string problem;  ///< the first thing that bars the row from being taken
  bool has_configuration = false;
  bool wrong = false;  ///< whether it says that its result was wrong
  std::string invalidity, objective, verdict, error, unit;
  size_t objectives = 0;   ///< how many the row names
  std::string_view value;  ///< raw JSON: of the objective; empty where there is no such measurement
  std::string time_unit;   ///< of the first measurement that is a time
  std::optional<double> compilation;
  double runtimes = 0;           ///< their mean; 0 without
  std::vector<double> samples;   ///< the runtimes, where all of them are numbers above 0
  double running = 0;            ///< runtimes, checking and the framework together
  std::vector<double> features;  ///< by ReadOptions::features; NaN where it has none
};

/// The rows of a T4 table, by columns.
class T4Rows final : public StoredTrials {
 public:
  explicit T4Rows(const ReadOptions& options);

  /// Takes the list of rows. What cannot be taken is in skipped().
  void take_rows(JsonCursor& cursor);
  /// How many rows the list had.
  size_t rows() const { return row_; }
  Skipped& skipped() { return skipped_; }
  /// Turns values into costs and columns into knobs. `time_unit` is the table's, `own` the objective that
  /// tamis wrote into the table; either may be empty. Errors: as scale_of; corrupt for a unit that is not one
  /// of time, and where nothing is left; as Space::create.
  Status finish(const std::string& time_unit, const std::string& own, TrialSet& head);

  size_t size() const override { return verdicts_.size(); }
  void read(size_t position, Trial& trial) const override;

 private:
  void take_row(JsonCursor& cursor);
  void scan_row(JsonCursor& cursor, std::string_view objective);
  void scan_member(JsonCursor& cursor, std::string_view key);
  void scan_configuration(JsonCursor& cursor);
  void scan_knob(JsonCursor& cursor, std::string_view key, size_t place);
  void scan_times(JsonCursor& cursor);
  void scan_runtimes(JsonCursor& cursor);
  void store_samples();
  Status check_features() const;
  void scan_objectives(JsonCursor& cursor);
  void scan_measurement(JsonCursor& cursor);
  bool is_time(std::string_view unit);
  void problem(std::string text);
  void check_spelling(std::string_view key, std::string_view what, std::span<const std::string_view> known);
  void skip_of_measurement(JsonCursor& cursor, std::string_view key);
  Status store_row();
  void store_value();
  Status check_objective();
  std::string failure_message() const;
  uint8_t unit_number(const std::string& unit);
  ForeignObjective said(const std::string& time_unit) const;
  void settle(const ValueScale& scale, double time_ns);
  void settle_times(size_t position, double time_ns);
  void settle_samples(size_t position, const Objective& objective, double time_ns);
  std::string settle_row(size_t position, const ValueScale& scale, double time_ns);

  const ReadOptions options_;
  bool picked_ = false;    // whether objective_ is what the user names
  std::string objective_;  // of the table; empty until a row names it
  std::string sought_;     // the measurement that the row at hand is scanned for
  size_t row_ = 0;         // of the row at hand, from 1
  T4Row at_hand_;
  uint32_t seen_ = 0;  // members of the row at hand
  std::string scratch_, name_scratch_, unit_scratch_, last_time_unit_;
  std::vector<uint32_t> numbers_;            // of the values in the row at hand
  std::vector<size_t> stamps_;               // the row in which each knob was seen last
  std::vector<std::string> measured_names_;  // of the first row
  std::vector<std::string> units_ = {""};
  bool found_ = false;  // whether any row has the objective
  Skipped skipped_;
  /// Names of members that are none of ours, each with what is wrong with it.
  std::vector<std::pair<std::string, std::string>> spellings_;

  std::vector<KnobColumn> knobs_;
  std::vector<uint8_t> verdicts_;
  std::vector<uint8_t> sources_;  // where the value comes from
  std::vector<double> costs_;     // values until they are settled
  std::vector<uint8_t> value_units_, time_units_;
  std::vector<double> builds_;                 // until settled in the table's unit; negative: none
  std::vector<double> runs_;                   // the same of running; empty where nobody asked for it
  std::vector<double> samples_;                // of all rows, one after the other
  std::vector<std::vector<double>> features_;  // by ReadOptions::features
  std::vector<std::pair<uint32_t, uint32_t>> sample_of_;  // their place and number; likewise empty
  std::vector<uint32_t> row_numbers_;
  TextColumn messages_;
};

}  // namespace tamis

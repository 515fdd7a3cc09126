#pragma once

#include "exchange/autotvm.h"
#include "exchange/stored_trials.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tamis {

/// What of a record has no place in a trial is kept as features of these names: a record comes out as it went
/// in.
inline constexpr std::string_view kAutotvmIndex = "autotvm_index";
inline constexpr std::string_view kAutotvmErrorNo = "autotvm_error_no";  ///< where the verdict has another
inline constexpr std::string_view kAutotvmAllCost = "autotvm_all_cost_s";
/// Then the number of the sample and `_s`, where two costs would become the same latency.
inline constexpr std::string_view kAutotvmCost = "autotvm_cost_";
inline constexpr std::string_view kAutotvmTimestamp = "autotvm_timestamp_s";
/// A bit for each entity, the first the lowest: that the log left its outermost factor open. Only where that
/// is not as it is usual (-1 for a template that tamis knows, else what the space has).
inline constexpr std::string_view kAutotvmOpen = "autotvm_open";

/// Names and kinds of the entities of a task's configs, in their order.
using AutotvmSignature = std::vector<std::pair<std::string, AutotvmKind>>;
AutotvmSignature signature_of(const AutotvmRecord& record);
/// That of a space: splits are sp, all else ot.
AutotvmSignature signature_of(const Space& space);

/// A line of a log in pieces of its JSON, good as long as the line.
struct AutotvmPieces {
  std::string_view input, code_hash, tvm_version;
  std::vector<std::string_view> entities;
  uint64_t index = 0;
  int error_no = 0;
  std::vector<double> costs_s;
  double all_cost_s = 0, timestamp_s = 0;
};
/// Takes a line to pieces. False for one that is not plainly a good record: parse_autotvm_record says why.
bool take_to_pieces(std::string_view line, AutotvmPieces& pieces);

/// The records of one task whose configs have the same entities, by columns.
class AutotvmRows final : public StoredTrials {
 public:
  AutotvmRows(AutotvmTask task, AutotvmSignature signature);
  const AutotvmTask& task() const { return task_; }
  const AutotvmSignature& signature() const { return signature_; }

  /// Takes a record of this task whose every entity was met before; else returns false and takes nothing.
  bool take(const AutotvmPieces& pieces);
  /// Makes the entities of a record of this task known: the same record in both forms.
  void meet(const AutotvmPieces& pieces, const AutotvmRecord& record);
  /// When the first record finished; 0 where none says.
  int64_t started_unix_ms() const { return started_unix_ms_; }

  /// A space of the values that occur: splits stay splits (a factor that a record leaves open is worked out
  /// where another record tells the extent), numbers ascend, all else are names. Errors: as Space::create.
  Result<Space> space() const;
  /// Makes configs of this space of the records. A split with an open factor is the one with the same inner
  /// factors. `open_splits`: whether outermost factors are usually left open. Errors: invalid_input for a
  /// value that the space does not have; nothing is changed then.
  Status place(const Space& space, bool open_splits);

  size_t size() const override { return errors_.size(); }
  /// Messages are made up: the format has none.
  void read(size_t position, Trial& trial) const override;

 private:
  std::vector<KnobValue> column(size_t entity) const;
  void note_open(const Space& space, const std::vector<std::vector<uint32_t>>& positions, bool open_splits);

  AutotvmTask task_;
  AutotvmSignature signature_;
  std::string device_;
  std::vector<uint32_t> numbers_;      // of the entities of the record at hand
  std::string raw_version_, version_;  // of the record before
  int64_t started_unix_ms_ = 0;

  std::vector<KnobColumn> entities_;
  std::vector<double> costs_s_;      // of all records
  std::vector<uint32_t> cost_ends_;  // where those of each record end
  std::vector<uint64_t> indexes_;
  std::vector<uint8_t> errors_;
  std::vector<double> all_costs_s_, timestamps_s_;
  std::vector<double> open_;  // the feature kAutotvmOpen; negative: none; empty: none in any record
  TextColumn versions_;       // `tvm VERSION`
};

/// A trial as a record of a task. `open_splits`: leave out the outermost factors, as TVM's own templates do.
/// Latencies become costs; messages are lost.
AutotvmRecord record_of(const AutotvmTask& task, const AutotvmSignature& signature, const Space& space,
                        const Trial& trial, bool open_splits);

}  // namespace tamis

#pragma once

#include "exchange/autotvm.h"
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

/// Names and kinds of the entities of a task's configs, in their order.
using AutotvmSignature = std::vector<std::pair<std::string, AutotvmKind>>;
AutotvmSignature signature_of(const AutotvmRecord& record);
/// That of a space: splits are sp, all else ot.
AutotvmSignature signature_of(const Space& space);

/// The records of one task whose configs have the same entities.
struct AutotvmGroup {
  AutotvmTask task;
  AutotvmSignature signature;
  std::vector<const AutotvmRecord*> records;
};
/// In the order in which the groups begin. The records must outlive the groups.
std::vector<AutotvmGroup> group_records(std::span<const AutotvmRecord> records);

/// A space of the values that occur: splits stay splits (a factor that a record leaves open is worked out
/// where another record tells the extent), numbers ascend, all else are names. Errors: as Space::create.
Result<Space> space_of_records(const AutotvmGroup& group);

/// The records as trials of a space with these knobs, numbered in their order. A split with an open factor is
/// the one with the same inner factors. Messages are made up: the format has none. Errors: invalid_input for
/// a value that the space does not have.
Result<std::vector<Trial>> trials_of_records(const AutotvmGroup& group, const Space& space);

/// A trial as a record of a task. `open_splits`: leave out the outermost factors, as TVM's own templates do.
/// Latencies become costs; messages are lost.
AutotvmRecord record_of(const AutotvmTask& task, const AutotvmSignature& signature, const Space& space,
                        const Trial& trial, bool open_splits);

}  // namespace tamis

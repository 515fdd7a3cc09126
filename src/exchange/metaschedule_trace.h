#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// What an instruction of a trace gives a config: a knob, whose value is what is decided or stands there.
struct TraceStep {
  enum class Kind : uint8_t { literal, tile, choice, other };
  std::string name;  ///< of the knob
  Kind kind = Kind::literal;
  std::string instruction;                         ///< its kind, for errors
  int64_t position = 0;                            ///< of the instruction, by which decisions name it
  KnobValue value;                                 ///< of a literal
  std::vector<Result<KnobValue>> candidates = {};  ///< of a choice
};

/// What the instructions of a trace mean, which many traces share.
struct TracePlan {
  std::string sketch;  ///< equal for traces that differ in their decisions only
  std::string blocks;  ///< those that it asks for, in order, without `root`
  std::vector<TraceStep> steps;
};

/// Reads the instructions of a trace, `[instructions, decisions]`, as TVM 0.27 writes it: a knob for each
/// decision and for each annotation that is a number, in the order of the instructions; what postprocessors
/// added counts for nothing. `tile0`: the factors of a loop, a split; a choice among values is called like
/// the annotation that takes it (`unroll_explicit`), else `choice0`; `location0` is where a block is
/// computed. Errors: corrupt. Thread safe.
Result<TracePlan> plan_of_trace(const Json& instructions);

/// What decides each step of a plan, as it stands in the JSON text of a trace's decisions; empty for a
/// literal. Errors: corrupt. Thread safe.
Result<std::vector<std::string_view>> decisions_of_trace(const TracePlan& plan, std::string_view decisions);

/// The value that a step, which is no literal, has by this decision. Errors: corrupt. Thread safe.
Result<KnobValue> value_of_step(const TraceStep& step, std::string_view decision);

}  // namespace tamis

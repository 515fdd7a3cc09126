#pragma once

#include "exchange/row_collector.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <string>

namespace tamis {

/// What a trace of MetaSchedule decides.
struct TraceConfig {
  std::string sketch;  ///< equal for traces that differ in their decisions only
  NamedValues values;  ///< the decisions, by knobs of their own
};

/// Reads a trace, `[instructions, decisions]`, as TVM 0.27 writes it: a knob for each decision and for each
/// annotation that is a number, in the order of the instructions; what postprocessors added counts for
/// nothing. `tile0`: the factors of a loop, a split; a choice among values is called like the annotation that
/// takes it (`unroll_explicit`), else `choice0`; `location0` is where a block is computed. Errors: corrupt.
Result<TraceConfig> read_trace(const Json& trace);

/// The blocks that a trace asks for, in order, without `root`; empty for other JSON.
std::string blocks_of_trace(const Json& trace);

}  // namespace tamis

#pragma once

#include "base/json.h"
#include "drawing/figure.h"
#include "targets/vta/simulator/timeline.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tamis::cli {

/// Cycles [from, to).
struct CycleRange {
  uint64_t from = 0, to = 0;
};
/// `FROM:TO`, each of which may be left out: the first and the last cycle. Errors: invalid_input that names
/// the flag.
Result<CycleRange> parse_cycles(const std::string& text);
/// The part of a range that a timeline has; all of it without a range, [0, 0) of an empty one. Nothing where
/// the range begins behind its end.
std::optional<CycleRange> range_within(const std::optional<CycleRange>& range, const vta::Timeline& timeline);

/// A row of letters for each engine and for the critical path, no wider than `columns`, with a legend; then
/// what bounds the program, what would help, and a table of the cycles by engine and activity.
std::string draw_timeline(const vta::Timeline& timeline, const CycleRange& range, size_t columns);
/// The same rows and the read port as a panel of a figure.
SpanPanel timeline_panel(const vta::Timeline& timeline, const CycleRange& range, const std::string& title);
/// All numbers, the sentence and the hints; the spans are left out.
Json timeline_to_json(const vta::Timeline& timeline);

}  // namespace tamis::cli

#pragma once

#include "tamis/workload.h"

#include <cstdint>

namespace tamis {

/// The padding of an axis as `pad_top` and `pad_bottom`, or `pad_left` and `pad_right`, say it: of each side
/// apart. 0 for a side that is not given.
struct PaddedSides {
  int64_t first = 0, last = 0;
};

/// Sets `pad_h` and `pad_w` of a workload whose other sizes are set, which needs sides that are alike.
/// Errors: invalid_input where they differ, with the sizes that are the same work, or the nearest.
Status set_padding(Workload& workload, const PaddedSides& rows, const PaddedSides& columns);

}  // namespace tamis

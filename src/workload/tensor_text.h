#pragma once

#include "tamis/workload.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// `[64][3][3]: WHAT`. Thread safe.
std::string bracketed(const std::vector<int64_t>& extents, std::string_view what);

/// The shape of a tensor of a workload with the names of its axes, as a header tells it:
/// `[1][56][56][64]: image, row, column, channel (NHWC)`. `tensor` is `input`, `weights` (for a matmul its
/// second operand), `inner_weights`, or, for all others, what lies as the output does. Thread safe.
std::string tensor_text(const Workload& workload, const std::string& tensor);

/// What becomes of a sum, in one line: `max(sum + bias, 0)`; bounds that are none are left out. Thread safe.
std::string result_text(const Workload& workload);

}  // namespace tamis

#pragma once

#include "workload/data.h"

#include <optional>
#include <string>

namespace tamis {

/// Compares the output of a program with the reference result `data.output`: first type and size, then the
/// bytes, and only where those differ the elements. Elements may lie `data.tolerance` apart; one that is not
/// a number always differs.
///
/// Returns nothing when they agree; otherwise how many elements of how many differ, with the position and
/// both values of the first, and for float32 the largest error. Pure, so thread safe.
std::optional<std::string> find_difference(const Workload& workload, const WorkloadData& data,
                                           const Tensor& actual);

}  // namespace tamis

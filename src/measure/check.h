#pragma once

#include "workload/workload.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// Compares the output of a program with the reference result, both NCHW as WorkloadData::output: first the
/// sizes, then the bytes, and only where those differ the elements.
///
/// Returns nothing when they agree; otherwise how many elements of how many differ, with the position and
/// both values of the first. Pure, so thread safe.
std::optional<std::string> find_difference(const Workload& workload, const std::vector<int8_t>& expected,
                                           const std::vector<int8_t>& actual);

}  // namespace tamis

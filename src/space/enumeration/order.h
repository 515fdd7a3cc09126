#pragma once

#include "space/enumeration/condition.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tamis::enumeration {

/// The knobs of each group of knobs that conditions join, in the order in which they are to be chosen. A knob
/// that no condition looks at is a group of its own. `sizes` are the numbers of values of the knobs with a
/// choice.
///
/// Knobs whose choice must be remembered while others are chosen make an enumeration large, so that order is
/// taken of several greedy ones which keeps the products of their numbers of values least.
std::vector<std::vector<size_t>> ordered_groups(std::span<const Condition> conditions,
                                                const std::vector<uint64_t>& sizes);

}  // namespace tamis::enumeration

#pragma once

#include "space/space.h"
#include "trial/trial.h"

#include <cstdint>

namespace tamis {

/// A number that two trials share when everything about them but their number is the same; values of knobs
/// count by what they are, so that trials of two spaces can be compared. Different trials practically never
/// share it.
uint64_t trial_identity(const Space& space, const Trial& trial);

}  // namespace tamis

#pragma once

#include "tamis/random.h"
#include "tamis/workload.h"

namespace tamis::cpu::testing {

/// A valid workload of any operator, type and layout that target cpu may know: mostly odd sizes, some around
/// multiples of vectors, and at most about half a million multiplications.
Workload any_workload(Random& random);

}  // namespace tamis::cpu::testing

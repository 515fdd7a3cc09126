#pragma once

#include "targets/vta/simulator/timeline.h"

#include <string>
#include <vector>

namespace tamis::vta {

/// What a program's cycles are spent on, as one sentence without a stop, from the critical path: `bound by
/// COMPUTE: GEMM 61 %, shr 9 %; waits for LOAD: inp 8 %; FETCH: start 2 %`. The engine with the most cycles
/// comes first; shares below 1 % are not named. Empty for an empty timeline.
std::string bound_text(const Timeline& timeline);

/// What would make the program faster, in plain words: a sentence for each of the two parts with the largest
/// savings, where these are at least 5 % of the cycles. Where there are none, one that says so. Nothing for a
/// program that did not finish.
std::vector<std::string> hints(const Timeline& timeline);

/// The share of the cycles that the GEMM micro-ops alone would take, from 0 to 1: no schedule of these
/// micro-ops takes fewer.
double floor_share(const Timeline& timeline);

}  // namespace tamis::vta

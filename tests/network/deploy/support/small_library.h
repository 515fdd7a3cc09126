#pragma once

#include "network/library/library.h"

#include <string>
#include <vector>

namespace tamis::network::testing {

/// A network of three steps, compiled for this processor:
///
///     scale:  arena = input.1 * weights      float32 2x8, weights of 8
///     relu:   y = max(arena, 0)              by way of a workspace and one for each thread
///     twice:  ids_twice = ids + ids          int64 2
Library small_library(const std::string& name = "tiny", int threads = 1);

/// The same kernels in control flow. `twice` goes through the pairs of ids backwards; then, as often as n
/// says and the condition holds, ids_last = twice the number of the round; and y is relu(input.1), or where
/// the condition does not hold `scale`'s:
///
///     loop 3:       ids*2 = twice of ids      int64 6, from the last pair of both to the first
///     loop n:       last = {2 * round, 0}     int64 2, while c
///     branch c:     y = relu(input.1)         else relu(scale(input.1))
Library flowing_library(const std::string& name = "tiny");

/// The weights of `scale`: 1, -2, 3, -4, ...
std::vector<float> small_weights();

}  // namespace tamis::network::testing

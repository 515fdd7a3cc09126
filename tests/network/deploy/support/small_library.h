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

/// The weights of `scale`: 1, -2, 3, -4, ...
std::vector<float> small_weights();

}  // namespace tamis::network::testing

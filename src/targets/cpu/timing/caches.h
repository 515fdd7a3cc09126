#pragma once

#include "tamis/result.h"

#include <string_view>

namespace tamis::cpu {

/// What lies in the caches when a timed run begins.
enum class Caches {
  warm,     ///< all that fits: the same program ran just before
  cold,     ///< nothing
  network,  ///< what fits, but for the weights: other layers ran since these were read
};

/// `warm`, `cold`, `network`.
std::string_view to_string(Caches caches);
/// The state of a word. Errors: invalid_input that names the words there are.
Result<Caches> parse_caches(std::string_view word);

}  // namespace tamis::cpu

#pragma once

#include "network/graph/array.h"
#include "network/library/library.h"

#include <cstddef>

namespace tamis::network {

/// What numbers an input is filled with that nobody gives: always the same ones, which no operator is likely
/// to overflow with or to take for an index that is not there.
enum class SampleKind {
  real,        ///< from -1 to below 1
  half,        ///< float16 from 0.5 to below 1
  upper_half,  ///< bfloat16 from 0.5 to below 1
  byte,        ///< from 0 to 127
  bit,         ///< 0 or 1
};
SampleKind sample_kind(ElementType type);

/// What the program NAME_main fills input number `index` with, too. Errors: io where there is not so much
/// memory.
Result<Array> sample_input(const LibraryPort& port, size_t index);

}  // namespace tamis::network

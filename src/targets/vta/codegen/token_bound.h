#pragma once

#include "targets/vta/codegen/plan.h"

#include <cstddef>
#include <cstdint>

namespace tamis::vta {

/// How many tokens of a plan's program wait in one queue at most, however fast or slow each engine is: an
/// upper bound that timing may stay below. `blocks` are the channel blocks of a tile, each stored by itself
/// where the tile is by_block. Thread safe.
uint64_t most_waiting_tokens(const Plan& plan, int64_t blocks);

}  // namespace tamis::vta

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tamis::network {

/// A piece of memory that a network needs from one of its steps to another, both counted.
struct Lifetime {
  int64_t bytes = 0;
  size_t first = 0;
  size_t last = 0;
};

/// Where the pieces lie in one block of memory.
struct MemoryPlan {
  std::vector<int64_t> offsets;  ///< of each piece, multiples of the alignment
  int64_t bytes = 0;             ///< of the block
  int64_t sum = 0;               ///< of all pieces: what a plan without reuse takes
  int64_t least = 0;             ///< most that is needed in one step, which no plan can undercut
};

/// Places pieces so that no two that are needed in the same step overlap. The largest are placed first, each
/// at the lowest place that is free while it is needed (greedy by size, Pisarchyk and Lee 2020). Takes time
/// quadratic in the number of pieces.
MemoryPlan plan_memory(std::span<const Lifetime> pieces, int64_t alignment = 64);

}  // namespace tamis::network

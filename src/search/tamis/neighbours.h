#pragma once

#include "base/random.h"
#include "search/trial_memory.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamis {

struct NeighbourOptions {
  size_t leaders = 5;       ///< of so many of the fastest known configs, all that differ in one knob ...
  size_t two_knobs = 1500;  ///< ... and of the very fastest those that differ in two, at most so many
  size_t enumerated = 60;  ///< of an enumerated space, where constraints may forbid to change one knob alone,
                           ///< so many draws of those that differ in as few as they must
};

/// Unseen configs around the fastest known ones, which a random part of a large space hardly ever holds.
/// `indexes` is what there is already; each is added once.
void add_neighbours(const TrialMemory& memory, const NeighbourOptions& options, Random& random,
                    std::vector<uint64_t>& indexes);

}  // namespace tamis

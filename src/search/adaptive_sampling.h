#pragma once

#include "base/random.h"
#include "search/trial_memory.h"
#include "space/space.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamis {

struct AdaptiveSamplingOptions {
  size_t fewest = 8;   ///< clusters at first ...
  size_t most = 64;    ///< ... and at most, as in the paper
  size_t step = 8;     ///< clusters more at a time
  double knee = 1.1;   ///< more clusters are made while each step divides the loss by at least this
  int rounds = 5;      ///< of k-means at each step
  int syntheses = 16;  ///< draws of a replacement before a config of the cluster itself is taken
};

/// Chooses the configs that stand for all that a search visited, as Chameleon's adaptive sampling does (Ahn,
/// Pilligundla, Yazdanbakhsh and Esmaeilzadeh, "Chameleon: Adaptive Code Optimization for Expedited Deep
/// Neural Network Compilation", ICLR 2020, section 4.2): k-means over the visited configs, with more and more
/// clusters until the loss has a knee, and of every cluster the config at its centre. A centre that is seen
/// already or outside the space gives way to a config made of what is frequent in its cluster, knob by knob.
///
/// `visited` are indexes of the space; what comes back is unseen and each config once, in no order that means
/// anything. Fewer than clusters where a cluster holds nothing unseen.
std::vector<uint64_t> sample_adaptively(const Space& space, const std::vector<uint64_t>& visited,
                                        const UnseenConfigs& unseen, const AdaptiveSamplingOptions& options,
                                        Random& random);

}  // namespace tamis

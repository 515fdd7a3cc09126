#pragma once

#include "search/annealing.h"
#include "search/strategy.h"

#include <cstddef>
#include <memory>

namespace tamis {

/// Defaults are those of AutoTVM 0.9's XGBTuner.
struct AutotvmOptions {
  size_t plan = 64;            ///< trials between fits, and configs that a plan holds
  double random_share = 0.05;  ///< of a plan: that many of its last configs give way to random ones
  int max_depth = 3;           ///< of the boosted trees
  AnnealingOptions annealing;
};

/// AutoTVM 0.9's XGBTuner rebuilt, with `knob` features (docs/explanation/autotvm-strategy): boosted trees
/// ranked on throughput, simulated annealing on their predictions, a plan of the best unseen configs it met.
///
/// Without an initializer it tries random configs until `plan` trials and a valid one are known, as AutoTVM
/// does. When trials are known before its first proposal, a valid one among them, it fits at once and again
/// after every `plan` further ones.
std::unique_ptr<Strategy> make_autotvm_strategy(const Task& task, const SearchOptions& options,
                                                const AutotvmOptions& parameters = {});

}  // namespace tamis

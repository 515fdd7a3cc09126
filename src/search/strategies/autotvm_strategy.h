#pragma once

#include "search/candidates.h"
#include "search/scores.h"
#include "tamis/random.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/strategy.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tamis {

/// Defaults are those of AutoTVM 0.9's SimulatedAnnealingOptimizer.
struct AnnealingOptions {
  size_t chains = 128;  ///< never more than there are configs
  int steps = 500;
  double start_temperature = 1;  ///< falls linearly from this, which is in units of the score ...
  double end_temperature = 0;    ///< ... to this after the last step
  int patience = 50;             ///< ends after so many steps that found nothing better
};

/// Parallel simulated annealing over the configs of a space, as AutoTVM 0.9 has it
/// (autotvm/tuner/sa_model_optimizer.py): every step each chain looks at a config with one knob changed and
/// moves there with probability exp(min((new - old) / temperature, 1)). The chains stay where they are
/// between calls. Not thread safe.
class Annealer {
 public:
  /// `space` must outlive this.
  Annealer(const Space& space, const AnnealingOptions& options);

  /// The best `count` unseen configs that the chains met, best first and of equal ones the lowest key
  /// first. As in AutoTVM, those with a negative score are left out, so there may be fewer. Errors: those of
  /// `score`.
  Result<std::vector<ConfigKey>> find_best(const ScoreFunction& score, size_t count,
                                           const UnseenConfigs& unseen, Random& random);

 private:
  void place_chains(Random& random);

  const Space& space_;
  AnnealingOptions options_;
  KnobWalk walk_;
  std::vector<ConfigKey> points_;  ///< where the chains are; empty before the first call
};

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

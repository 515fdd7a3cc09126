#pragma once

#include "base/random.h"
#include "base/result.h"
#include "search/candidates.h"
#include "search/scores.h"
#include "space/space.h"

#include <cstddef>
#include <cstdint>
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

  /// The best `count` unseen configs that the chains met, best first and of equal ones the lowest index
  /// first. As in AutoTVM, those with a negative score are left out, so there may be fewer. Errors: those of
  /// `score`.
  Result<std::vector<uint64_t>> find_best(const ScoreFunction& score, size_t count,
                                          const UnseenConfigs& unseen, Random& random);

 private:
  void place_chains(Random& random);

  const Space& space_;
  AnnealingOptions options_;
  KnobWalk walk_;
  std::vector<uint64_t> points_;  ///< where the chains are; empty before the first call
};

}  // namespace tamis

#pragma once

#include "model/grid_kernel.h"
#include "search/tamis/candidate_set.h"
#include "tamis/random.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace tamis {

/// How an InitialDesign chooses.
enum class InitialOrder {
  designed,   ///< as InitialDesign says
  at_random,  ///< for experiments: any config
};

/// Chooses configs while none is known to be valid. First one near the middle of every knob, which is often
/// valid where most configs are; then the one with the smallest values, which needs the least of any memory;
/// then whatever is farthest from all that was tried. Not thread safe.
class InitialDesign {
 public:
  /// Both must outlive this.
  InitialDesign(const CandidateSet& candidates, const GridKernel& kernel,
                InitialOrder order = InitialOrder::designed);

  /// Takes note of a config that was tried or will be.
  void note(size_t position);
  /// The next config; nothing when none is open.
  std::optional<size_t> next(Random& random);
  /// The next of some configs, which have true at their positions; nothing when none of them is open.
  std::optional<size_t> next_among(const std::vector<bool>& among, Random& random);

 private:
  bool free(size_t position) const {
    return candidates_.open(position) && (among_ == nullptr || (*among_)[position]);
  }
  std::optional<size_t> nearest_to(double place, double chance, Random& random) const;
  std::optional<size_t> farthest(Random& random) const;
  std::optional<size_t> any(Random& random) const;

  const CandidateSet& candidates_;
  const GridKernel& kernel_;
  InitialOrder order_;
  const std::vector<bool>* among_ = nullptr;  ///< what may be given; nullptr: all that is open
  size_t given_ = 0;                          ///< configs that next() gave
  std::vector<float> nearness_;               ///< squared distance to the nearest config noted
};

}  // namespace tamis

#pragma once

#include "search/observations.h"
#include "search/unseen.h"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace tamis {

/// What a strategy remembers of a search: which configs are still unseen, and what came of the others. Not
/// thread safe.
class TrialMemory {
 public:
  /// `space` must outlive this.
  explicit TrialMemory(const Space& space) : space_(space), unseen_(space) {}

  /// Takes in trials, whoever proposed them; what each of them told, in their order. Errors: invalid_input
  /// for a config of another space.
  Result<std::vector<Observation>> learn(std::span<const Trial> trials);
  /// The config of an unseen index, which counts as seen from here on: how a proposal is made.
  Config take(uint64_t index);
  /// `count` proposals, fewer where no more exist: each what `next` gives, an unseen index, or a uniformly
  /// random one where it gives none. Errors: those of `next`.
  Result<std::vector<Config>> propose(size_t count, Random& random,
                                      const std::function<Result<std::optional<uint64_t>>()>& next);
  /// Adds uniformly random unseen configs until there are `count` proposals or no more exist.
  void fill_at_random(std::vector<Config>& proposals, size_t count, Random& random);

  const Space& space() const { return space_; }
  const Observations& observations() const { return observations_; }
  const UnseenConfigs& unseen() const { return unseen_; }
  /// For UnseenConfigs::draw, which may list what is left.
  UnseenConfigs& unseen() { return unseen_; }

 private:
  const Space& space_;
  UnseenConfigs unseen_;
  Observations observations_;
};

}  // namespace tamis

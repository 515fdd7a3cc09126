#pragma once

#include "search/tamis/initial_design.h"
#include "search/tamis/latency_belief.h"
#include "search/tamis/validity_belief.h"
#include "tamis/strategy.h"

#include <cstddef>
#include <memory>
#include <optional>

namespace tamis {

/// The defaults were chosen on recorded tables (docs/explanation/tamis-strategy, which says what each part is
/// worth); the other values are for such experiments.
struct TamisOptions {
  /// A space of at most so many allowed configs is judged whole; of a larger one about a fifth as many are:
  /// random ones, and all around the fastest known.
  size_t candidates = 20000;
  double caution = 2;           ///< by what the deviation of expectations is multiplied
  double validity_power = 0.6;  ///< of the probability of being valid, in the product with the improvement
  /// What an invalid trial costs in units of a valid one; nothing: as their times tell (InvalidCost).
  std::optional<double> invalid_cost = {};
  bool heeds_setbacks = true;  ///< whether that power grows when many trials in a row are invalid
  /// Whether what runs of the same config differ by, where latencies vary, counts as noise of what is learnt.
  bool heeds_noise = true;
  /// Of so many configs that are under way since earlier proposals, the newest, it counts that what lies near
  /// them will be known better.
  size_t pending = 8;
  // What each part contributes; other values than these are for experiments (bench/tamis_ablation.cpp).
  InitialOrder initial_order = InitialOrder::designed;
  ValidityBeliefOptions validity;
  LatencyBeliefOptions latency;
};

/// Validity-driven search, and the default strategy: tries the config with the largest product of expected
/// improvement and probability of being valid, both judged from the first trial on over the whole space or a
/// large part of it (docs/explanation/tamis-strategy).
std::unique_ptr<Strategy> make_tamis_strategy(const Task& task, const SearchOptions& options,
                                              const TamisOptions& parameters = {});

}  // namespace tamis

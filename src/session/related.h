#pragma once

#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tamis {

/// What a session records of what it started from: for each of `related` the number of its trials and a
/// fingerprint of its space and trials, `COUNT:HEX COUNT:HEX ...`. Names do not matter. Empty for none.
std::string describe_related(std::span<const TrialSet> related);

/// The related trials as they were when a session recorded `learnt_from`: those of `related`, in their order,
/// that it names, each cut to the trials that it had then, since logs grow and suites gain layers. Errors:
/// not_found when they cannot be put together again.
Result<std::vector<TrialSet>> recall_related(std::span<const TrialSet> related,
                                             const std::string& learnt_from);

/// What a space has in common with one set of related trials.
struct RelatedUse {
  std::string name;     ///< of the set
  uint64_t trials = 0;  ///< that it has
  /// How many knobs of the same name and kind that choose anything, each inner factor of a split for itself.
  size_t shared_knobs = 0;
  /// Whether a strategy can learn from it: from those of the sets with trials that share the most knobs.
  bool used = false;
};

/// The same for every set, in their order.
std::vector<RelatedUse> find_use(const Space& space, std::span<const TrialSet> related);

/// What is to be learnt from under one name, that of a file.
struct HistorySource {
  std::string name;
  std::span<const TrialSet> sets = {};
  /// Whether it is what is searched, of which nobody may learn before.
  bool is_searched = false;
};

/// `a, b and c`.
std::string enumerate(const std::vector<std::string>& words);

/// What of the sources no search of these strategies (with or without options) in these spaces learns from,
/// and why, a sentence without full stop each: the strategy that uses no history; the source without trials,
/// without a knob of the spaces, with knobs of other sorts of values, or of fewer such knobs than another
/// source. Strategies that tamis does not have count as using history. Empty where all is of use.
std::vector<std::string> find_useless(std::span<const Space* const> spaces,
                                      std::span<const std::string> strategies,
                                      std::span<const HistorySource> sources);

}  // namespace tamis

#pragma once

#include "base/result.h"
#include "space/space.h"
#include "trial/trial.h"
#include "trial/trial_set.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// What building a config shows without running it.
struct Compiled {
  Verdict verdict = Verdict::valid;  ///< valid: there is a program; else why building refused
  Features features;                 ///< what only building reveals
};

/// What every strategy and initializer is given. What it points to must outlive them.
struct SearchProblem {
  const Space* space = nullptr;
  uint64_t seed = 0;                               ///< all their randomness derives from it
  const std::vector<TrialSet>* related = nullptr;  ///< to start from, or nullptr; strategies may ignore it
  /// Builds a config of the space without trying it, where the target can do so almost for free, else empty.
  /// Pure. Nothing built this way counts as a trial.
  std::function<Compiled(const Config&)> compile = nullptr;
  /// Configs that the target expects to be good, to be tried before anything else.
  std::vector<Config> suggested = {};
};

/// Proposes configs and learns from what came of them:
///
///        propose(n) ──► configs ──► (built, run, checked) ──► trials ──► learn(trials) ──► propose(n) ...
///
/// Lifecycle: made for one space; learn() is called with the trials of every proposal, in the order of
/// proposal, before the next propose(); it may also be called with trials it did not propose (a log).
/// Deterministic: the same problem and the same sequence of calls give the same proposals. Trials with
/// verdict device_lost are not shown to it. Not thread safe.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// Who proposes: its name in the table; of a strategy that an initializer opens, the initializer's until it
  /// hands over.
  virtual std::string_view name() const = 0;
  /// Up to `count` configs that the space allows and that were neither proposed nor learnt before. Fewer only
  /// when no more exist, and none when the space is exhausted (for constraints that allow next to nothing of
  /// a huge space, when none can be found: see UnseenConfigs). Errors: internal, from a model library.
  virtual Result<std::vector<Config>> propose(size_t count) = 0;
  /// Takes in what came of configs, proposed by it or not. Errors: invalid_input for a config of another
  /// space.
  virtual Status learn(std::span<const Trial> trials) = 0;
};

}  // namespace tamis

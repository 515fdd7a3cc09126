#pragma once

#include "tamis/counts.h"
#include "tamis/log.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/strategy.h"
#include "tamis/task.h"
#include "tamis/trial.h"
#include "tamis/trial_set.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// What a study searches with and where it keeps its trials. All but `log`, `resume`, `device` and
/// `generation` is part of what a study is recognised by when it is resumed.
struct StudyOptions {
  /// Of what is tuned, for logs and people; must not be empty. Of a space only: a task has its own.
  std::string name = "study";
  /// Text that differs whenever a config could behave differently: processor, compiler, input size. Of a
  /// space only: a task has its own.
  std::string identity;
  /// What outcomes are told of. Of a space only: a task has its own.
  Objective objective = {};
  std::string strategy = "tamis";  ///< may carry options: `tamis:caution=1.5`
  std::string initializer;         ///< empty: the strategy's default
  uint64_t seed = 0;
  std::string log;      ///< path, created when missing; empty: nothing is kept
  bool resume = false;  ///< go on with the newest matching session of the log, if there is one
  /// A study of at most so many trials is resumed by replaying them through the strategy; of a longer one the
  /// strategy learns all trials at once. The same for every run of a study.
  uint64_t most_replayed = 10'000;
  std::string device;                       ///< of trials whose outcome names none
  std::vector<TrialSet> related = {};       ///< what the strategy may start from
  StrategyFactory make_strategy = nullptr;  ///< as SessionOptions::make_strategy
  uint64_t generation = 1;                  ///< as SessionOptions::generation
};

/// A config to try, and the number to tell its outcome by.
struct AskedConfig {
  uint64_t number = 0;  ///< Trial::number
  Config config;
};

/// What came of trying a config.
struct Outcome {
  Verdict verdict = Verdict::valid;
  /// Samples (Trial::costs), latencies in ns: at least one for a valid config, none for any other.
  std::vector<double> costs = {};
  std::string message = {};  ///< why it is not valid
  Features features = {};    ///< what building or running revealed; finite
  std::string device = {};   ///< the device that ran it; empty: the study's, if it got that far
  int64_t build_ns = 0;      ///< time spent building, ns
  int64_t run_ns = 0;        ///< time spent running and checking, ns
};

/// A session whose loop is the caller's, whereas that of run_session() is a measurer's:
///
///     open ──► ask(n) ──► configs ──► (the caller builds and runs them) ──► tell(config, outcome) ──► ask(n)
///                            └── numbers ──────────────────────────────────────┘      │
///                                                             log (durable) ◄─────────┘
///
/// While told configs wait to be learnt or asked ones to be told, more can be asked: a loop may keep any
/// number of configs under way and tell them in any order. At each ask the strategy learns what was told
/// since the ask before, in the order of proposal. So the proposals of an ask follow from the space, the
/// name, the seed, the strategy and its related trials, from the sizes of all asks up to it, and from which
/// trials had been told before each of them, with what outcome; nothing else, neither time nor the order of
/// tells between two asks, plays a part. A loop that tells every config of ask(n) before the next makes the
/// same proposals as run_session() on the same task with a batch of n and without the default config.
///
/// With a log every ask and every tell survives this process when it returns (Log::append). Resuming replays
/// them, and so goes on exactly as if never interrupted; configs that were asked but not told are given again
/// first. From more than StudyOptions::most_replayed trials the strategy goes on as one that learnt them all
/// before its first proposal, and what was asked but not told may be proposed again.
/// Not thread safe. Moving keeps it; a Study that was moved from must not be used.
class Study {
 public:
  /// How many configs one ask may be for.
  static constexpr size_t kMostAsked = 1'000'000;

  /// A study of a space whose configs only the caller can build and run. Errors: invalid_input for options
  /// that cannot be meant, a space that allows no config, and when resuming where the newest study of this
  /// name in the log has another space; not_found for an unknown strategy or initializer; as Log::open;
  /// corrupt when the log holds other proposals than the strategy now makes.
  static Result<Study> open(Space space, StudyOptions options);
  /// A study of a task, whose strategy may build configs and follow suggestions where the target allows it.
  /// Errors: the same.
  static Result<Study> open(SharedTask task, StudyOptions options);
  Study(Study&&) noexcept;
  Study& operator=(Study&&) noexcept;
  ~Study();

  /// Up to `count` configs to try. After resuming, first and alone those that were asked but not told; else
  /// fewer than `count` only when no more exist, and none when the study is done(). Errors: invalid_input for
  /// 0 or more than kMostAsked; io from the log, after which the same ask can be tried again; internal when
  /// the strategy failed, as does every ask after it.
  Result<std::vector<AskedConfig>> ask(size_t count);

  /// Takes in what came of a config; with a log it is there when this returns. Errors, each leaving the
  /// study as it was: invalid_input for a number that was not asked, a trial told twice, a cost that
  /// cannot be (Objective::check), an outcome that contradicts itself; io.
  Status tell(uint64_t number, Outcome outcome);
  /// The same by config. A config that was not asked is welcome: a result that is known from elsewhere, which
  /// becomes a trial of its own and is not proposed any more; so does a second outcome of a config whose
  /// device was lost. Errors: also for a config that is not of the space or that a constraint excludes.
  Status tell(const Config& config, Outcome outcome);

  const Task& task() const;
  const Space& space() const;
  /// What the log calls this session; its id is 0 without a log.
  const SessionRecord& session() const;
  const Counts& counts() const;
  /// Why trials were not valid.
  const Reasons& reasons() const;
  /// The valid trial of least latency, and of equally fast ones the first proposed; nothing when none was
  /// valid.
  const std::optional<Trial>& best() const;
  /// All trials that were told, by number.
  std::vector<Trial> trials() const;
  /// The configs that were asked and not told yet, by number.
  std::vector<AskedConfig> pending() const;
  /// How many trials were taken from the log.
  uint64_t resumed() const;
  /// What asking to resume came to, in a sentence: which session continues, or what differs from the one that
  /// is nearest. Empty where it was not asked for.
  const std::string& resume_note() const;
  /// Whether an ask would give nothing because every config that the space allows was given.
  bool done() const;

 private:
  class State;
  explicit Study(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tamis

#pragma once

#include "session/history.h"
#include "session/leaders.h"
#include "session/positive_costs.h"
#include "session/record.h"
#include "session/running_counts.h"
#include "tamis/log.h"
#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/strategy.h"
#include "tamis/study.h"
#include "tamis/task.h"
#include "trial/noise.h"

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tamis {

/// The proposer of the default config, which nobody proposed.
inline constexpr const char* kDefaultProposer = "default";

/// What a search is made of.
struct SearchSetup {
  SharedTask task;
  SessionRecord record;           ///< as it is recorded where it begins anew; with a batch of 0 every ask has
                                  ///< its own size, and is recorded
  StrategyFactory make_strategy;  ///< empty: the one that the record names
  const std::vector<TrialSet>* related = nullptr;  ///< must outlive the search
  /// Whether the strategy starts from `related`; if not they are passed over, and not recorded.
  bool uses_history = true;
  bool resume = false;
  /// Whether the loop is a caller's (Study), who is told of a log whose space is another one.
  bool of_caller = false;
  uint64_t most_replayed = 10'000;
  /// Whether what the log holds of a session with a batch is taken back batch by batch
  /// (SearchState::take_back_batch) instead of all at once by start().
  bool by_steps = false;
  uint64_t finalists = 0;   ///< RunningCounts
  bool keep_trials = true;  ///< also those that were learnt: needed for trials() and for telling by config
};

/// What a session and a study say alike of how they search, in SessionOptions and StudyOptions. `record` is
/// of the task, as describe_task() has it. Errors: as resolve_strategy().
template <class Options>
Result<SearchSetup> setup_of(SharedTask task, SessionRecord record, const Options& options) {
  record.strategy = options.strategy;
  record.initializer = options.initializer;
  record.seed = options.seed;
  record.generation = options.generation;
  SearchSetup setup;
  if (!options.make_strategy) {
    TAMIS_ASSIGN(const StrategyKind* kind, resolve_strategy(record));
    setup.uses_history = kind->uses_history;
  }
  setup.task = std::move(task);
  setup.record = std::move(record);
  setup.make_strategy = options.make_strategy;
  setup.resume = options.resume;
  setup.most_replayed = options.most_replayed;
  return setup;
}

/// A config that has a number: asked, told or both.
struct SearchPlace {
  Config config;
  std::string proposer;
  std::optional<Trial> trial = std::nullopt;  ///< once it was told
  bool given_up = false;                      ///< whether it was asked once and is not known any more
  bool learnt = false;                        ///< whether the strategy was taught the trial
};

/// What telling a trial made of it.
struct Told {
  const Trial* trial = nullptr;  ///< good until the next ask
  bool improved = false;         ///< whether it is faster than every one before
};

/// What an ask-and-tell loop with a log consists of, whoever runs it: the strategy, the numbers of its
/// proposals, what was told of them, and the log, which is replayed when a session is resumed. run_session()
/// is this with a measurer, Study this with a caller.
///
/// Asking and telling are in search_state.cpp, what a log brings back in search_replay.cpp. Not thread safe.
class SearchState {
 public:
  /// Finds the session to resume and makes the strategy; nothing is written yet. `log` may be nullptr, and
  /// must outlive this. Errors: as StrategyFactory; as Log.
  static Result<std::unique_ptr<SearchState>> make(Log* log, SearchSetup setup);
  /// Begins the session or replays it. Errors: corrupt when the log holds other proposals than the strategy
  /// now makes; as Log.
  Status start();
  /// Puts the session into the log, if there is one, before its first trial.
  Status write_session() { return history_->write_session(); }

  /// Makes the proposals of the next batch of a session with a batch now instead of when they are asked for,
  /// where none wait. Errors: as ask().
  Status look_ahead();
  /// What the strategy expects of the proposals that look_ahead() made (Strategy::expected_gain), in the unit
  /// of costs; nothing where it made none, or where strategies see other costs than people.
  std::optional<double> expected_gain() const;
  /// Of a search by steps: takes back what the log holds of the next batch; nothing where it ends before it.
  /// Errors: corrupt when the log holds other proposals than the strategy now makes; as ask().
  Status take_back_batch();
  /// Whether configs wait to be given by the next ask, whatever the strategy proposes.
  bool has_waiting() const { return !waiting_.empty(); }
  /// As Study::ask, but that in a session with a batch only an ask that gives nothing is the last.
  Result<std::vector<AskedConfig>> ask(size_t count);
  /// Takes in the trial of a config that was asked and not told, once it is durable. Errors: as Log.
  Result<Told> tell(Trial trial);
  /// Takes in a trial that nobody asked for; its number must be end(). Errors: as Log; unsupported when there
  /// are too many.
  Result<Told> tell_unasked(Trial trial);

  const Task& task() const { return *setup_.task; }
  const Space& space() const { return setup_.task->space(); }
  const SessionRecord& session() const { return history_->session(); }
  const RunningCounts& seen() const { return seen_; }
  /// The place of a number from first() to below end().
  const SearchPlace& place(uint64_t number) const { return places_[number - first_]; }
  /// The first number that is kept, and one more than the last that was given.
  uint64_t first() const { return first_; }
  uint64_t end() const { return first_ + places_.size(); }
  /// The newest number of a config; nothing where it has none. Only where the loop is a caller's.
  std::optional<uint64_t> newest(const Config& config) const;
  /// Whether an ask would give nothing.
  bool done() const { return exhausted_ && waiting_.empty(); }

  /// The first number that was not told, in the order of proposal.
  uint64_t next_in_order() const { return in_order_; }
  /// How many trials up to there came since the last that was faster than all before it; where every ask has
  /// its own size, in the order in which they came in.
  uint64_t without_gain() const { return without_gain_; }
  /// The best latency when the newest proposals were made, ns, infinity where another objective counts: what
  /// a device is told depends neither on jobs or timing nor on where an earlier run was cut off.
  double incumbent_ns() const {
    return task().objective().is_latency() ? incumbent_.cost : std::numeric_limits<double>::infinity();
  }
  /// The programs of all trials that the strategy was taught: what the configs of the newest proposals may
  /// have in common with earlier ones depends neither on jobs or timing nor on where a run was cut off.
  const KnownPrograms& programs() const { return programs_; }
  /// The best trial and what was known of noise then.
  const Incumbent& incumbent() const { return incumbent_; }
  /// Whether the log goes on after the configs that have numbers.
  bool is_behind_log() const { return waiting_.empty() && ahead_.value_or(end()) < history_->end(); }
  /// The trials that the strategy was or would be taught, moved out.
  std::vector<Trial> take_trials();
  /// The same, copied. Only where all are kept.
  std::vector<Trial> trials() const;

  /// What came of the default config; nothing where it was not tried.
  const std::optional<Trial>& default_trial() const { return default_trial_; }
  /// How many trials were taken from the log.
  uint64_t resumed() const { return resumed_; }
  /// What resuming came to, in a sentence; empty where it was not asked for.
  const std::string& resume_note() const { return resume_note_; }
  /// Why the log was learnt at once instead of replayed; empty where it was not.
  const std::string& at_once_reason() const { return at_once_reason_; }
  /// Time spent in the strategy, ns.
  int64_t search_ns() const { return search_ns_; }

 private:
  explicit SearchState(Log* log, SearchSetup setup);

  Status find_session();
  Status make_strategy();
  /// Whether every ask has its own size, and is recorded.
  bool records_asks() const { return setup_.record.batch == 0; }
  SearchPlace& place_of(uint64_t number) { return places_[number - first_]; }
  /// Gives the next number to a config.
  void add_place(Config config, std::string proposer);
  /// The default config gets number 0.
  void add_default();
  /// Takes the trial of a place in, once it is durable; `unchecked` as RunningCounts::add.
  Told settle(Trial trial, const Space* unchecked = nullptr);
  /// Goes on to the first place that was not told.
  void advance();
  /// Counts a trial for what devices and limits are told of the search so far.
  void count_in(const Trial& trial);
  /// One more than the last number whose trial counts.
  uint64_t known_end() const { return records_asks() ? end() : in_order_; }
  /// Forgets places that are of no more use.
  void drop_learnt();
  /// The trials of these numbers are learnt and `asked` configs proposed, which get the next numbers.
  Status learn_and_propose(std::span<const uint32_t> learnt, uint64_t asked);
  /// The sets to start from as strategies see them. Errors: invalid_input for one of another objective.
  Status convert_related();
  Status teach(std::span<const Trial> trials);
  /// Makes proposals that the log was not asked about yet (`ahead_`).
  Status make_proposals(size_t count);
  /// Has the strategy propose until so many configs wait to be given or there are no more; of a session with
  /// batches until any do.
  Status fill(size_t count);
  /// Makes proposals unless some were made ahead, and takes from the log what it holds of them.
  Status propose(size_t count);
  Status check_proposals(std::span<const Config> proposals, uint64_t most) const;
  Status check_room(size_t count) const;
  Status write_ask();

  /// Takes in what the log holds of the session.
  Status replay_batches();
  /// Number 0 of a session that begins with the default config.
  Status replay_default();
  Status replay_asks();
  Status replay(const AskRecord& ask);
  /// Takes from the log what it holds of the places from this number on; the others wait to be given.
  Status take_logged(uint64_t from);
  /// Takes trials that nobody asked for from the log, up to the number `end`.
  Status replay_told(uint64_t end);
  /// Instead of replaying the log: the strategy learns all of its trials. What was asked and not told is
  /// given up.
  Status learn_at_once();
  /// Numbers up to `end` are of configs that nobody knows any more.
  Status give_up(uint64_t end);
  Status check_ask(const AskRecord& ask) const;
  Error damaged(uint64_t number) const;

  Log* log_;
  SearchSetup setup_;
  std::optional<Resumable> resumable_;
  std::optional<History> history_;
  std::vector<TrialSet> recalled_;   // related trials as the session began with; the strategy points to them
  std::vector<TrialSet> converted_;  // the same with costs as strategies see them, where they differ
  PositiveCosts positive_;
  size_t unlearnt_ = 0;  // how many sets of related trials are given besides those
  std::unique_ptr<Strategy> strategy_;
  RunningCounts seen_;
  KnownPrograms programs_;
  std::optional<Trial> default_trial_;
  std::string resume_note_;
  std::string at_once_reason_;

  std::deque<SearchPlace> places_;  // by number, from first_ on
  uint64_t first_ = 0;
  std::unordered_map<ConfigKey, uint64_t> newest_;  // the newest number of a config, by its key
  std::vector<uint32_t> told_;                      // numbers told since the last proposals, in any order
  std::deque<uint64_t> waiting_;                    // numbers that the next asks give
  std::optional<uint64_t> ahead_;                   // from here on the log was not asked about proposals yet
  std::optional<AskRecord> unwritten_;              // the last ask, until the log has it
  std::optional<Error> failed_;  // what the strategy failed with, after which it is of no use
  bool exhausted_ = false;
  uint64_t resumed_ = 0;
  int64_t search_ns_ = 0;

  uint64_t in_order_ = 0;
  uint64_t without_gain_ = 0;
  Incumbent best_so_far_;
  NoiseEstimate noise_so_far_;
  Incumbent incumbent_;
};

}  // namespace tamis

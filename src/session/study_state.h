#pragma once

#include "session/history.h"
#include "session/running_counts.h"
#include "session/study.h"

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tamis {

/// A config of a study that has a number: asked, told or both.
struct StudyPlace {
  Config config;
  std::string proposer;
  std::optional<Trial> trial;  // once it was told
  bool given_up = false;       // whether it was asked once and is not known any more
  bool learnt = false;         // whether the strategy was taught the trial
};

/// What a Study is made of: asking and telling are in study_state.cpp, what a log brings back in
/// study_replay.cpp.
class Study::State {
 public:
  State(Space space, StudyOptions options) : space_(std::move(space)), options_(std::move(options)) {}

  /// Makes the strategy and begins or replays the session.
  Status open();
  Result<std::vector<AskedConfig>> ask(size_t count);
  Status tell(uint64_t number, Outcome outcome);
  Status tell(const Config& config, Outcome outcome);

  const Space& space() const { return space_; }
  const History& history() const { return *history_; }
  const RunningCounts& tally() const { return tally_; }
  const std::vector<StudyPlace>& places() const { return places_; }
  uint64_t resumed() const { return resumed_; }
  bool done() const { return exhausted_ && waiting_.empty(); }

 private:
  /// Gives the next number to a config.
  void add_place(Config config, std::string proposer);
  /// Takes the trial of a place in, once it is durable.
  void settle(Trial trial);
  /// The trials of these numbers are learnt and `asked` configs proposed, which get the next numbers.
  Status learn_and_propose(std::span<const uint32_t> learnt, uint64_t asked);
  Status propose(size_t count);
  Status check_room(size_t count) const;
  Status write_ask();

  /// Takes in what the log holds of the session.
  Status replay();
  Status replay(const AskRecord& ask);
  /// Takes trials that nobody asked for from the log, up to the number `end`.
  Status replay_told(uint64_t end);
  /// Instead of replaying a long log: the strategy learns all of its trials. What was asked and not told is
  /// given up.
  Status learn_at_once();
  /// Numbers up to `end` are of configs that nobody knows any more.
  Status give_up(uint64_t end);
  Status check_ask(const AskRecord& ask) const;
  Error damaged(uint64_t number) const;

  Space space_;
  StudyOptions options_;
  std::optional<Log> log_;
  std::optional<History> history_;
  std::vector<TrialSet> related_;  // as the session began with; the strategy points to it
  std::unique_ptr<Strategy> strategy_;
  RunningCounts tally_;

  std::vector<StudyPlace> places_;                 // by number
  std::unordered_map<uint64_t, uint64_t> newest_;  // the newest number of a config, by its index
  std::vector<uint32_t> told_;                     // numbers told since the last proposals, in any order
  std::deque<uint64_t> waiting_;                   // numbers that the next asks give
  std::optional<AskRecord> unwritten_;             // the last ask, until the log has it
  std::optional<Error> failed_;  // what the strategy failed with, after which it is of no use
  bool exhausted_ = false;
  uint64_t resumed_ = 0;
};

}  // namespace tamis

#include "session/study.h"

#include "base/clock.h"
#include "search/strategies.h"
#include "session/history.h"
#include "session/outcome.h"
#include "session/proposals.h"
#include "session/related.h"
#include "session/tally.h"
#include "space/membership.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The proposer of trials that nobody proposed.
constexpr const char* kTold = "told";

/// A config that has a number: asked, told or both.
struct Place {
  Config config;
  std::string proposer;
  std::optional<Trial> trial;  // once it was told
  bool learnt = false;         // whether the strategy was taught the trial
};

Status check_options(const Space& space, const StudyOptions& options) {
  if (space.size() == 0) return invalid_input("a study needs a space with at least one config");
  if (options.name.empty()) return invalid_input("a study needs a name, for its log and for people");
  return {};
}

SessionRecord describe(const Space& space, const StudyOptions& options) {
  SessionRecord record;
  record.target_spec = "study";
  record.target_identity = options.identity;
  record.workload.name = options.name;
  record.workload.op = Operator::external;
  record.workload.source = options.name;
  describe_space(space, record);
  record.strategy = options.strategy;
  record.initializer = resolve_initializer(options.strategy, options.initializer);
  record.seed = options.seed;
  record.batch = 0;  // every ask has its own size
  record.started_unix_ms = unix_ms();
  return record;
}

/// Errors: invalid_input when the newest study of this name has another space, so that a changed space is not
/// taken for one that was never tuned.
Status check_space_of_log(const Log& log, const SessionRecord& record) {
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  const auto same_name = [&](const SessionRecord& one) {
    return one.target_spec == record.target_spec && one.workload.name == record.workload.name;
  };
  const auto newest = std::find_if(sessions.rbegin(), sessions.rend(), same_name);
  if (newest == sessions.rend() || newest->space_fingerprint == record.space_fingerprint) return {};
  return invalid_input(
      fmt::format("{}: session {} of the study {} has another space (knobs {}, constraints {}), so it cannot "
                  "be resumed; give this one another name or log, or do not resume",
                  log.path(), newest->id, record.workload.name, newest->knobs, newest->constraints));
}

}  // namespace

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
  const Tally& tally() const { return tally_; }
  const std::vector<Place>& places() const { return places_; }
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

  Status replay();
  Status replay(const AskRecord& ask);
  /// Takes trials that nobody asked for from the log, up to the number `end`.
  Status replay_told(uint64_t end);
  Status check_ask(const AskRecord& ask) const;
  Error damaged(uint64_t number) const;

  Space space_;
  StudyOptions options_;
  std::optional<Log> log_;
  std::optional<History> history_;
  std::vector<RelatedTrials> related_;  // as the session began with; the strategy points to it
  std::unique_ptr<Strategy> strategy_;
  Tally tally_;

  std::vector<Place> places_;                      // by number
  std::unordered_map<uint64_t, uint64_t> newest_;  // the newest number of a config, by its index
  std::vector<uint32_t> told_;                     // numbers told since the last proposals, in any order
  std::deque<uint64_t> waiting_;                   // numbers that the next asks give
  std::optional<AskRecord> unwritten_;             // the last ask, until the log has it
  bool exhausted_ = false;
  uint64_t resumed_ = 0;
};

Status Study::State::open() {
  TAMIS_TRY(check_options(space_, options_));
  SessionRecord record = describe(space_, options_);
  TAMIS_TRY(validate(record.workload));
  if (!options_.log.empty()) {
    TAMIS_ASSIGN(log_, Log::open(options_.log, LogMode::read_write));
    record.learnt_from = describe_related(options_.related);
  }
  related_ = std::move(options_.related);
  std::optional<Resumable> resumable;
  if (log_ && options_.resume) {
    TAMIS_ASSIGN(resumable, History::find_resumable(*log_, record, related_));
    if (!resumable) TAMIS_TRY(check_space_of_log(*log_, record));
  }
  if (resumable) related_ = std::move(resumable->related);
  SearchProblem problem{&space_, strategy_seed(record.seed, record.workload)};
  if (!related_.empty()) problem.related = &related_;
  TAMIS_ASSIGN(strategy_, make_strategy(record.strategy, record.initializer, problem));
  TAMIS_ASSIGN(history_, resumable ? History::resume(*log_, std::move(resumable->session))
                                   : History::begin(log_ ? &*log_ : nullptr, std::move(record)));
  return replay();
}

void Study::State::add_place(Config config, std::string proposer) {
  newest_.insert_or_assign(space_.index(config), places_.size());
  places_.push_back({std::move(config), std::move(proposer), std::nullopt});
}

void Study::State::settle(Trial trial) {
  tally_.add(trial);
  std::optional<Trial>& place = places_[trial.number].trial;
  place = std::move(trial);
}

Status Study::State::learn_and_propose(std::span<const uint32_t> learnt, uint64_t asked) {
  std::vector<Trial> lessons;
  for (const uint32_t number : learnt) {
    lessons.push_back(*places_[number].trial);
    places_[number].learnt = true;
  }
  TAMIS_TRY(teach(*strategy_, lessons));
  TAMIS_ASSIGN(std::vector<Config> proposals, strategy_->propose(asked));
  TAMIS_TRY(check_proposals(space_, proposals, asked, strategy_->name()));
  exhausted_ = proposals.size() < asked;
  for (Config& config : proposals) {
    waiting_.push_back(places_.size());
    add_place(std::move(config), std::string(strategy_->name()));
  }
  return {};
}

Status Study::State::check_room(size_t count) const {
  if (places_.size() + count <= std::numeric_limits<uint32_t>::max()) return {};
  return unsupported("a study has at most 2^32 trials; begin another");
}

Status Study::State::propose(size_t count) {
  TAMIS_TRY(check_room(count));
  std::sort(told_.begin(), told_.end());
  AskRecord ask{places_.size(), count, 0, std::move(told_)};
  told_.clear();
  TAMIS_TRY(learn_and_propose(ask.learnt, count));
  ask.given = places_.size() - ask.first;
  // An ask that gave nothing is the last, so nothing follows from it.
  if (ask.given > 0) unwritten_ = std::move(ask);
  return {};
}

Status Study::State::write_ask() {
  if (!unwritten_) return {};
  TAMIS_TRY(history_->append(*unwritten_));
  unwritten_.reset();
  return {};
}

Result<std::vector<AskedConfig>> Study::State::ask(size_t count) {
  if (count == 0 || count > kMostAsked)
    return invalid_input(
        fmt::format("{} configs were asked for; it must be between 1 and {}", count, kMostAsked));
  if (waiting_.empty() && !exhausted_) TAMIS_TRY(propose(count));
  TAMIS_TRY(write_ask());
  std::vector<AskedConfig> asked;
  for (; asked.size() < count && !waiting_.empty(); waiting_.pop_front())
    asked.push_back({waiting_.front(), places_[waiting_.front()].config});
  return asked;
}

Status Study::State::tell(uint64_t number, Outcome outcome) {
  if (number >= places_.size())
    return invalid_input(
        fmt::format("trial {} was never asked for; there are {} so far", number, places_.size()));
  const Place& place = places_[number];
  if (place.trial)
    return invalid_input(fmt::format("trial {} ({}) was told already: it is {}", number,
                                     space_.describe(place.config), to_string(place.trial->verdict)));
  TAMIS_TRY(check_outcome(space_, place.config, outcome));
  TAMIS_TRY(write_ask());
  Trial trial = trial_of({number, place.config}, place.proposer, std::move(outcome), options_.device);
  TAMIS_TRY(history_->append(trial));
  std::erase(waiting_, number);  // it may have been known before it was given again
  settle(std::move(trial));
  told_.push_back(static_cast<uint32_t>(number));
  return {};
}

Status Study::State::tell(const Config& config, Outcome outcome) {
  if (!belongs(space_, config))
    return invalid_input("a config was told that has no value of the space for every knob");
  const auto known = newest_.find(space_.index(config));
  if (known != newest_.end()) {
    const std::optional<Trial>& trial = places_[known->second].trial;
    if (!trial || trial->verdict != Verdict::device_lost) return tell(known->second, std::move(outcome));
  }
  if (!space_.allows(config))
    return invalid_input(
        fmt::format("the config {} is outside the space: it is not listed there, or a constraint excludes it",
                    space_.describe(config)));
  TAMIS_TRY(check_outcome(space_, config, outcome));
  TAMIS_TRY(check_room(1));
  TAMIS_TRY(write_ask());  // first, so that the numbers in the log have no gap
  const uint64_t number = places_.size();
  Trial trial = trial_of({number, config}, kTold, std::move(outcome), options_.device);
  TAMIS_TRY(history_->append(trial));
  add_place(config, kTold);
  settle(std::move(trial));
  told_.push_back(static_cast<uint32_t>(number));
  return {};
}

Error Study::State::damaged(uint64_t number) const {
  return corrupt(
      fmt::format("{}: session {} of the log does not say how its trial {} came about; the log is "
                  "damaged: start anew without resuming",
                  options_.log, history_->session().id, number));
}

Status Study::State::replay() {
  TAMIS_ASSIGN(const std::vector<AskRecord> asks, history_->asks());
  for (const AskRecord& ask : asks) TAMIS_TRY(replay(ask));
  TAMIS_TRY(replay_told(history_->end()));
  for (uint64_t number = 0; number < places_.size(); ++number)
    if (places_[number].trial && !places_[number].learnt) told_.push_back(static_cast<uint32_t>(number));
  std::erase_if(waiting_, [&](uint64_t number) { return places_[number].trial.has_value(); });
  resumed_ = history_->size();
  return {};
}

Status Study::State::replay(const AskRecord& ask) {
  TAMIS_TRY(replay_told(ask.first));
  TAMIS_TRY(check_ask(ask));
  TAMIS_TRY(learn_and_propose(ask.learnt, ask.asked));
  if (places_.size() - ask.first != ask.given) return damaged(ask.first);
  for (uint64_t number = ask.first; number < places_.size(); ++number) {
    const Trial* logged = history_->find(number);
    if (logged == nullptr) continue;
    TAMIS_TRY(check_logged(space_, history_->session(), strategy_->name(), places_[number].config, *logged));
    settle(*logged);
  }
  return {};
}

Status Study::State::replay_told(uint64_t end) {
  while (places_.size() < end) {
    const Trial* logged = history_->find(places_.size());
    if (logged == nullptr) return damaged(places_.size());
    add_place(logged->config, logged->proposer);
    settle(*logged);
  }
  return {};
}

Status Study::State::check_ask(const AskRecord& ask) const {
  if (ask.first != places_.size() || ask.asked > kMostAsked) return damaged(ask.first);
  for (const uint32_t number : ask.learnt)
    if (number >= ask.first || !places_[number].trial) return damaged(number);
  return {};
}

Study::Study(std::unique_ptr<State> state) : state_(std::move(state)) {}
Study::Study(Study&&) noexcept = default;
Study& Study::operator=(Study&&) noexcept = default;
Study::~Study() = default;

Result<Study> Study::open(Space space, StudyOptions options) {
  auto state = std::make_unique<State>(std::move(space), std::move(options));
  TAMIS_TRY(state->open());
  return Study(std::move(state));
}

Result<std::vector<AskedConfig>> Study::ask(size_t count) { return state_->ask(count); }
Status Study::tell(uint64_t number, Outcome outcome) { return state_->tell(number, std::move(outcome)); }
Status Study::tell(const Config& config, Outcome outcome) { return state_->tell(config, std::move(outcome)); }
const Space& Study::space() const { return state_->space(); }
const SessionRecord& Study::session() const { return state_->history().session(); }
const Counts& Study::counts() const { return state_->tally().counts(); }
const std::optional<Trial>& Study::best() const { return state_->tally().best(); }
uint64_t Study::resumed() const { return state_->resumed(); }
bool Study::done() const { return state_->done(); }

std::vector<Trial> Study::trials() const {
  std::vector<Trial> trials;
  for (const Place& place : state_->places())
    if (place.trial) trials.push_back(*place.trial);
  return trials;
}

std::vector<AskedConfig> Study::pending() const {
  std::vector<AskedConfig> pending;
  const std::vector<Place>& places = state_->places();
  for (uint64_t number = 0; number < places.size(); ++number)
    if (!places[number].trial) pending.push_back({number, places[number].config});
  return pending;
}

}  // namespace tamis

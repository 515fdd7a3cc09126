#include "tamis/study.h"

#include "base/clock.h"
#include "session/search_state.h"
#include "tamis/space.h"
#include "trial/inferred.h"

#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The proposer of trials that nobody proposed.
constexpr const char* kTold = "told";

/// What is wrong with an outcome; empty when nothing is.
std::string fault_of(const Outcome& outcome, const Objective& objective) {
  const std::string_view verdict = to_string(outcome.verdict);
  if (outcome.verdict == Verdict::valid && outcome.costs.empty())
    return fmt::format("a valid config needs at least one {}", objective.name);
  if (outcome.verdict != Verdict::valid && !outcome.costs.empty())
    return fmt::format("a config that is {} has no {}; leave it out or tell it as valid", verdict,
                       objective.name);
  for (const double cost : outcome.costs)
    if (const Status checked = objective.check(cost); !checked.ok()) return checked.error().message;
  if (const Status checked = check_features(outcome.features); !checked.ok()) return checked.error().message;
  if (outcome.build_ns < 0 || outcome.run_ns < 0) return "the time spent on it is negative";
  return {};
}

Status check_outcome(const Task& task, const Config& config, const Outcome& outcome) {
  const std::string fault = fault_of(outcome, task.objective());
  if (fault.empty()) return {};
  return invalid_input(fmt::format("the outcome of {}: {}", task.space().describe(config), fault));
}

/// The trial that an outcome makes of a config, finished now. `device` is where it ran if it ran and the
/// outcome does not say.
Trial trial_of(AskedConfig asked, std::string proposer, Outcome outcome, const std::string& device) {
  Trial trial;
  trial.number = asked.number;
  trial.config = std::move(asked.config);
  trial.verdict = outcome.verdict;
  trial.measured = reaches_device(outcome.verdict) && outcome.verdict != Verdict::device_lost;
  trial.costs = std::move(outcome.costs);
  trial.features = std::move(outcome.features);
  trial.message = std::move(outcome.message);
  trial.device = std::move(outcome.device);
  if (trial.device.empty() && trial.measured) trial.device = device;
  trial.proposer = std::move(proposer);
  trial.build_ns = outcome.build_ns;
  trial.run_ns = outcome.run_ns;
  trial.finished_unix_ms = unix_ms();
  return trial;
}

}  // namespace

class Study::State {
 public:
  explicit State(StudyOptions options) : options_(std::move(options)) {}

  Status open(SharedTask task, SessionRecord record);
  Result<std::vector<AskedConfig>> ask(size_t count);
  Status tell(uint64_t number, Outcome outcome);
  Status tell(const Config& config, Outcome outcome);
  const SearchState& search() const { return *search_; }

 private:
  StudyOptions options_;
  std::optional<Log> log_;
  std::unique_ptr<SearchState> search_;
};

Status Study::State::open(SharedTask task, SessionRecord record) {
  TAMIS_ASSIGN(SearchSetup setup, setup_of(std::move(task), std::move(record), options_));
  setup.record.batch = 0;  // every ask has its own size
  setup.of_caller = true;
  setup.related = &options_.related;
  if (!options_.log.empty()) {
    TAMIS_ASSIGN(log_, Log::open(options_.log, LogMode::read_write));
  }
  TAMIS_ASSIGN(search_, SearchState::make(log_ ? &*log_ : nullptr, std::move(setup)));
  TAMIS_TRY(search_->start());
  return search_->write_session();
}

Result<std::vector<AskedConfig>> Study::State::ask(size_t count) {
  if (count == 0 || count > kMostAsked)
    return invalid_input(
        fmt::format("{} configs were asked for; it must be between 1 and {}", count, kMostAsked));
  return search_->ask(count);
}

Status Study::State::tell(uint64_t number, Outcome outcome) {
  if (number >= search_->end())
    return invalid_input(
        fmt::format("trial {} was never asked for; there are {} so far", number, search_->end()));
  const SearchPlace& place = search_->place(number);
  if (place.given_up)
    return invalid_input(fmt::format(
        "trial {} was asked before a long log was resumed, and is not known any more; tell it by its config",
        number));
  const Space& space = search_->space();
  if (place.trial)
    return invalid_input(fmt::format("trial {} ({}) was told already: it is {}", number,
                                     space.describe(place.config), to_string(place.trial->verdict)));
  TAMIS_TRY(check_outcome(search_->task(), place.config, outcome));
  TAMIS_TRY(
      search_->tell(trial_of({number, place.config}, place.proposer, std::move(outcome), options_.device)));
  return {};
}

Status Study::State::tell(const Config& config, Outcome outcome) {
  const Space& space = search_->space();
  if (!belongs(space, config))
    return invalid_input("a config was told that has no value of the space for every knob");
  if (const std::optional<uint64_t> known = search_->newest(config)) {
    const std::optional<Trial>& trial = search_->place(*known).trial;
    if (!trial || trial->verdict != Verdict::device_lost) return tell(*known, std::move(outcome));
  }
  if (!space.allows(config))
    return invalid_input(
        fmt::format("the config {} is outside the space: it is not listed there, or a constraint excludes it",
                    space.describe(config)));
  TAMIS_TRY(check_outcome(search_->task(), config, outcome));
  TAMIS_TRY(
      search_->tell_unasked(trial_of({search_->end(), config}, kTold, std::move(outcome), options_.device)));
  return {};
}

Study::Study(std::unique_ptr<State> state) : state_(std::move(state)) {}
Study::Study(Study&&) noexcept = default;
Study& Study::operator=(Study&&) noexcept = default;
Study::~Study() = default;

Result<Study> Study::open(Space space, StudyOptions options) {
  if (space.size() == 0) return invalid_input("a study needs a space with at least one config");
  if (options.name.empty()) return invalid_input("a study needs a name, for its log and for people");
  PlainTask plain;
  plain.space = std::move(space);
  plain.name = options.name;
  plain.objective = options.objective;
  TAMIS_ASSIGN(SharedTask task, make_plain_task(std::move(plain)));
  SessionRecord record = describe_task(*task);
  record.target_spec = "study";
  record.target_identity = options.identity;
  auto state = std::make_unique<State>(std::move(options));
  TAMIS_TRY(state->open(std::move(task), std::move(record)));
  return Study(std::move(state));
}

Result<Study> Study::open(SharedTask task, StudyOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  SessionRecord record = describe_task(*task);
  TAMIS_TRY(state->open(std::move(task), std::move(record)));
  return Study(std::move(state));
}

Result<std::vector<AskedConfig>> Study::ask(size_t count) { return state_->ask(count); }
Status Study::tell(uint64_t number, Outcome outcome) { return state_->tell(number, std::move(outcome)); }
Status Study::tell(const Config& config, Outcome outcome) { return state_->tell(config, std::move(outcome)); }
const Task& Study::task() const { return state_->search().task(); }
const Space& Study::space() const { return state_->search().space(); }
const SessionRecord& Study::session() const { return state_->search().session(); }
const Counts& Study::counts() const { return state_->search().seen().counts(); }
const Reasons& Study::reasons() const { return state_->search().seen().reasons(); }
const std::optional<Trial>& Study::best() const { return state_->search().seen().best(); }
uint64_t Study::resumed() const { return state_->search().resumed(); }
const std::string& Study::resume_note() const { return state_->search().resume_note(); }
bool Study::done() const { return state_->search().done(); }

std::vector<Trial> Study::trials() const {
  std::vector<Trial> trials;
  const SearchState& search = state_->search();
  for (uint64_t number = search.first(); number < search.end(); ++number)
    if (const std::optional<Trial>& trial = search.place(number).trial) trials.push_back(*trial);
  return trials;
}

std::vector<AskedConfig> Study::pending() const {
  std::vector<AskedConfig> pending;
  const SearchState& search = state_->search();
  for (uint64_t number = search.first(); number < search.end(); ++number) {
    const SearchPlace& place = search.place(number);
    if (!place.trial && !place.given_up) pending.push_back({number, place.config});
  }
  return pending;
}

}  // namespace tamis

#include "session/study.h"

#include "session/study_state.h"

#include <utility>

namespace tamis {

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
  for (const StudyPlace& place : state_->places())
    if (place.trial) trials.push_back(*place.trial);
  return trials;
}

std::vector<AskedConfig> Study::pending() const {
  std::vector<AskedConfig> pending;
  const std::vector<StudyPlace>& places = state_->places();
  for (uint64_t number = 0; number < places.size(); ++number)
    if (!places[number].trial && !places[number].given_up) pending.push_back({number, places[number].config});
  return pending;
}

}  // namespace tamis

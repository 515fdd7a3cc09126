#include "search/trial_memory.h"

namespace tamis {

Result<std::vector<Observation>> TrialMemory::learn(std::span<const Trial> trials) {
  std::vector<Observation> learnt;
  learnt.reserve(trials.size());
  for (const Trial& trial : trials) {
    TAMIS_ASSIGN(const Observation observation, observe(space_, trial));
    unseen_.mark(observation.index);
    observations_.add(observation);
    learnt.push_back(observation);
  }
  return learnt;
}

Config TrialMemory::take(uint64_t index) {
  unseen_.mark(index);
  return space_.config(index);
}

Result<std::vector<Config>> TrialMemory::propose(
    size_t count, Random& random, const std::function<Result<std::optional<uint64_t>>()>& next) {
  std::vector<Config> proposals;
  while (proposals.size() < count) {
    TAMIS_ASSIGN(std::optional<uint64_t> index, next());
    if (!index) index = unseen_.draw(random);
    if (!index) break;
    proposals.push_back(take(*index));
  }
  return proposals;
}

void TrialMemory::fill_at_random(std::vector<Config>& proposals, size_t count, Random& random) {
  while (proposals.size() < count) {
    const std::optional<uint64_t> index = unseen_.draw(random);
    if (!index) return;
    proposals.push_back(take(*index));
  }
}

}  // namespace tamis

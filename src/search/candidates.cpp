#include "search/candidates.h"

#include <algorithm>
#include <unordered_set>

namespace tamis {
namespace {

/// Collects unseen configs, each once.
class Gathering {
 public:
  explicit Gathering(const UnseenConfigs& unseen) : unseen_(unseen) {}
  void offer(uint64_t index) {
    if (unseen_.contains(index) && members_.insert(index).second) indexes.push_back(index);
  }
  std::vector<uint64_t> indexes;

 private:
  const UnseenConfigs& unseen_;
  std::unordered_set<uint64_t> members_;
};

/// One knob moved to the value before or after its own, where there is one.
uint64_t step_to_next_value(const Space& space, uint64_t index, Random& random) {
  if (space.knobs().empty()) return index;
  Config config = space.config(index);
  const size_t knob = random.below(space.knobs().size());
  uint32_t& choice = config.choices[knob];
  if (random.below(2) == 0 && choice > 0)
    --choice;
  else if (choice + 1 < space.knobs()[knob].values.size())
    ++choice;
  return space.index(config);
}

}  // namespace

std::vector<uint64_t> fastest(const Observations& observations, size_t count) {
  std::vector<Observation> valid;
  for (const Observation& observation : observations.all())
    if (observation.valid()) valid.push_back(observation);
  const auto end = valid.begin() + static_cast<std::ptrdiff_t>(std::min(count, valid.size()));
  std::partial_sort(valid.begin(), end, valid.end(), [](const Observation& a, const Observation& b) {
    return a.throughput != b.throughput ? a.throughput > b.throughput : a.index < b.index;
  });
  std::vector<uint64_t> indexes;
  for (auto it = valid.begin(); it != end; ++it) indexes.push_back(it->index);
  return indexes;
}

std::vector<uint64_t> Candidates::gather(TrialMemory& memory, Random& random) {
  if (!visited_) {
    visited_ = true;
    whole_ = space_.allowed_indexes(options_.whole_space);
  }
  std::vector<uint64_t> indexes;
  if (whole_) {
    std::erase_if(*whole_, [&](uint64_t index) { return memory.unseen().marked(index); });
    indexes = *whole_;
  } else {
    indexes = gather_some(memory, random);
  }
  random.shuffle(indexes);
  return indexes;
}

std::vector<uint64_t> Candidates::gather_some(TrialMemory& memory, Random& random) const {
  Gathering gathering(memory.unseen());
  const std::vector<uint64_t> leaders = fastest(memory.observations(), options_.leaders);
  for (size_t i = 0; i < options_.neighbours && !leaders.empty(); ++i) {
    const uint64_t leader = leaders[i % leaders.size()];
    const bool near = i / leaders.size() % 2 == 0;
    uint64_t neighbour = near ? step_to_next_value(space_, leader, random) : walk_.step(leader, random);
    if (random.below(2) == 0)
      neighbour = near ? step_to_next_value(space_, neighbour, random) : walk_.step(neighbour, random);
    gathering.offer(neighbour);
  }
  for (size_t i = 0; i < options_.random; ++i) {
    const std::optional<uint64_t> index = memory.unseen().draw(random);
    if (!index) break;
    gathering.offer(*index);
  }
  return std::move(gathering.indexes);
}

}  // namespace tamis

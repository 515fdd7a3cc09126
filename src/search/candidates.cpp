#include "search/candidates.h"

#include "space/allowed_configs.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace tamis {
namespace {

constexpr int kAttempts = 100;
/// Where there is another way to go on, in spaces in which most single steps lead outside.
constexpr int kAttemptsEnumerated = 16;

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

/// Calls `visit` with every config that differs from the given one in one knob at or after `first`.
template <class Visit>
void vary_one(const Space& space, Config config, size_t first, const Visit& visit) {
  for (size_t knob = first; knob < space.knobs().size(); ++knob) {
    const uint32_t own = config.choices[knob];
    const auto values = static_cast<uint32_t>(space.knobs()[knob].values.size());
    for (uint32_t choice = 0; choice < values; ++choice) {
      config.choices[knob] = choice;
      if (choice != own) visit(config, knob);
    }
    config.choices[knob] = own;
  }
}

/// The indexes that differ in exactly two knobs, as many as are asked for, at random where there are more.
std::vector<uint64_t> vary_two(const Space& space, uint64_t index, size_t count, Random& random) {
  std::vector<uint64_t> sample;
  uint64_t met = 0;
  vary_one(space, space.config(index), 0, [&](const Config& once, size_t knob) {
    vary_one(space, once, knob + 1, [&](const Config& twice, size_t) {
      ++met;
      if (sample.size() < count) {
        sample.push_back(space.index(twice));
      } else if (const uint64_t place = random.below(met); place < count) {
        sample[place] = space.index(twice);
      }
    });
  });
  return sample;
}

}  // namespace

KnobWalk::KnobWalk(const Space& space)
    : space_(space), all_allowed_(space.constraints().empty() && space.listed() == nullptr) {
  uint64_t stride = 1;
  for (const Knob& knob : space.knobs()) {
    strides_.push_back(stride);
    stride *= knob.values.size();
    movable_ = movable_ || knob.values.size() > 1;
  }
}

uint64_t KnobWalk::step(uint64_t index, Random& random) const {
  if (!movable_) return index;
  const AllowedConfigs* enumeration = space_.enumeration();
  const int attempts = enumeration != nullptr ? kAttemptsEnumerated : kAttempts;
  for (int excluded = 0; excluded < attempts;) {
    const size_t knob = random.below(strides_.size());
    const uint64_t values = space_.knobs()[knob].values.size();
    const uint64_t from = index / strides_[knob] % values;
    const uint64_t to = random.below(values);
    if (from == to) continue;
    const uint64_t moved = index - from * strides_[knob] + to * strides_[knob];
    if (all_allowed_ || space_.allows(space_.config(moved))) return moved;
    ++excluded;
  }
  if (enumeration != nullptr) return space_.index(enumeration->neighbour(space_.config(index), random));
  return index;
}

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

void add_neighbours(const TrialMemory& memory, const NeighbourOptions& options, Random& random,
                    std::vector<uint64_t>& indexes) {
  std::unordered_set<uint64_t> members(indexes.begin(), indexes.end());
  const auto offer = [&](uint64_t index) {
    if (memory.unseen().contains(index) && members.insert(index).second) indexes.push_back(index);
  };
  const Space& space = memory.space();
  const std::vector<uint64_t> leaders = fastest(memory.observations(), options.leaders);
  for (const uint64_t leader : leaders)
    vary_one(space, space.config(leader), 0,
             [&](const Config& config, size_t) { offer(space.index(config)); });
  if (leaders.empty()) return;
  if (const AllowedConfigs* enumeration = space.enumeration())
    for (const uint64_t leader : leaders)
      for (size_t i = 0; i < options.enumerated; ++i)
        offer(space.index(enumeration->neighbour(space.config(leader), random)));
  for (const uint64_t index : vary_two(space, leaders.front(), options.two_knobs, random)) offer(index);
}

}  // namespace tamis

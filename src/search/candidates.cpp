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
  void offer(const ConfigKey& key) {
    if (unseen_.contains(key) && members_.insert(key).second) keys.push_back(key);
  }
  std::vector<ConfigKey> keys;

 private:
  const UnseenConfigs& unseen_;
  std::unordered_set<ConfigKey> members_;
};

/// One knob moved to the value before or after its own, where there is one.
ConfigKey step_to_next_value(const Space& space, const ConfigKey& key, Random& random) {
  if (space.knobs().empty()) return key;
  Config config = space.config(key);
  const size_t knob = random.below(space.knobs().size());
  uint32_t& choice = config.choices[knob];
  if (random.below(2) == 0 && choice > 0)
    --choice;
  else if (choice + 1 < space.knobs()[knob].values.size())
    ++choice;
  return space.key(config);
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

/// The keys that differ in exactly two knobs, as many as are asked for, at random where there are more.
std::vector<ConfigKey> vary_two(const Space& space, const ConfigKey& key, size_t count, Random& random) {
  std::vector<ConfigKey> sample;
  uint64_t met = 0;
  vary_one(space, space.config(key), 0, [&](const Config& once, size_t knob) {
    vary_one(space, once, knob + 1, [&](const Config& twice, size_t) {
      ++met;
      if (sample.size() < count) {
        sample.push_back(space.key(twice));
      } else if (const uint64_t place = random.below(met); place < count) {
        sample[place] = space.key(twice);
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
    if (space.countable()) strides_.push_back(stride);
    stride *= knob.values.size();
    movable_ = movable_ || knob.values.size() > 1;
  }
}

ConfigKey KnobWalk::step(const ConfigKey& key, Random& random) const {
  if (!movable_) return key;
  const AllowedConfigs* enumeration = space_.enumeration();
  const int attempts = enumeration != nullptr ? kAttemptsEnumerated : kAttempts;
  for (int excluded = 0; excluded < attempts;) {
    const size_t knob = random.below(space_.knobs().size());
    const uint64_t to = random.below(space_.knobs()[knob].values.size());
    const std::optional<ConfigKey> moved = move(key, knob, to);
    if (!moved) continue;
    if (all_allowed_ || space_.allows(space_.config(*moved))) return *moved;
    ++excluded;
  }
  if (enumeration != nullptr) return space_.key(enumeration->neighbour(space_.config(key), random));
  return key;
}

std::optional<ConfigKey> KnobWalk::move(const ConfigKey& key, size_t knob, uint64_t to) const {
  if (space_.countable()) {
    const uint64_t index = key.index();
    const uint64_t from = index / strides_[knob] % space_.knobs()[knob].values.size();
    if (from == to) return std::nullopt;
    return index - from * strides_[knob] + to * strides_[knob];
  }
  Config config = space_.config(key);
  if (config.choices[knob] == to) return std::nullopt;
  config.choices[knob] = static_cast<uint32_t>(to);
  return space_.key(config);
}

std::vector<ConfigKey> fastest(const Observations& observations, size_t count) {
  std::vector<Observation> valid;
  for (const Observation& observation : observations.all())
    if (observation.valid()) valid.push_back(observation);
  const auto end = valid.begin() + static_cast<std::ptrdiff_t>(std::min(count, valid.size()));
  std::partial_sort(valid.begin(), end, valid.end(), [](const Observation& a, const Observation& b) {
    return a.throughput != b.throughput ? a.throughput > b.throughput : a.key < b.key;
  });
  std::vector<ConfigKey> keys;
  for (auto it = valid.begin(); it != end; ++it) keys.push_back(it->key);
  return keys;
}

std::vector<ConfigKey> Candidates::gather(TrialMemory& memory, Random& random) {
  if (!visited_) {
    visited_ = true;
    whole_ = space_.allowed_keys(options_.whole_space);
  }
  std::vector<ConfigKey> keys;
  if (whole_) {
    std::erase_if(*whole_, [&](const ConfigKey& key) { return memory.unseen().marked(key); });
    keys = *whole_;
  } else {
    keys = gather_some(memory, random);
  }
  random.shuffle(keys);
  return keys;
}

std::vector<ConfigKey> Candidates::gather_some(TrialMemory& memory, Random& random) const {
  Gathering gathering(memory.unseen());
  const std::vector<ConfigKey> leaders = fastest(memory.observations(), options_.leaders);
  for (size_t i = 0; i < options_.neighbours && !leaders.empty(); ++i) {
    const ConfigKey& leader = leaders[i % leaders.size()];
    const bool near = i / leaders.size() % 2 == 0;
    ConfigKey neighbour = near ? step_to_next_value(space_, leader, random) : walk_.step(leader, random);
    if (random.below(2) == 0)
      neighbour = near ? step_to_next_value(space_, neighbour, random) : walk_.step(neighbour, random);
    gathering.offer(neighbour);
  }
  for (size_t i = 0; i < options_.random; ++i) {
    const std::optional<ConfigKey> key = memory.unseen().draw(random);
    if (!key) break;
    gathering.offer(*key);
  }
  return std::move(gathering.keys);
}

void add_neighbours(const TrialMemory& memory, const NeighbourOptions& options, Random& random,
                    std::vector<ConfigKey>& keys) {
  std::unordered_set<ConfigKey> members(keys.begin(), keys.end());
  const auto offer = [&](const ConfigKey& key) {
    if (memory.unseen().contains(key) && members.insert(key).second) keys.push_back(key);
  };
  const Space& space = memory.space();
  const std::vector<ConfigKey> leaders = fastest(memory.observations(), options.leaders);
  for (const ConfigKey& leader : leaders)
    vary_one(space, space.config(leader), 0, [&](const Config& config, size_t) { offer(space.key(config)); });
  if (leaders.empty()) return;
  if (const AllowedConfigs* enumeration = space.enumeration())
    for (const ConfigKey& leader : leaders)
      for (size_t i = 0; i < options.enumerated; ++i)
        offer(space.key(enumeration->neighbour(space.config(leader), random)));
  for (const ConfigKey& key : vary_two(space, leaders.front(), options.two_knobs, random)) offer(key);
}

}  // namespace tamis

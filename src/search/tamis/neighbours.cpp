#include "search/tamis/neighbours.h"

#include "search/candidates.h"
#include "space/allowed_configs.h"

#include <unordered_set>

namespace tamis {
namespace {

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

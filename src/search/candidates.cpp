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

/// Offers every config that differs from the given one in one knob, until `limit` are gathered.
void offer_neighbours(const Space& space, uint64_t index, size_t limit, Gathering& gathering) {
  const Config config = space.config(index);
  uint64_t stride = 1;
  for (size_t knob = 0; knob < space.knobs().size(); ++knob) {
    const uint64_t values = space.knobs()[knob].values.size();
    const uint64_t base = index - config.choices[knob] * stride;
    for (uint64_t choice = 0; choice < values && gathering.indexes.size() < limit; ++choice)
      gathering.offer(base + choice * stride);
    stride *= values;
  }
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
  for (const uint64_t leader : fastest(memory.observations(), options_.leaders))
    offer_neighbours(space_, leader, options_.neighbours, gathering);
  for (size_t i = 0; i < options_.random; ++i) {
    const std::optional<uint64_t> index = memory.unseen().draw(random);
    if (!index) break;
    gathering.offer(*index);
  }
  return std::move(gathering.indexes);
}

}  // namespace tamis

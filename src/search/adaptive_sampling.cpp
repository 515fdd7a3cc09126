#include "search/adaptive_sampling.h"

#include "model/k_means.h"
#include "space/allowed_configs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

namespace tamis {
namespace {

/// Configs by the positions of their choices, each scaled to reach from 0 to 1.
FeatureMatrix positions(const Space& space, const std::vector<uint64_t>& indexes) {
  FeatureMatrix rows;
  rows.columns = std::max<size_t>(space.knobs().size(), 1);
  rows.values.reserve(rows.columns * indexes.size());
  for (const uint64_t index : indexes) {
    const Config config = space.config(index);
    for (size_t knob = 0; knob < config.choices.size(); ++knob) {
      const auto last = static_cast<float>(std::max<size_t>(space.knobs()[knob].values.size() - 1, 1));
      rows.values.push_back(static_cast<float>(config.choices[knob]) / last);
    }
    if (config.choices.empty()) rows.values.push_back(0);
  }
  return rows;
}

/// The config whose choices are nearest to a point of positions(); an allowed one where they are enumerated.
uint64_t nearest_config(const Space& space, std::span<const float> point) {
  Config config;
  for (size_t knob = 0; knob < space.knobs().size(); ++knob) {
    const auto last = static_cast<float>(space.knobs()[knob].values.size() - 1);
    config.choices.push_back(static_cast<uint32_t>(std::lround(std::clamp(point[knob], 0.0F, 1.0F) * last)));
  }
  return space.index(near_allowed(space, config));
}

/// A config of which each knob is that of a random one of the given configs, so that frequent choices are
/// likely.
uint64_t synthesise(const Space& space, const std::vector<uint64_t>& configs, Random& random) {
  Config config;
  for (size_t knob = 0; knob < space.knobs().size(); ++knob)
    config.choices.push_back(space.config(configs[random.below(configs.size())]).choices[knob]);
  return space.index(near_allowed(space, config));
}

/// More clusters until the loss has a knee.
Clusters find_clusters(const FeatureMatrix& rows, const AdaptiveSamplingOptions& options, Random& random) {
  Clusters best = k_means(rows, options.fewest, options.rounds, random);
  for (size_t count = options.fewest + options.step; count <= options.most; count += options.step) {
    Clusters more = k_means(rows, count, options.rounds, random);
    const bool past_the_knee = more.loss * options.knee >= best.loss;
    best = std::move(more);
    if (past_the_knee) break;
  }
  return best;
}

}  // namespace

std::vector<uint64_t> sample_adaptively(const Space& space, const std::vector<uint64_t>& visited,
                                        const UnseenConfigs& unseen, const AdaptiveSamplingOptions& options,
                                        Random& random) {
  const Clusters clusters = find_clusters(positions(space, visited), options, random);
  std::vector<std::vector<uint64_t>> members(clusters.centres.rows());
  for (size_t i = 0; i < visited.size(); ++i) members[clusters.members[i]].push_back(visited[i]);
  std::unordered_set<uint64_t> taken;
  std::vector<uint64_t> samples;
  const auto offer = [&](uint64_t index) {
    if (!unseen.contains(index) || !taken.insert(index).second) return false;
    samples.push_back(index);
    return true;
  };
  for (size_t cluster = 0; cluster < members.size(); ++cluster) {
    if (members[cluster].empty()) continue;
    bool found = offer(nearest_config(space, clusters.centres.row(cluster)));
    for (int i = 0; i < options.syntheses && !found; ++i)
      found = offer(synthesise(space, members[cluster], random));
    for (size_t i = 0; i < members[cluster].size() && !found; ++i) found = offer(members[cluster][i]);
  }
  return samples;
}

}  // namespace tamis

#pragma once

#include "search/search_fixture.h"
#include "search/tamis/candidate_set.h"

#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tamis::search_test {

inline std::vector<ConfigKey> all_indexes(const Space& space) {
  std::vector<ConfigKey> indexes;
  for (uint64_t index = 0; index < space.size(); ++index) indexes.emplace_back(index);
  return indexes;
}

/// The positions of candidates in random order.
inline std::vector<size_t> shuffled_positions(const CandidateSet& candidates, uint64_t seed) {
  std::vector<size_t> positions(candidates.size());
  std::iota(positions.begin(), positions.end(), size_t{0});
  Random random(seed);
  random.shuffle(positions);
  return positions;
}

/// Throughput of a config of a landscape, 0 when it is invalid.
inline double throughput_of(const Space& space, const ConfigKey& index, const Landscape& landscape) {
  const std::optional<double> latency = landscape(space, space.config(index));
  return latency ? 1 / *latency : 0;
}

inline double best_throughput(const Space& space, const Landscape& landscape) {
  double best = 0;
  for (uint64_t index = 0; index < space.size(); ++index)
    if (space.allows(space.config(index))) best = std::max(best, throughput_of(space, index, landscape));
  return best;
}

inline double correlation(std::span<const float> a, std::span<const float> b) {
  const auto count = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / count;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / count;
  double squares_a = 0, squares_b = 0, products = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    squares_a += (a[i] - mean_a) * (a[i] - mean_a);
    squares_b += (b[i] - mean_b) * (b[i] - mean_b);
    products += (a[i] - mean_a) * (b[i] - mean_b);
  }
  return products / std::sqrt(squares_a * squares_b);
}

/// All configs of a space, tried on a landscape.
inline TrialSet related_trials_of(std::string name, const Space& space, const Landscape& landscape) {
  std::vector<Config> configs;
  for (const ConfigKey& index : all_indexes(space)) configs.push_back(space.config(index));
  return named_trials(std::move(name), space, try_configs(space, configs, landscape));
}

/// tile_space() of a smaller workload: 6 * 7 * 5 * 2 * 2 configs with the knobs in another order.
inline Space smaller_tile_space() {
  return Space::create({number_knob("c_threads", {1, 2}), number_knob("c", {1, 2, 4, 8, 16}),
                        number_knob("h", {1, 2, 4, 8, 16, 32}), number_knob("w", {1, 2, 4, 8, 16, 32, 64}),
                        number_knob("h_threads", {1, 2})})
      .value();
}

/// small_memory() by the names of the knobs, so that it means the same in smaller_tile_space().
inline std::optional<double> named_memory(const Space& space, const Config& config) {
  double product = 1;
  for (size_t i = 0; i < space.knobs().size(); ++i) product *= scalar(space.value(config, i));
  if (product > 64) return std::nullopt;
  const double h = std::log2(static_cast<double>(space.integer(config, "h")));
  const double w = std::log2(static_cast<double>(space.integer(config, "w")));
  return 1e6 / product * (1 + 0.2 * std::abs(h - 3) + 0.1 * std::abs(w - 1));
}

}  // namespace tamis::search_test

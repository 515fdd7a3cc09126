#include "search/tamis/initial_design.h"

#include <algorithm>
#include <limits>

namespace tamis {
namespace {

/// How much of a squared distance chance may outweigh, so that seeds differ in where they begin.
constexpr double kChance = 0.3;

}  // namespace

InitialDesign::InitialDesign(const CandidateSet& candidates, const GridKernel& kernel, InitialOrder order)
    : candidates_(candidates),
      kernel_(kernel),
      order_(order),
      nearness_(candidates.size(), std::numeric_limits<float>::infinity()) {}

void InitialDesign::note(size_t position) {
  std::vector<float> distances(candidates_.size());
  kernel_.distances(kernel_.row(position), 0, candidates_.size(), distances.data());
  for (size_t i = 0; i < distances.size(); ++i) nearness_[i] = std::min(nearness_[i], distances[i]);
}

std::optional<size_t> InitialDesign::next(Random& random) {
  ++given_;
  if (order_ == InitialOrder::at_random) return any(random);
  if (given_ == 1) return nearest_to(0.5, kChance, random);
  if (given_ == 2) return nearest_to(0, 0, random);
  return farthest(random);
}

std::optional<size_t> InitialDesign::next_among(const std::vector<bool>& among, Random& random) {
  among_ = &among;
  const std::optional<size_t> chosen = next(random);
  among_ = nullptr;
  return chosen;
}

/// The open config whose knobs are nearest to a place between their first (0) and last (1) values.
std::optional<size_t> InitialDesign::nearest_to(double place, double chance, Random& random) const {
  std::optional<size_t> best;
  double least = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < candidates_.size(); ++i) {
    if (!free(i)) continue;
    double distance = chance * random.uniform();
    for (const GridColumn& column : candidates_.grid().columns()) {
      const auto levels = static_cast<double>(column.values.size());
      const double away = (column.levels[i] - place * (levels - 1)) / levels;
      distance += away * away;
    }
    if (distance >= least) continue;
    least = distance;
    best = i;
  }
  return best;
}

std::optional<size_t> InitialDesign::farthest(Random& random) const {
  std::optional<size_t> best;
  double most = -1;
  for (size_t i = 0; i < candidates_.size(); ++i) {
    if (!free(i)) continue;
    const double distance = nearness_[i] * (0.9 + 0.2 * random.uniform());
    if (distance <= most) continue;
    most = distance;
    best = i;
  }
  return best;
}

std::optional<size_t> InitialDesign::any(Random& random) const {
  std::vector<size_t> open;
  for (size_t i = 0; i < candidates_.size(); ++i)
    if (free(i)) open.push_back(i);
  if (open.empty()) return std::nullopt;
  return open[random.below(open.size())];
}

}  // namespace tamis

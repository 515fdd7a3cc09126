#include "search/tamis/candidate_set.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace tamis {

CandidateSet::CandidateSet(const Space& space, std::vector<ConfigKey> keys)
    : keys_(std::move(keys)), grid_(space, keys_), open_(keys_.size(), 1) {
  positions_.reserve(keys_.size());
  for (size_t i = 0; i < keys_.size(); ++i) positions_.emplace(keys_[i], i);
}

std::optional<size_t> CandidateSet::find(const ConfigKey& key) const {
  const auto found = positions_.find(key);
  if (found == positions_.end()) return std::nullopt;
  return found->second;
}

void BuildProbe::keep_buildable(std::vector<ConfigKey>& keys) {
  std::erase_if(keys, [&](const ConfigKey& key) { return built_.at(key).verdict != Verdict::valid; });
}

void BuildProbe::add_columns(CandidateSet& candidates) {
  for (const std::string& name : built_.shown_by(candidates.keys())) {
    std::vector<double> numbers;
    for (const ConfigKey& key : candidates.keys()) numbers.push_back(built_.at(key).features.get(name));
    candidates.grid().add_column(name, numbers);
  }
}

std::vector<float> BuildProbe::guess_throughput(const CandidateSet& candidates) {
  std::vector<double> costs(candidates.size(), 0);
  for (const std::string& name : built_.shown_by(candidates.keys())) {
    if (!name.starts_with(kWorkPrefix)) continue;
    double least = std::numeric_limits<double>::infinity();
    for (const ConfigKey& key : candidates.keys()) {
      const double work = built_.at(key).features.get(name);
      if (work > 0) least = std::min(least, work);
    }
    for (size_t i = 0; i < candidates.size(); ++i) {
      const double work = built_.at(candidates.key(i)).features.get(name);
      // What was built before, and refused, has no programs; it is not proposed again.
      costs[i] += std::isfinite(work) && std::isfinite(least) ? work / least : 0;
    }
  }
  double least = std::numeric_limits<double>::infinity();
  for (const double cost : costs)
    if (cost > 0) least = std::min(least, cost);
  if (!std::isfinite(least)) return {};
  std::vector<float> guess;
  for (const double cost : costs) guess.push_back(cost > 0 ? static_cast<float>(least / cost) : 0);
  return guess;
}

}  // namespace tamis

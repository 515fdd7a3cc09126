#include "search/tamis/candidate_set.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace tamis {

CandidateSet::CandidateSet(const Space& space, std::vector<uint64_t> indexes)
    : indexes_(std::move(indexes)), grid_(space, indexes_), open_(indexes_.size(), true) {
  positions_.reserve(indexes_.size());
  for (size_t i = 0; i < indexes_.size(); ++i) positions_.emplace(indexes_[i], i);
}

std::optional<size_t> CandidateSet::find(uint64_t index) const {
  const auto found = positions_.find(index);
  if (found == positions_.end()) return std::nullopt;
  return found->second;
}

void BuildProbe::keep_buildable(std::vector<uint64_t>& indexes) {
  std::erase_if(indexes, [&](uint64_t index) { return built_.at(index).verdict != Verdict::valid; });
}

void BuildProbe::add_columns(CandidateSet& candidates) {
  for (const std::string& name : built_.shown_by(candidates.indexes())) {
    std::vector<double> numbers;
    for (const uint64_t index : candidates.indexes()) numbers.push_back(built_.at(index).features.get(name));
    candidates.grid().add_column(name, numbers);
  }
}

std::vector<float> BuildProbe::guess_throughput(const CandidateSet& candidates) {
  std::vector<double> costs(candidates.size(), 0);
  for (const std::string& name : built_.shown_by(candidates.indexes())) {
    if (!name.starts_with(kWorkPrefix)) continue;
    double least = std::numeric_limits<double>::infinity();
    for (const uint64_t index : candidates.indexes()) {
      const double work = built_.at(index).features.get(name);
      if (work > 0) least = std::min(least, work);
    }
    for (size_t i = 0; i < candidates.size(); ++i) {
      const double work = built_.at(candidates.index(i)).features.get(name);
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

#include "search/tamis/build_probe.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace tamis {

void BuildProbe::keep_buildable(std::vector<uint64_t>& indexes) {
  std::erase_if(indexes, [&](uint64_t index) { return built_.at(index).verdict != Verdict::valid; });
}

void BuildProbe::add_columns(CandidateSet& field) {
  for (const std::string& name : built_.shown_by(field.indexes())) {
    std::vector<double> numbers;
    for (const uint64_t index : field.indexes()) numbers.push_back(built_.at(index).features.get(name));
    field.grid().add_column(name, numbers);
  }
}

std::vector<float> BuildProbe::guess_throughput(const CandidateSet& field) {
  std::vector<double> costs(field.size(), 0);
  for (const std::string& name : built_.shown_by(field.indexes())) {
    if (!name.starts_with(kWorkPrefix)) continue;
    double least = std::numeric_limits<double>::infinity();
    for (const uint64_t index : field.indexes()) {
      const double work = built_.at(index).features.get(name);
      if (work > 0) least = std::min(least, work);
    }
    for (size_t i = 0; i < field.size(); ++i) {
      const double work = built_.at(field.index(i)).features.get(name);
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

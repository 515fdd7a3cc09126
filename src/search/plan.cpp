#include "search/plan.h"

#include <algorithm>
#include <numeric>

namespace tamis {

std::vector<uint64_t> ranked(const std::vector<uint64_t>& indexes, const std::vector<double>& scores) {
  std::vector<size_t> order(indexes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  std::vector<uint64_t> result;
  result.reserve(order.size());
  for (const size_t position : order) result.push_back(indexes[position]);
  return result;
}

}  // namespace tamis

#include "search/training_set.h"

#include <algorithm>
#include <numeric>

namespace tamis {

std::vector<Observation> choose_lessons(const Observations& observations, size_t most, Random& random) {
  const std::vector<Observation>& all = observations.all();
  if (all.size() <= most) return all;
  std::vector<size_t> places(all.size());
  std::iota(places.begin(), places.end(), size_t{0});
  const size_t fastest = std::min(most / 2, observations.valid_count());
  std::nth_element(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(fastest), places.end(),
                   [&](size_t a, size_t b) {
                     return all[a].throughput != all[b].throughput ? all[a].throughput > all[b].throughput
                                                                   : a < b;
                   });
  // What is behind them is in an order that the library chose: put in one of its own before it is drawn from.
  std::sort(places.begin() + static_cast<std::ptrdiff_t>(fastest), places.end());
  for (size_t i = fastest; i < most; ++i) std::swap(places[i], places[i + random.below(places.size() - i)]);
  places.resize(most);
  std::sort(places.begin(), places.end());
  std::vector<Observation> lessons;
  lessons.reserve(most);
  for (const size_t place : places) lessons.push_back(all[place]);
  return lessons;
}

}  // namespace tamis

#include "experiment/correlation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace tamis {
namespace {

std::vector<size_t> numbered_from_0(size_t count) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  return order;
}

std::vector<double> ranks(std::span<const double> values) {
  std::vector<size_t> order = numbered_from_0(values.size());
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end - 1) / 2.0;
    begin = end;
  }
  return ranks;
}

double pearson(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0.0;
  double aa = 0.0;
  double bb = 0.0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0;
}

double pairs(size_t count) { return static_cast<double>(count) * static_cast<double>(count - 1) / 2.0; }

/// Pairs of neighbours that are equal, in a sorted list.
template <class Same>
double tied_pairs(size_t count, const Same& same) {
  double tied = 0.0;
  for (size_t begin = 0; begin < count;) {
    size_t end = begin + 1;
    while (end < count && same(begin, end)) ++end;
    tied += pairs(end - begin);
    begin = end;
  }
  return tied;
}

/// Sorts, and counts the pairs that stood in the wrong order.
double sort_counting(std::span<double> values, std::vector<double>& scratch) {
  if (values.size() < 2) return 0.0;
  const size_t middle = values.size() / 2;
  double swaps =
      sort_counting(values.first(middle), scratch) + sort_counting(values.subspan(middle), scratch);
  scratch.clear();
  size_t left = 0;
  for (size_t right = middle; right < values.size(); ++right) {
    while (left < middle && values[left] <= values[right]) scratch.push_back(values[left++]);
    swaps += static_cast<double>(middle - left);
    scratch.push_back(values[right]);
  }
  scratch.insert(scratch.end(), values.begin() + static_cast<std::ptrdiff_t>(left),
                 values.begin() + static_cast<std::ptrdiff_t>(middle));
  std::copy(scratch.begin(), scratch.end(), values.begin());
  return swaps;
}

std::vector<size_t> largest(std::span<const double> values, size_t top) {
  std::vector<size_t> order = numbered_from_0(values.size());
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] > values[b]; });
  order.resize(top);
  std::sort(order.begin(), order.end());
  return order;
}

}  // namespace

double spearman(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 2) return 0.0;
  return pearson(ranks(a), ranks(b));
}

double kendall(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 2) return 0.0;
  std::vector<size_t> order = numbered_from_0(a.size());
  std::sort(order.begin(), order.end(),
            [&](size_t i, size_t j) { return a[i] != a[j] ? a[i] < a[j] : b[i] < b[j]; });
  const auto same_a = [&](size_t i, size_t j) { return a[order[i]] == a[order[j]]; };
  const auto same_both = [&](size_t i, size_t j) { return same_a(i, j) && b[order[i]] == b[order[j]]; };
  const double tied_a = tied_pairs(a.size(), same_a);
  const double tied_both = tied_pairs(a.size(), same_both);
  std::vector<double> sorted;
  sorted.reserve(order.size());
  for (const size_t i : order) sorted.push_back(b[i]);
  std::vector<double> scratch;
  const double swaps = sort_counting(sorted, scratch);
  const double tied_b = tied_pairs(sorted.size(), [&](size_t i, size_t j) { return sorted[i] == sorted[j]; });
  const double all = pairs(a.size());
  const double scale = std::sqrt(all - tied_a) * std::sqrt(all - tied_b);
  return scale > 0.0 ? (all - tied_a - tied_b + tied_both - 2.0 * swaps) / scale : 0.0;
}

double top_recall(std::span<const double> predictions, std::span<const double> truth, size_t top) {
  if (truth.size() <= top || top == 0) return 1.0;
  const std::vector<size_t> predicted = largest(predictions, top);
  const std::vector<size_t> best = largest(truth, top);
  std::vector<size_t> both;
  std::set_intersection(predicted.begin(), predicted.end(), best.begin(), best.end(),
                        std::back_inserter(both));
  return static_cast<double>(both.size()) / static_cast<double>(top);
}

}  // namespace tamis

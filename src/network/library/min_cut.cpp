#include "network/library/min_cut.h"

#include <algorithm>
#include <limits>
#include <queue>

namespace tamis::network {
namespace {

constexpr size_t kUnreached = std::numeric_limits<size_t>::max();
/// Capacities are ns; what is less is a rounding error.
constexpr double kNothing = 1e-9;

}  // namespace

size_t MinCut::add_node(double first, double second) {
  leaving_.emplace_back();
  const size_t node = leaving_.size() - 1;
  add_edge(kFirst, node, second);
  add_edge(node, kSecond, first);
  return node - 2;
}

void MinCut::add_cost(size_t a, size_t b, double cost) { add_edge(a + 2, b + 2, cost); }

void MinCut::add_edge(size_t from, size_t to, double capacity) {
  leaving_[from].push_back(edges_.size());
  edges_.push_back({to, capacity});
  leaving_[to].push_back(edges_.size());
  edges_.push_back({from, 0});
}

bool MinCut::find_levels() {
  levels_.assign(leaving_.size(), kUnreached);
  levels_[kFirst] = 0;
  std::queue<size_t> queue({kFirst});
  while (!queue.empty()) {
    const size_t node = queue.front();
    queue.pop();
    for (const size_t edge : leaving_[node]) {
      const size_t to = edges_[edge].to;
      if (edges_[edge].left <= kNothing || levels_[to] != kUnreached) continue;
      levels_[to] = levels_[node] + 1;
      queue.push(to);
    }
  }
  return levels_[kSecond] != kUnreached;
}

double MinCut::push(size_t node, double limit) {
  if (node == kSecond) return limit;
  for (size_t& next = tried_[node]; next < leaving_[node].size(); ++next) {
    const size_t edge = leaving_[node][next];
    const size_t to = edges_[edge].to;
    if (edges_[edge].left <= kNothing || levels_[to] != levels_[node] + 1) continue;
    const double pushed = push(to, std::min(limit, edges_[edge].left));
    if (pushed <= kNothing) continue;
    edges_[edge].left -= pushed;
    edges_[edge ^ 1U].left += pushed;
    return pushed;
  }
  return 0;
}

std::vector<bool> MinCut::solve() {
  while (find_levels()) {
    tried_.assign(leaving_.size(), 0);
    while (push(kFirst, kForbidden * static_cast<double>(leaving_.size())) > kNothing) {
    }
  }
  // What still reaches the second side is on it, all else on the first: ties go to the first.
  std::vector<bool> reaches(leaving_.size(), false);
  reaches[kSecond] = true;
  std::queue<size_t> queue({kSecond});
  while (!queue.empty()) {
    const size_t node = queue.front();
    queue.pop();
    for (const size_t edge : leaving_[node]) {
      const size_t from = edges_[edge].to;
      if (reaches[from] || edges_[edge ^ 1U].left <= kNothing) continue;
      reaches[from] = true;
      queue.push(from);
    }
  }
  return {reaches.begin() + 2, reaches.end()};
}

}  // namespace tamis::network

#include "network/passes/memory_plan.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace tamis::network {
namespace {

bool needed_together(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

int64_t rounded_up(int64_t bytes, int64_t alignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

/// The lowest place of so many bytes between taken ones, which are sorted by their beginning.
int64_t lowest_gap(const std::vector<std::pair<int64_t, int64_t>>& taken, int64_t bytes) {
  int64_t place = 0;
  for (const auto& [begin, end] : taken) {
    if (begin - place >= bytes) return place;
    place = std::max(place, end);
  }
  return place;
}

/// The most that the pieces take together in one step.
int64_t most_at_once(std::span<const Lifetime> pieces, int64_t alignment) {
  std::map<size_t, int64_t> change;
  for (const Lifetime& piece : pieces) {
    change[piece.first] += rounded_up(piece.bytes, alignment);
    change[piece.last + 1] -= rounded_up(piece.bytes, alignment);
  }
  int64_t now = 0;
  int64_t most = 0;
  for (const auto& [step, by] : change) most = std::max(most, now += by);
  return most;
}

}  // namespace

MemoryPlan plan_memory(std::span<const Lifetime> pieces, int64_t alignment) {
  MemoryPlan plan;
  plan.offsets.assign(pieces.size(), 0);
  std::vector<size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return pieces[a].bytes > pieces[b].bytes; });
  for (size_t i = 0; i < order.size(); ++i) {
    const Lifetime& piece = pieces[order[i]];
    const int64_t bytes = rounded_up(piece.bytes, alignment);
    std::vector<std::pair<int64_t, int64_t>> taken;
    for (size_t j = 0; j < i; ++j) {
      const Lifetime& other = pieces[order[j]];
      const int64_t begin = plan.offsets[order[j]];
      if (needed_together(piece, other))
        taken.emplace_back(begin, begin + rounded_up(other.bytes, alignment));
    }
    std::sort(taken.begin(), taken.end());
    plan.offsets[order[i]] = lowest_gap(taken, bytes);
    plan.bytes = std::max(plan.bytes, plan.offsets[order[i]] + bytes);
    plan.sum += bytes;
  }
  plan.least = most_at_once(pieces, alignment);
  return plan;
}

}  // namespace tamis::network

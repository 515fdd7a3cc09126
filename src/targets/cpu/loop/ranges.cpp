#include "targets/cpu/loop/ranges.h"

#include <algorithm>

namespace tamis::cpu {
namespace {

constexpr Range kUnknown{INT32_MIN, INT32_MAX};

/// Division rounded down, of a positive divisor.
int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Range LoopRanges::of(const Affine& affine) const {
  Range sum{affine.constant(), affine.constant()};
  for (const Affine::Term& term : affine.terms()) {
    const auto loop = loops_.find(term.loop);
    const Range& values = loop == loops_.end() ? kUnknown : loop->second;
    const auto [low, high] = std::minmax({term.factor * values.least, term.factor * values.greatest});
    sum.least += low;
    sum.greatest += high;
  }
  return sum;
}

bool LoopRanges::narrow(const Affine& condition) {
  if (of(condition).greatest < 0) return false;
  if (condition.terms().size() != 1) return true;
  const Affine::Term& term = condition.terms().front();
  const auto found = loops_.find(term.loop);
  if (found == loops_.end()) return true;
  // factor * loop >= -constant
  Range& loop = found->second;
  if (term.factor > 0) {
    loop.least = std::max(loop.least, -floor_divide(condition.constant(), term.factor));
  } else {
    loop.greatest = std::min(loop.greatest, floor_divide(condition.constant(), -term.factor));
  }
  return loop.least <= loop.greatest;
}

}  // namespace tamis::cpu

#pragma once

#include "search/training_set.h"
#include "search/unseen.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tamis {

/// Configs that a model ranked, waiting to be proposed until the model is fitted again. Not thread safe.
class Plan {
 public:
  /// Takes the place of the old plan; the best come first.
  void replace(std::vector<uint64_t> ranked) {
    ranked_ = std::move(ranked);
    passed_ = 0;
  }

  /// The best that is unseen and not among the last `reserved`; nothing when there is none left.
  std::optional<uint64_t> next(const UnseenConfigs& unseen, size_t reserved = 0) {
    while (passed_ < ranked_.size() && !unseen.contains(ranked_[passed_])) ++passed_;
    if (passed_ + reserved >= ranked_.size()) return std::nullopt;
    return ranked_[passed_];
  }

 private:
  std::vector<uint64_t> ranked_;
  size_t passed_ = 0;  ///< configs at the front that were seen already
};

/// The indexes in the order of falling scores; of equal ones the first stays first.
std::vector<uint64_t> ranked(const std::vector<uint64_t>& indexes, const std::vector<double>& scores);

/// When models are fitted again: whenever about 3 % more is known, so that all fits together cost little more
/// than linear time; and at least once in kMostLessons / 32 trials, when fits cost no more than they did.
class RefitSchedule {
 public:
  bool due(size_t known) const { return known >= next_; }
  void fitted(size_t known) { next_ = known + 1 + std::min(known, kMostLessons) / 32; }

 private:
  size_t next_ = 0;
};

}  // namespace tamis

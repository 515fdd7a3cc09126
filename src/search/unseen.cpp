#include "search/unseen.h"

#include <algorithm>

namespace tamis {

bool UnseenConfigs::contains(uint64_t index) const {
  return index < space_->size() && !marked_.contains(index) &&
         ((space_->constraints().empty() && !space_->listed()) || space_->allows(space_->config(index)));
}

std::optional<uint64_t> UnseenConfigs::draw(Random& random) {
  if (listed_) return draw_listed(random);
  const uint64_t size = space_->size();
  if (size == 0) return std::nullopt;
  if (space_->listed()) {
    list_what_is_left();
    return draw_listed(random);
  }
  // A space that can be listed is listed as soon as draws miss often enough that the list pays.
  const int draws = size <= kEnumerable ? 64 : kDraws;
  for (int i = 0; i < draws; ++i)
    if (const uint64_t index = random.below(size); contains(index)) return index;
  if (size <= kEnumerable) {
    list_what_is_left();
    return draw_listed(random);
  }
  const uint64_t start = random.below(size);
  for (uint64_t i = 0; i < kEnumerable; ++i)
    if (const uint64_t index = (start + i) % size; contains(index)) return index;
  return std::nullopt;
}

std::optional<uint64_t> UnseenConfigs::next(uint64_t from) const {
  if (const std::vector<uint64_t>* listed = space_->listed()) {
    for (auto at = std::lower_bound(listed->begin(), listed->end(), from); at != listed->end(); ++at)
      if (contains(*at)) return *at;
    return std::nullopt;
  }
  for (uint64_t index = from; index < space_->size(); ++index)
    if (contains(index)) return index;
  return std::nullopt;
}

std::optional<uint64_t> UnseenConfigs::draw_listed(Random& random) {
  while (!left_.empty()) {
    const uint64_t position = random.below(left_.size());
    if (contains(left_[position])) return left_[position];
    std::swap(left_[position], left_.back());
    left_.pop_back();
  }
  return std::nullopt;
}

void UnseenConfigs::list_what_is_left() {
  listed_ = true;
  if (space_->listed()) {
    left_ = *space_->listed();
    return;
  }
  for (uint64_t index = 0; index < space_->size(); ++index)
    if (contains(index)) left_.push_back(index);
}

}  // namespace tamis

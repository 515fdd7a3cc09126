#include "search/unseen.h"

#include "space/allowed_configs.h"

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
  if (space_->enumeration() != nullptr) return draw_enumerated(random);
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

std::optional<uint64_t> UnseenConfigs::next(uint64_t& position) {
  if (enumerated_and_large()) {
    while (position < space_->enumeration()->count())
      if (const uint64_t index = index_at(position++); !marked(index)) return index;
    return std::nullopt;
  }
  if (space_->enumeration() != nullptr && order_.empty()) order_ = *space_->allowed_indexes(kEnumerable);
  const std::vector<uint64_t>* listed = space_->enumeration() != nullptr ? &order_ : space_->listed();
  if (listed == nullptr) {
    while (position < space_->size())
      if (const uint64_t index = position++; contains(index)) return index;
    return std::nullopt;
  }
  for (auto at = std::lower_bound(listed->begin(), listed->end(), position); at != listed->end(); ++at) {
    position = *at + 1;
    if (contains(*at)) return *at;
  }
  return std::nullopt;
}

bool UnseenConfigs::enumerated_and_large() const {
  return space_->enumeration() != nullptr && space_->enumeration()->count() > kEnumerable;
}

uint64_t UnseenConfigs::index_at(uint64_t rank) const {
  return space_->index(space_->enumeration()->config(rank));
}

/// As draw() does with indexes, with ranks.
std::optional<uint64_t> UnseenConfigs::draw_enumerated(Random& random) {
  const uint64_t count = space_->enumeration()->count();
  const int draws = enumerated_and_large() ? kDraws : 64;
  for (int i = 0; i < draws && count > 0; ++i)
    if (const uint64_t index = index_at(random.below(count)); !marked(index)) return index;
  if (!enumerated_and_large()) {
    list_what_is_left();
    return draw_listed(random);
  }
  const uint64_t start = random.below(count);
  for (uint64_t i = 0; i < kEnumerable; ++i)
    if (const uint64_t index = index_at((start + i) % count); !marked(index)) return index;
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
  if (space_->enumeration() != nullptr) {
    left_ = *space_->allowed_indexes(kEnumerable);
    return;
  }
  for (uint64_t index = 0; index < space_->size(); ++index)
    if (contains(index)) left_.push_back(index);
}

}  // namespace tamis

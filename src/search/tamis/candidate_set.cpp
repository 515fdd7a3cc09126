#include "search/tamis/candidate_set.h"

#include <utility>

namespace tamis {

CandidateSet::CandidateSet(const Space& space, std::vector<uint64_t> indexes)
    : indexes_(std::move(indexes)), grid_(space, indexes_), open_(indexes_.size(), true) {
  positions_.reserve(indexes_.size());
  for (size_t i = 0; i < indexes_.size(); ++i) positions_.emplace(indexes_[i], i);
}

std::optional<size_t> CandidateSet::find(uint64_t index) const {
  const auto found = positions_.find(index);
  if (found == positions_.end()) return std::nullopt;
  return found->second;
}

}  // namespace tamis

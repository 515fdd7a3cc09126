#pragma once

#include "base/random.h"
#include "space/space.h"

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

namespace tamis {

/// The configs of a space that are allowed and were neither proposed nor learnt before, by index.
///
/// Memory grows with what was marked, not with the space, save for one case: when random draws of a space of
/// at most kEnumerable configs keep missing, the indexes that are left are listed once and drawn from, so
/// that a space is exhausted exactly and without spinning. In a larger space whose constraints allow fewer
/// than about one config in kDraws, a run of kEnumerable indexes is searched too, and when that holds none
/// either, the space counts as exhausted. Not thread safe.
class UnseenConfigs {
 public:
  static constexpr uint64_t kEnumerable = Space::kVisitable;
  static constexpr int kDraws = 20000;

  /// `space` must outlive this.
  explicit UnseenConfigs(const Space& space) : space_(&space) {}

  /// Whether the index is an allowed config that was not marked.
  bool contains(uint64_t index) const;
  /// Whether the index was marked, allowed or not.
  bool marked(uint64_t index) const { return marked_.contains(index); }
  void mark(uint64_t index) { marked_.insert(index); }
  /// The number of indexes marked.
  uint64_t marked_count() const { return marked_.size(); }

  /// A uniformly random unseen config, without marking it; nothing when there is none.
  std::optional<uint64_t> draw(Random& random);
  /// The first unseen config at or after an index; nothing when there is none.
  std::optional<uint64_t> next(uint64_t from) const;

 private:
  std::optional<uint64_t> draw_listed(Random& random);
  void list_what_is_left();

  const Space* space_;
  std::unordered_set<uint64_t> marked_;
  bool listed_ = false;
  std::vector<uint64_t> left_;  ///< once listed_: every unseen index, and perhaps some marked since
};

}  // namespace tamis

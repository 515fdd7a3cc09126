#pragma once

#include "base/random.h"
#include "search/index_map.h"
#include "space/space.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tamis {

/// The configs of a space that are allowed and were neither proposed nor learnt before, by index.
///
/// Memory grows with what was marked, not with the space, save for one case: when random draws of a space of
/// at most kEnumerable configs keep missing, the indexes that are left are listed once and drawn from, so
/// that a space is exhausted exactly and without spinning. In a larger space whose constraints allow fewer
/// than about one config in kDraws, a run of kEnumerable indexes is searched too, and when that holds none
/// either, the space counts as exhausted; where its allowed configs are enumerated (Space::enumerated) they
/// are drawn from directly, and nothing has to be searched. Not thread safe.
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
  /// Walks through the space from position 0: the first unseen config at or after a position, which moves
  /// behind it; nothing when there is none. Positions are indexes, ascending; only in an enumerated space of
  /// more than kEnumerable allowed configs they are ranks, whose order is another.
  std::optional<uint64_t> next(uint64_t& position);

 private:
  bool enumerated_and_large() const;
  uint64_t index_at(uint64_t rank) const;
  std::optional<uint64_t> draw_enumerated(Random& random);
  std::optional<uint64_t> draw_listed(Random& random);
  void list_what_is_left();

  const Space* space_;
  IndexSet marked_;
  bool listed_ = false;
  std::vector<uint64_t>
      order_;  ///< all allowed indexes of a small enumerated space, once it is walked through
  std::vector<uint64_t> left_;  ///< once listed_: every unseen index, and perhaps some marked since
};

}  // namespace tamis

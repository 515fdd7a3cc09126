#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace tamis {

/// A map from the indexes of configs, below 2^64 - 1, to values. In one piece of memory and without a way to
/// erase: several times quicker than the standard's for the million configs of a long session. Not thread
/// safe.
template <class Value>
class IndexMap {
 public:
  size_t size() const { return size_; }
  bool contains(uint64_t index) const { return find(index) != nullptr; }
  /// Good until the next insertion; nullptr when it is not there.
  const Value* find(uint64_t index) const {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[place_of(index)];
    return slot.key == 0 ? nullptr : &slot.value;
  }
  /// The value of the index, this one if there was none, and whether there was none. Good until the next
  /// insertion.
  std::pair<Value*, bool> try_emplace(uint64_t index, Value value) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[place_of(index)];
    const bool is_new = slot.key == 0;
    if (is_new) {
      slot = {index + 1, std::move(value)};
      ++size_;
    }
    return {&slot.value, is_new};
  }

 private:
  struct Slot {
    uint64_t key = 0;  ///< the index plus 1; 0: free
    [[no_unique_address]] Value value = {};
  };

  /// Where the index is, or the free slot where it belongs: the first one from where its hash points.
  size_t place_of(uint64_t index) const {
    // Multiplied by 2^64 over the golden ratio, neighbours are spread over the upper bits (Knuth, The Art of
    // Computer Programming, volume 3, section 6.4).
    size_t place = static_cast<size_t>((index * 0x9e3779b97f4a7c15U) >> shift_);
    while (slots_[place].key != 0 && slots_[place].key != index + 1)
      place = (place + 1) & (slots_.size() - 1);
    return place;
  }

  void grow() {
    constexpr int kFirstBits = 4;
    shift_ = slots_.empty() ? 64 - kFirstBits : shift_ - 1;
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(size_t{1} << (64 - shift_)));
    for (Slot& slot : old)
      if (slot.key != 0) slots_[place_of(slot.key - 1)] = std::move(slot);
  }

  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  size_t size_ = 0;
  int shift_ = 64;
};

/// A set of indexes of configs.
class IndexSet {
 public:
  bool contains(uint64_t index) const { return map_.contains(index); }
  void insert(uint64_t index) { map_.try_emplace(index, {}); }
  size_t size() const { return map_.size(); }

 private:
  IndexMap<std::monostate> map_;
};

}  // namespace tamis

#pragma once

#include "tamis/config_key.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace tamis {

/// A map from the keys of configs to values. In one piece of memory and without a way to erase: several times
/// quicker than the standard's for the million configs of a long session. Not thread safe.
template <class Value>
class ConfigMap {
 public:
  size_t size() const { return size_; }
  bool contains(const ConfigKey& key) const { return find(key) != nullptr; }
  /// Good until the next insertion; nullptr when it is not there.
  const Value* find(const ConfigKey& key) const {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[place_of(key)];
    return slot.key.is_none() ? nullptr : &slot.value;
  }
  /// The value of the key, this one if there was none, and whether there was none. Good until the next
  /// insertion.
  std::pair<Value*, bool> try_emplace(const ConfigKey& key, Value value) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[place_of(key)];
    const bool is_new = slot.key.is_none();
    if (is_new) {
      slot = {key, std::move(value)};
      ++size_;
    }
    return {&slot.value, is_new};
  }

 private:
  struct Slot {
    ConfigKey key = ConfigKey::none();
    [[no_unique_address]] Value value = {};
  };

  /// Where the key is, or the free slot where it belongs: the first one from where its hash points.
  size_t place_of(const ConfigKey& key) const {
    // Multiplied by 2^64 over the golden ratio, neighbours are spread over the upper bits (Knuth, The Art of
    // Computer Programming, volume 3, section 6.4).
    size_t place = static_cast<size_t>((key.hash() * 0x9e3779b97f4a7c15U) >> shift_);
    while (!slots_[place].key.is_none() && slots_[place].key != key)
      place = (place + 1) & (slots_.size() - 1);
    return place;
  }

  void grow() {
    constexpr int kFirstBits = 4;
    shift_ = slots_.empty() ? 64 - kFirstBits : shift_ - 1;
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(size_t{1} << (64 - shift_)));
    for (Slot& slot : old)
      if (!slot.key.is_none()) slots_[place_of(slot.key)] = std::move(slot);
  }

  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  size_t size_ = 0;
  int shift_ = 64;
};

/// A set of keys of configs.
class ConfigSet {
 public:
  bool contains(const ConfigKey& key) const { return map_.contains(key); }
  void insert(const ConfigKey& key) { map_.try_emplace(key, {}); }
  size_t size() const { return map_.size(); }

 private:
  ConfigMap<std::monostate> map_;
};

}  // namespace tamis

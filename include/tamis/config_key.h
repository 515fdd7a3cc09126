#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

namespace tamis {

/// Which config of a space: what tells its configs apart, in eight bytes. In a countable space
/// (Space::countable) it is the config's index. A larger space has no index of 64 bits for every config;
/// there it is the rank in several words, which copies share.
///
/// Keys are ordered as configs are ranked, and mean something among keys of one space only. A plain value:
/// copies may be used by different threads.
class ConfigKey {
 public:
  /// The value of index() and of Space::index() where there is none.
  static constexpr uint64_t kNone = UINT64_MAX;

  /// That of index 0.
  ConfigKey() = default;
  /// That of an index, which must lie below 2^63. Not explicit, so that indexes can stand for keys where a
  /// space is countable.
  ConfigKey(uint64_t index) : bits_(index << 1 | 1) {}  // NOLINT(google-explicit-constructor)
  /// That of a rank in words, the least first: for Space::key, in a space that is not countable.
  explicit ConfigKey(std::span<const uint64_t> words);
  /// Of no config at all: equal to no key of one, and before all of them.
  static ConfigKey none() {
    ConfigKey key;
    key.bits_ = 0;
    return key;
  }

  ConfigKey(const ConfigKey& other) : bits_(other.bits_) {
    if (has_words()) share();
  }
  ConfigKey(ConfigKey&& other) noexcept : bits_(std::exchange(other.bits_, 1)) {}
  ConfigKey& operator=(ConfigKey other) noexcept {
    std::swap(bits_, other.bits_);
    return *this;
  }
  ~ConfigKey() {
    if (has_words()) release();
  }

  /// The index in a countable space; kNone in a larger one.
  uint64_t index() const { return (bits_ & 1) != 0 ? bits_ >> 1 : kNone; }
  /// The rank in words, the least first, in a space that is not countable; empty in a countable one.
  std::span<const uint64_t> words() const;
  /// A number that is the same for equal keys, on every platform: the index, or a hash of the words.
  uint64_t hash() const { return has_words() ? hash_of_words() : bits_ >> 1; }
  bool is_none() const { return bits_ == 0; }

  friend bool operator==(const ConfigKey& a, const ConfigKey& b) {
    return a.bits_ == b.bits_ || (a.has_words() && b.has_words() && std::is_eq(compare_words(a, b)));
  }
  friend std::strong_ordering operator<=>(const ConfigKey& a, const ConfigKey& b) {
    if (!a.has_words() && !b.has_words()) return a.bits_ <=> b.bits_;
    return compare_words(a, b);
  }

 private:
  struct Words;

  // An odd number is the index times two plus one, an even one the address of shared words, 0 none at all.
  bool has_words() const { return (bits_ & 1) == 0 && bits_ != 0; }
  Words* shared() const;
  void share() const;
  void release();
  uint64_t hash_of_words() const;
  static std::strong_ordering compare_words(const ConfigKey& a, const ConfigKey& b);

  uint64_t bits_ = 1;
};

}  // namespace tamis

template <>
struct std::hash<tamis::ConfigKey> {
  size_t operator()(const tamis::ConfigKey& key) const noexcept { return static_cast<size_t>(key.hash()); }
};

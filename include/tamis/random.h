#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// xoshiro256** of Blackman and Vigna (https://prng.di.unimi.it), seeded through splitmix64. Its sequence is
/// fixed by the seed on every platform, which the standard library's distributions do not promise. Not thread
/// safe: give every thread a stream of its own.
class Random {
 public:
  explicit Random(uint64_t seed);

  /// An independent stream for a named purpose: the same seed and name always give the same stream.
  static Random stream(uint64_t seed, std::string_view purpose);

  /// 64 random bits.
  uint64_t next();
  /// Uniform in [0, bound); bound must not be 0.
  uint64_t below(uint64_t bound);
  /// Uniform in [0, 1).
  double uniform();
  /// Standard normal (Box-Muller).
  double normal();

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::array<uint64_t, 4> state_;
};

/// A 64-bit hash of text that is the same on every platform and in every version (FNV-1a, finished by
/// splitmix64). For fingerprints and seeds, not for security.
uint64_t stable_hash(std::string_view text);

/// What tells long texts, as programs are, apart: a hash and the length; the same for one byte order.
std::string digest(std::string_view text);

}  // namespace tamis

#include "tamis/config_key.h"

#include <algorithm>
#include <atomic>
#include <vector>

namespace tamis {

struct ConfigKey::Words {
  std::atomic<uint64_t> owners = 1;
  uint64_t hash = 0;
  std::vector<uint64_t> words;
};

ConfigKey::ConfigKey(std::span<const uint64_t> words) {
  auto* made = new Words{.words = {words.begin(), words.end()}};
  for (const uint64_t word : words) {
    // The steps of splitmix64, so that ranks which differ a little have hashes that differ much.
    uint64_t mixed = (made->hash ^ word) + 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    made->hash = mixed ^ (mixed >> 31);
  }
  bits_ = reinterpret_cast<uintptr_t>(made);
}

ConfigKey::Words* ConfigKey::shared() const {
  // A key is eight bytes, so that bits_ is either an index or where the words are.
  return reinterpret_cast<Words*>(static_cast<uintptr_t>(bits_));  // NOLINT(performance-no-int-to-ptr)
}

void ConfigKey::share() const { shared()->owners.fetch_add(1, std::memory_order_relaxed); }

void ConfigKey::release() {
  if (shared()->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete shared();
}

std::span<const uint64_t> ConfigKey::words() const {
  return has_words() ? std::span<const uint64_t>(shared()->words) : std::span<const uint64_t>();
}

uint64_t ConfigKey::hash_of_words() const { return shared()->hash; }

std::strong_ordering ConfigKey::compare_words(const ConfigKey& a, const ConfigKey& b) {
  // Of different spaces: some order that is always the same.
  if (a.has_words() != b.has_words()) return a.has_words() <=> b.has_words();
  const std::span<const uint64_t> left = a.words();
  const std::span<const uint64_t> right = b.words();
  if (left.size() != right.size()) return left.size() <=> right.size();
  for (size_t i = left.size(); i-- > 0;)
    if (left[i] != right[i]) return left[i] <=> right[i];
  return std::strong_ordering::equal;
}

}  // namespace tamis

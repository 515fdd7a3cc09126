#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tamis::cpu {

/// The size in bytes of the largest cache that a core has part in, as the kernel describes it in a folder of
/// one folder a cache; 32 MiB where it does not say. Thread safe.
size_t last_level_cache_bytes(const std::string& folder = "/sys/devices/system/cpu/cpu0/cache");

/// Empties the caches of everything else by writing through a buffer that is larger than they are. Used by
/// one thread at a time.
class CacheFlusher {
 public:
  /// A buffer of twice the largest cache. With several threads each writes its part, on the core it is pinned
  /// to, so that the caches of every core are emptied (run_on_team).
  explicit CacheFlusher(int threads = 1);
  void flush();
  size_t bytes() const { return buffer_.size(); }

 private:
  int threads_;
  std::vector<uint8_t> buffer_;
};

}  // namespace tamis::cpu

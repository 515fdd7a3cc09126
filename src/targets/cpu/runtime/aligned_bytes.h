#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <memory>
#include <utility>

namespace tamis::cpu {

/// Memory that begins at a multiple of 64 bytes, filled with zeros. Where it is large, the system is asked
/// for large pages: with small ones a network that streams its weights takes a sixth longer
/// (docs/explanation/layouts).
class AlignedBytes {
 public:
  AlignedBytes() = default;
  /// Errors: io when there is not so much memory.
  static Result<AlignedBytes> create(size_t size);
  /// What an array of `size` bytes takes where others follow it: its margin, and the next begins at a
  /// multiple of 64.
  static size_t room_for(size_t size);
  void* data() const { return bytes_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(void* pointer) const;
  };
  AlignedBytes(void* bytes, size_t size) : bytes_(bytes), size_(size) {}
  std::unique_ptr<void, Free> bytes_;
  size_t size_ = 0;
};

}  // namespace tamis::cpu

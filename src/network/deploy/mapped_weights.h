#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <span>
#include <string>

namespace tamis::network {

/// A file of weights in memory, read-only; all processes that map it share its pages. Immutable and so thread
/// safe. Whoever cuts the file off meanwhile ends the program.
class MappedWeights {
 public:
  /// Errors: not_found and io where it cannot be opened or mapped; corrupt where it is no file of weights,
  /// has another size or hash, or is damaged: all of it is read.
  static Result<MappedWeights> open(const std::string& path, uint64_t bytes, uint64_t hash);
  MappedWeights() = default;
  MappedWeights(MappedWeights&& other) noexcept;
  MappedWeights& operator=(MappedWeights&& other) noexcept;
  ~MappedWeights();

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedWeights(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace tamis::network

#include "targets/cpu/runtime/aligned_bytes.h"

#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/mman.h>

namespace tamis::cpu {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kLargePage = size_t{2} << 20;

/// A program may read a vector that begins inside a buffer and ends beyond it only by a defect; the margin
/// keeps such a defect from touching what is not ours, and the check of the output then tells it.
constexpr size_t kMargin = 256;

}  // namespace

size_t AlignedBytes::room_for(size_t size) {
  return (size + kMargin + kAlignment - 1) / kAlignment * kAlignment;
}

Result<AlignedBytes> AlignedBytes::create(size_t size) {
  const size_t alignment = size < kLargePage ? kAlignment : kLargePage;
  const size_t rounded = (room_for(size) + alignment - 1) / alignment * alignment;
  // Rounding a size near the largest number wraps around.
  AlignedBytes memory(rounded > size ? std::aligned_alloc(alignment, rounded) : nullptr, size);
  if (memory.bytes_ == nullptr)
    return io_error(fmt::format("there is no memory for a buffer of {} bytes", size));
  // It may have none, or be told not to; small ones do as well, only slower.
  if (size >= kLargePage) ::madvise(memory.data(), rounded, MADV_HUGEPAGE);
  std::memset(memory.data(), 0, rounded);
  return memory;
}

void AlignedBytes::Free::operator()(void* pointer) const { std::free(pointer); }

}  // namespace tamis::cpu

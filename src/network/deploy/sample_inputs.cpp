#include "network/deploy/sample_inputs.h"

#include "network/deploy/checks.h"
#include "network/deploy/new_memory.h"

#include <cstring>

namespace tamis::network {
namespace {

/// Numbers below 2^24.
class Drawing {
 public:
  explicit Drawing(uint32_t state) : state_(state) {}
  uint32_t draw() {
    state_ = state_ * 1664525U + 1013904223U;
    return state_ >> 8;
  }

 private:
  uint32_t state_;
};

template <class T>
void fill(void* memory, int64_t elements, Drawing drawing, T (*made)(uint32_t)) {
  auto* values = static_cast<T*>(memory);
  for (int64_t i = 0; i < elements; ++i) values[i] = made(drawing.draw());
}

template <class T>
void fill_with_reals(void* memory, int64_t elements, Drawing drawing) {
  fill<T>(memory, elements, drawing,
          [](uint32_t drawn) { return static_cast<T>(static_cast<float>(drawn) / 8388608.0F - 1.0F); });
}

/// Integers from 0 to below `Count`, in little-endian order in `size` bytes each.
void fill_with_integers(void* memory, int64_t elements, size_t size, uint32_t count, Drawing drawing) {
  auto* at = static_cast<std::byte*>(memory);  // zeros
  for (int64_t i = 0; i < elements; ++i, at += size) *at = static_cast<std::byte>(drawing.draw() % count);
}

}  // namespace

SampleKind sample_kind(ElementType type) {
  switch (type) {
    case ElementType::float32:
    case ElementType::float64:
      break;
    case ElementType::float16:
      return SampleKind::half;
    case ElementType::bfloat16:
      return SampleKind::upper_half;
    case ElementType::int8:
    case ElementType::uint8:
      return SampleKind::byte;
    case ElementType::int16:
    case ElementType::uint16:
    case ElementType::int32:
    case ElementType::uint32:
    case ElementType::int64:
    case ElementType::uint64:
    case ElementType::boolean:
      return SampleKind::bit;
  }
  return SampleKind::real;
}

Result<Array> sample_input(const LibraryPort& port, size_t index) {
  TAMIS_ASSIGN(const NewMemory memory, new_memory(port, byte_size(port)));
  const Drawing drawing(static_cast<uint32_t>(index) + 1);
  const int64_t elements = *element_count(port.shape);
  switch (sample_kind(port.type)) {
    case SampleKind::real:
      if (port.type == ElementType::float64)
        fill_with_reals<double>(memory.data(), elements, drawing);
      else
        fill_with_reals<float>(memory.data(), elements, drawing);
      break;
    case SampleKind::half:
      fill<uint16_t>(memory.data(), elements, drawing,
                     [](uint32_t drawn) { return static_cast<uint16_t>(0x3800U + drawn % 1024); });
      break;
    case SampleKind::upper_half:
      fill<uint16_t>(memory.data(), elements, drawing,
                     [](uint32_t drawn) { return static_cast<uint16_t>(0x3f00U + drawn % 128); });
      break;
    case SampleKind::byte:
      fill_with_integers(memory.data(), elements, element_size(port.type), 128, drawing);
      break;
    case SampleKind::bit:
      fill_with_integers(memory.data(), elements, element_size(port.type), 2, drawing);
      break;
  }
  return memory.array(port);
}

}  // namespace tamis::network

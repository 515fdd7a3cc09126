#pragma once

#include "network/graph/array.h"
#include "network/library/library.h"
#include "targets/cpu/runtime/loaded_kernel.h"

#include <memory>
#include <utility>

namespace tamis::network {

/// Memory for an array, which is still to be written.
struct NewMemory {
  std::shared_ptr<cpu::AlignedBytes> memory;
  void* data() const { return memory->data(); }
  /// The array of a port's type and shape in it.
  Array array(const LibraryPort& port) const {
    return {port.type, port.shape, static_cast<const std::byte*>(memory->data()), memory};
  }
};
/// Zeros for a port. Errors: io where there is not so much memory.
inline Result<NewMemory> new_memory(const LibraryPort& port, int64_t bytes) {
  auto memory = cpu::AlignedBytes::create(static_cast<size_t>(bytes));
  if (!memory.ok()) return memory.error().within("\"" + port.name + "\"");
  return NewMemory{std::make_shared<cpu::AlignedBytes>(std::move(memory).value())};
}

}  // namespace tamis::network

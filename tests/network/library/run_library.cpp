#include "network/library/run_library.h"

#include "targets/cpu/runtime/loaded_code.h"
#include "targets/cpu/runtime/loaded_kernel.h"

#include <cstring>

namespace tamis::network {
namespace {

using Memories = std::vector<cpu::AlignedBytes>;

size_t bytes_of(const LibraryPort& port) {
  return static_cast<size_t>(*element_count(port.shape)) * element_size(port.type);
}

Array array_of(const LibraryPort& port, const void* memory) {
  const auto owner = std::make_shared<std::vector<uint64_t>>(bytes_of(port) / 8 + 1);
  std::memcpy(owner->data(), memory, bytes_of(port));
  return {port.type, port.shape, reinterpret_cast<const std::byte*>(owner->data()), owner};
}

}  // namespace

Result<std::vector<Array>> run_library(const Library& library,
                                       const std::map<std::string, Array, std::less<>>& inputs) {
  std::vector<const cpu::CompiledObject*> objects;
  for (const LibraryKernel& kernel : library.kernels) objects.push_back(kernel.object.get());
  TAMIS_ASSIGN(const auto code, cpu::LoadedCode::load(objects));
  Memories given;
  Memories taken;
  for (const LibraryPort& port : library.inputs) {
    TAMIS_ASSIGN(cpu::AlignedBytes memory, cpu::AlignedBytes::create(bytes_of(port)));
    std::memcpy(memory.data(), inputs.at(port.name).bytes().data(), bytes_of(port));
    taken.push_back(std::move(memory));
  }
  for (const LibraryPort& port : library.outputs) {
    TAMIS_ASSIGN(cpu::AlignedBytes memory, cpu::AlignedBytes::create(bytes_of(port)));
    given.push_back(std::move(memory));
  }
  TAMIS_ASSIGN(const cpu::AlignedBytes arena,
               cpu::AlignedBytes::create(static_cast<size_t>(library.arena_bytes)));
  std::memset(arena.data(), 0xff, static_cast<size_t>(library.arena_bytes));
  std::vector<std::byte> weights = library.weights;
  const auto pointer = [&](const Place& place) -> void* {
    void* memory = arena.data();
    if (place.memory == Place::Memory::weights) memory = weights.data();
    if (place.memory == Place::Memory::input) memory = taken[place.port].data();
    if (place.memory == Place::Memory::output) memory = given[place.port].data();
    return static_cast<std::byte*>(memory) + place.offset;
  };
  for (const LibraryStep& step : library.steps) {
    TAMIS_ASSIGN(const auto function, code->find(library.kernels[step.kernel].function + "_call"));
    std::vector<void*> pointers;
    for (const Place& place : step.arguments) pointers.push_back(pointer(place));
    pointers.push_back(pointer({Place::Memory::arena, 0, step.workspace}));
    function(pointers.data());
  }
  std::vector<Array> outputs;
  for (size_t i = 0; i < given.size(); ++i) outputs.push_back(array_of(library.outputs[i], given[i].data()));
  return outputs;
}

}  // namespace tamis::network

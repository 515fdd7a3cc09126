#include "network/library/run_library.h"

#include "targets/cpu/runtime/loaded_code.h"
#include "targets/cpu/runtime/loaded_kernel.h"

#include <cstring>
#include <functional>

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
  const auto scalar = [&]<class T>(const Place& place, T otherwise) {
    std::memcpy(&otherwise, pointer(place), sizeof otherwise);
    return otherwise;
  };
  const std::function<Status(const std::vector<LibraryStep>&, int64_t)> run =
      [&](const std::vector<LibraryStep>& steps, int64_t round) -> Status {
    for (const LibraryStep& step : steps) {
      if (step.control == nullptr) {
        TAMIS_ASSIGN(const auto function, code->find(library.kernels[step.kernel].function + "_call"));
        std::vector<void*> pointers;
        for (Place place : step.arguments) {
          place.offset += round * place.round_bytes;
          pointers.push_back(pointer(place));
        }
        pointers.push_back(pointer({.offset = step.workspace}));
        function(pointers.data());
        continue;
      }
      const ControlFlow& control = *step.control;
      const auto met = [&] { return !control.condition || scalar(*control.condition, uint8_t{0}) != 0; };
      if (!control.loop) {
        TAMIS_TRY(run(met() ? control.body : control.otherwise, 0));
        continue;
      }
      const int64_t most = control.trips ? scalar(*control.trips, int64_t{0}) : control.most;
      for (int64_t inner = 0; inner < most && met(); ++inner) {
        if (control.counter) std::memcpy(pointer(*control.counter), &inner, sizeof inner);
        TAMIS_TRY(run(control.body, inner));
      }
    }
    return {};
  };
  TAMIS_TRY(run(library.steps, 0));
  std::vector<Array> outputs;
  for (size_t i = 0; i < given.size(); ++i) outputs.push_back(array_of(library.outputs[i], given[i].data()));
  return outputs;
}

}  // namespace tamis::network

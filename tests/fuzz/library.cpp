#include "fuzz/library.h"

#include "network/deploy/c_files.h"
#include "network/deploy/checks.h"
#include "network/deploy/library_json.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace tamis::fuzz {
namespace {

using network::Library;
using network::LibraryKernel;
using network::Place;

void keep_promise(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

/// Where what a place lies in ends.
int64_t end_of(const network::StoredLibrary& stored, const Place& place) {
  if (place.memory == Place::Memory::weights) return static_cast<int64_t>(stored.weights_bytes);
  if (place.memory == Place::Memory::input) return byte_size(stored.library.inputs.at(place.port));
  if (place.memory == Place::Memory::output) return byte_size(stored.library.outputs.at(place.port));
  return stored.library.arena_bytes;
}

void look_at_steps(const network::StoredLibrary& stored) {
  for (const network::LibraryStep& step : stored.library.steps) {
    const LibraryKernel& kernel = stored.library.kernels.at(step.kernel);
    keep_promise(step.arguments.size() == kernel.arguments.size(), "every argument has a place");
    for (size_t i = 0; i < step.arguments.size(); ++i) {
      const Place& place = step.arguments[i];
      keep_promise(place.offset >= 0, "places begin inside");
      keep_promise(end_of(stored, place) - place.offset >= network::byte_size(kernel.arguments[i]),
                   "places end inside");
    }
  }
}

/// A library of every kind of place; its code is none.
Library described_library() {
  const auto object = std::make_shared<cpu::CompiledObject>();
  object->bytes = {'o'};
  object->workspace_bytes = 64;
  const cpu::Buffer x{"x", cpu::Element::float32, {2, 3}};
  const cpu::Buffer y{"y", cpu::Element::float32, {2, 3}, cpu::Storage::argument, true};
  Library library;
  library.name = "tiny";
  library.model = "tiny.onnx";
  library.processor = "haswell";
  library.inputs = {{"input.1", network::ElementType::float32, {2, 3}}};
  library.outputs = {{"output", network::ElementType::float32, {2, 3}},
                     {"scalar", network::ElementType::boolean, {}}};
  library.kernels = {{"tiny_add", "Add", "tile=1", 12.5, {x, x, y}, object}};
  using Memory = Place::Memory;
  library.steps = {
      {"add", 0, {{Memory::input, 0, 0}, {Memory::weights, 0, 64}, {Memory::arena, 0, 64}}, 0},
      {"again", 0, {{Memory::arena, 0, 64}, {Memory::weights, 0, 64}, {Memory::output, 0, 0}}, 0}};
  library.arena_bytes = 128;
  library.weights.resize(128);
  return library;
}

}  // namespace

void run_library(std::string_view input) {
  const auto json = parse_json(input, "fuzz");
  if (!json.ok()) return;
  const auto stored = network::read_library(*json, "fuzz");
  if (!stored.ok() || !network::check_library(stored->library, stored->weights_bytes).ok()) return;
  look_at_steps(*stored);
  const std::string header = network::header_text(stored->library);
  keep_promise(header.find(stored->library.name + "_run(") != std::string::npos, "the header has functions");
  network::source_text(stored->library, stored->weights_hash);
  network::program_text(stored->library);
}

std::vector<std::string> library_seeds() {
  return {network::to_json(described_library(), 1).dump(), network::to_json(described_library(), 2).dump(1)};
}

}  // namespace tamis::fuzz

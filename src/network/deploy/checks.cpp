#include "network/deploy/checks.h"

#include "base/text.h"
#include "network/deploy/c_text.h"
#include "network/graph/graph.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace tamis::network {
namespace {

constexpr int64_t kPlaceAlignment = 64;

/// `once`: whether each must have a name of its own. A graph may list a value as an output twice.
Status check_ports(const std::vector<LibraryPort>& ports, const char* what, bool once) {
  std::set<std::string> names;
  for (const LibraryPort& port : ports) {
    if (port.name.empty()) return invalid_input(fmt::format("an {} has no name", what));
    const std::string shown = fmt::format("the {} \"{}\"", what, printable(port.name));
    if (!names.insert(port.name).second && once) return invalid_input(shown + " is there twice");
    if (!element_count(port.shape))
      return invalid_input(fmt::format("{} cannot have the shape {}", shown, to_string(port.shape)));
  }
  return {};
}

Status check_kernel(const Library& library, const LibraryKernel& kernel, std::set<std::string>& functions) {
  const std::string shown = fmt::format("the kernel \"{}\"", printable(kernel.function));
  if (!is_c_identifier(kernel.function) || !kernel.function.starts_with(library.name + "_"))
    return invalid_input(fmt::format("{} is no name in C that begins with {}_", shown, library.name));
  // Its object has another function, which takes the arguments in an array.
  for (const std::string& name : {kernel.function, kernel.function + "_call"})
    if (!functions.insert(name).second) return invalid_input(shown + " has a name that is taken already");
  if (kernel.object == nullptr) return invalid_input(shown + " has no code");
  if (kernel.object->workspace_bytes < 0)
    return invalid_input(shown + " has a workspace of less than nothing");
  for (const loop::Buffer& argument : kernel.arguments)
    if (!element_count(argument.extents))
      return invalid_input(fmt::format("{}: its argument \"{}\" cannot have the extents {}", shown,
                                       printable(argument.name), to_string(argument.extents)));
  return {};
}

/// What a place lies in.
struct Region {
  const char* name;
  int64_t begin = 0;
  int64_t end = 0;
  bool writable = false;
  int64_t alignment = 1;
};

Result<Region> region_of(const Library& library, const Place& place, const loop::Buffer& argument,
                         int64_t weights_bytes) {
  const auto port = [&](const std::vector<LibraryPort>& ports, const char* name,
                        bool writable) -> Result<Region> {
    if (place.port >= ports.size()) return invalid_input(fmt::format("there is no {} {}", name, place.port));
    return Region{name, 0, byte_size(ports[place.port]), writable, loop::bytes(argument.element)};
  };
  switch (place.memory) {
    case Place::Memory::arena:
      break;
    case Place::Memory::weights:
      return Region{"weights", kWeightsHeader, weights_bytes, false, kPlaceAlignment};
    case Place::Memory::input:
      return port(library.inputs, "input", false);
    case Place::Memory::output:
      return port(library.outputs, "output", true);
  }
  return Region{"arena", 0, library.arena_bytes, true, kPlaceAlignment};
}

Status check_place(const Region& region, int64_t offset, int64_t bytes, bool written) {
  if (offset % region.alignment != 0)
    return invalid_input(
        fmt::format("{} of the {} is no multiple of {}", offset, region.name, region.alignment));
  if (offset < region.begin || offset > region.end || bytes > region.end - offset)
    return invalid_input(
        fmt::format("{} bytes from {} on do not lie inside the {}, which has those from {} to {}", bytes,
                    offset, region.name, region.begin, region.end));
  if (written && !region.writable) return invalid_input(fmt::format("the {} cannot be written", region.name));
  return {};
}

class StepChecker {
 public:
  StepChecker(const Library& library, int64_t weights_bytes)
      : library_(library), weights_bytes_(weights_bytes) {}

  /// `rounds`: of the loop whose body the steps are, nothing for others; `depth`: in how many others they
  /// lie.
  Status check(const std::vector<LibraryStep>& steps, std::optional<int64_t> rounds, size_t depth) const {
    if (depth > kDeepestSteps)
      return invalid_input(fmt::format("steps lie deeper than {} in others", kDeepestSteps));
    for (size_t i = 0; i < steps.size(); ++i) {
      const Status checked = check(steps[i], rounds, depth);
      if (!checked.ok())
        return checked.error().within(fmt::format("step {} \"{}\"", i, printable(steps[i].name)));
    }
    return {};
  }

 private:
  Status check(const LibraryStep& step, std::optional<int64_t> rounds, size_t depth) const {
    if (step.control == nullptr) return check_call(step, rounds);
    const ControlFlow& control = *step.control;
    TAMIS_TRY(check_scalar(control.condition, loop::Element::boolean, false, "its condition"));
    TAMIS_TRY(check_scalar(control.trips, loop::Element::int64, false, "its number of rounds"));
    TAMIS_TRY(check_scalar(control.counter, loop::Element::int64, true, "its counter"));
    if (!control.loop && !control.condition) return invalid_input("it is no loop, and has no condition");
    if (control.loop && !control.otherwise.empty()) return invalid_input("a loop has one body");
    std::optional<int64_t> known;  // none where nobody knows how far a place would move
    if (control.loop && !control.trips) known = control.most;
    TAMIS_TRY(check(control.body, known, depth + 1));
    return check(control.otherwise, std::nullopt, depth + 1);
  }

  Status check_scalar(const std::optional<Place>& place, loop::Element element, bool written,
                      const char* what) const {
    if (!place) return {};
    loop::Buffer scalar;
    scalar.element = element;
    scalar.written = written;
    if (written && place->memory != Place::Memory::arena)
      return invalid_input(std::string(what) + " does not lie in the arena");
    const Status checked = check_argument(*place, scalar, std::nullopt);
    return checked.ok() ? checked : checked.error().within(what);
  }

  Status check_argument(const Place& place, const loop::Buffer& argument,
                        std::optional<int64_t> rounds) const {
    TAMIS_ASSIGN(Region region, region_of(library_, place, argument, weights_bytes_));
    const int64_t bytes = byte_size(argument);
    if (place.round_bytes == 0) return check_place(region, place.offset, bytes, argument.written);
    if (!rounds)
      return invalid_input("it moves on with the rounds of a loop, and is in none of known rounds");
    region.alignment = loop::bytes(argument.element);
    if (place.round_bytes % region.alignment != 0)
      return invalid_input(
          fmt::format("{} bytes in each round is no multiple of {}", place.round_bytes, region.alignment));
    TAMIS_TRY(check_place(region, place.offset, bytes, argument.written));
    int64_t last = 0;
    if (__builtin_mul_overflow(std::max<int64_t>(*rounds - 1, 0), place.round_bytes, &last) ||
        __builtin_add_overflow(last, place.offset, &last))
      return invalid_input(
          fmt::format("{} bytes in each round leave the {}", place.round_bytes, region.name));
    return check_place(region, last, bytes, argument.written);
  }

  Status check_call(const LibraryStep& step, std::optional<int64_t> rounds) const {
    if (step.kernel >= library_.kernels.size())
      return invalid_input(fmt::format("there is no kernel {}", step.kernel));
    const LibraryKernel& kernel = library_.kernels[step.kernel];
    if (step.arguments.size() != kernel.arguments.size())
      return invalid_input(fmt::format("it has {}, and its kernel {} takes {}",
                                       counted(step.arguments.size(), "argument"), kernel.function,
                                       kernel.arguments.size()));
    for (size_t i = 0; i < step.arguments.size(); ++i) {
      const Status checked = check_argument(step.arguments[i], kernel.arguments[i], rounds);
      if (!checked.ok()) return checked.error().within(fmt::format("argument {}", i));
    }
    if (kernel.object->workspace_bytes == 0) return {};
    const Region arena{"arena", 0, library_.arena_bytes, true, kPlaceAlignment};
    const Status checked = check_place(arena, step.workspace, kernel.object->workspace_bytes, true);
    return checked.ok() ? checked : checked.error().within("its workspace");
  }

  const Library& library_;
  int64_t weights_bytes_;
};

}  // namespace

int64_t byte_size(const loop::Buffer& argument) {
  return argument.elements() * loop::bytes(argument.element);
}

int64_t byte_size(const LibraryPort& port) {
  return element_count(port.shape).value_or(0) * static_cast<int64_t>(element_size(port.type));
}

Status check_library(const Library& library, uint64_t weights_bytes) {
  constexpr int kMostThreads = 4096;
  if (!is_c_identifier(library.name))
    return invalid_input(
        fmt::format("\"{}\" is no name in C, which a library must have", printable(library.name)));
  if (library.threads < 1 || library.threads > kMostThreads)
    return invalid_input(
        fmt::format("{} is no number of threads from 1 to {}", library.threads, kMostThreads));
  if (library.arena_bytes < 0) return invalid_input("the arena has less than no bytes");
  TAMIS_TRY(check_ports(library.inputs, "input", true));
  TAMIS_TRY(check_ports(library.outputs, "output", false));
  std::set<std::string> functions = own_functions(library.name);
  for (const LibraryKernel& kernel : library.kernels) TAMIS_TRY(check_kernel(library, kernel, functions));
  return StepChecker(library, static_cast<int64_t>(weights_bytes)).check(library.steps, std::nullopt, 0);
}

}  // namespace tamis::network

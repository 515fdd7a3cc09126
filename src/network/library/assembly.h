#pragma once

#include "network/library/kernel_store.h"
#include "network/library/make_library.h"
#include "network/library/planned_step.h"
#include "network/library/step_program.h"
#include "network/library/weights_store.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tamis::network {

/// Puts the programs of steps together to a library: gives each value a place, brings it into the orders that
/// steps want, and plans the arena. Steps are added in their order, then finish() is called once.
class Assembly {
 public:
  Assembly(const Resolved& network, const LibraryOptions& options);

  /// A step with its program, or a view. Errors: as program_of.
  Status add(const PlannedStep& step);

  /// The library but for the report's layouts. Errors: internal; invalid_input where an output has no value.
  Result<MadeLibrary> finish() &&;

 private:
  /// Memory for one value, or for several that are the same elements.
  struct Room {
    Place::Memory memory = Place::Memory::arena;
    size_t port = 0;
    int64_t offset = 0;  // in the weights; in the arena once it is planned
    int64_t bytes = 0;
    size_t first = 0;  // steps from and to which it is needed
    size_t last = 0;
    bool made = false;  // by a step, so that it may lie in an output instead of the arena
  };
  using Lying = std::pair<std::string, PhysicalOrder>;  // a value in an order

  struct Call {
    std::string name;
    size_t kernel = 0;
    std::vector<size_t> rooms;
  };

  [[nodiscard]] Lying lying(const std::string& value, const PhysicalOrder& order) const;
  [[nodiscard]] int64_t bytes_of(const std::string& value) const;
  size_t add_room(Room room);
  Status add_call(const std::string& name, StepProgram program);
  Status add_call(const std::string& name, StepProgram program, std::vector<size_t> rooms);
  Result<size_t> room_of(const StepArgument& argument, const StepProgram& program);
  Result<size_t> take(const std::string& value, const PhysicalOrder& order);
  size_t give(const std::string& value, const PhysicalOrder& order);
  size_t constant_room(const std::string& value, const PhysicalOrder& order);
  size_t packed_room(const std::string& buffer, const StepProgram& program);
  Status convert(const std::string& value, const PhysicalOrder& from, const PhysicalOrder& to);
  Status place_outputs();
  void plan(Library& library);

  const Resolved& network_;
  const LibraryOptions& options_;
  LibraryReport report_;
  KernelStore kernels_;
  WeightsStore weights_;
  std::vector<Room> rooms_;
  std::vector<Call> calls_;
  std::map<Lying, size_t> places_;
};

}  // namespace tamis::network

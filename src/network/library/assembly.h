#pragma once

#include "network/library/kernel_store.h"
#include "network/library/make_library.h"
#include "network/library/planned_body.h"
#include "network/library/planned_step.h"
#include "network/library/step_program.h"
#include "network/library/weights_store.h"
#include "network/operators/operator.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tamis::network {

/// Puts the programs of steps together to a library: gives each value a place, brings it into the orders that
/// steps want, and plans the arena. Steps are added in their order, then finish() is called once.
class Assembly {
 public:
  /// `most_fused`: as planned_steps() had it, for the steps of bodies.
  Assembly(const Resolved& network, size_t most_fused, const LibraryOptions& options);

  /// A step with its program, or a view, or the steps of an If, a Loop or a Scan. Errors: as program_of and
  /// planned_body; unsupported where the shape of what a body gives depends on data.
  Status add(const PlannedStep& step);

  /// The library but for the report's layouts. Errors: internal; invalid_input where an output has no value.
  Result<MadeLibrary> finish() &&;

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  /// Memory for one value, or for several that are the same elements.
  struct Room {
    Place::Memory memory = Place::Memory::arena;
    size_t port = 0;
    int64_t offset = 0;  // in the weights; in the arena once it is planned
    int64_t bytes = 0;
    size_t first = kNone;  // calls from and to which it is needed
    size_t last = 0;
    bool made = false;  // by a step, so that it may lie in an output instead of the arena
  };
  using Lying = std::pair<std::string, PhysicalOrder>;  // a value in an order

  /// A room as an argument, or a part of one that is another in each round.
  struct Part {
    size_t room = kNone;
    int64_t offset = 0;
    int64_t round_bytes = 0;
  };
  struct KernelCall {
    std::string name;
    size_t kernel = 0;
    std::vector<Part> parts;
  };
  struct Control;
  /// What becomes a step: a call, by its number, or steps of its own.
  struct Item {
    size_t call = kNone;
    std::shared_ptr<const Control> control = nullptr;
  };
  struct Control {
    std::string name;
    std::string what;
    bool loop = false;
    size_t condition = kNone;  // rooms
    size_t trips = kNone;
    size_t counter = kNone;
    int64_t most = 0;
    std::vector<Item> body = {};
    std::vector<Item> otherwise = {};
  };
  /// The network whose steps are added, or a body in it.
  struct Scope {
    const Resolved* network = nullptr;
    std::string prefix;  // of its constants' names, which other scopes may have too
    std::map<Lying, size_t> places;
  };
  class Inside;

  /// A Loop or a Scan whose body is planned. Its node and its body number their inputs alike.
  struct Rounds {
    const PlannedBody* body = nullptr;
    size_t first_state_input = 0;
    size_t states = 0;                 // values that go from round to round
    size_t first_state_output = 0;     // of the body; the first of the node is the same
    std::vector<size_t> scanned_axes;  // of the inputs after the states
    std::vector<bool> scanned_backwards;
    std::vector<int64_t> gathered_axes;  // of the outputs after the states, as given
    std::vector<bool> gathered_backwards;
    std::vector<size_t> taken;     // rooms of the body's inputs; kNone of those that it does not need
    std::vector<size_t> scanned;   // rooms, in each the axis that is gone along first
    std::vector<size_t> gathered;  // the same; kNone for those that nobody wants
    bool condition_changes = false;
  };

  [[nodiscard]] const Resolved& network() const { return *scope_->network; }
  [[nodiscard]] Lying lying(const std::string& value, const PhysicalOrder& order) const;
  [[nodiscard]] int64_t bytes_of(const std::string& value) const;
  size_t add_room(Room room);
  Status add_call(const std::string& name, StepProgram program);
  Status add_call(const std::string& name, StepProgram program, std::vector<Part> parts);
  Status add_copy(const std::string& name, const Fact& fact, Part from, Part to);
  void use(size_t room) { rooms_[room].last = std::max(rooms_[room].last, calls_.size()); }
  Result<size_t> room_of(const StepArgument& argument, const StepProgram& program);
  Result<size_t> take(const std::string& value, const PhysicalOrder& order);
  Result<size_t> take_plain(const std::string& value);
  size_t give(const std::string& value, const PhysicalOrder& order);
  size_t constant_room(const std::string& value, const PhysicalOrder& order);
  size_t packed_room(const std::string& buffer, const StepProgram& program);
  Status convert(const std::string& value, const PhysicalOrder& from, const PhysicalOrder& to);

  Status add_control(const PlannedStep& step);
  Status add_steps(const Node& node, const PlannedBody& body);
  Status add_branch(const PlannedStep& step, const Call& call);
  Status add_loop(const PlannedStep& step, const Call& call);
  Status add_scan(const PlannedStep& step, const Call& call);
  Status add_rounds(const PlannedStep& step, const Call& call, Rounds rounds, Control control);
  Status skip_rounds(const PlannedStep& step, Rounds& rounds);
  void give_states(const PlannedStep& step, const Rounds& rounds);
  Result<const PlannedBody*> plan_body(const Call& call, const Graph& body, const std::vector<Fact>& inputs);
  Status take_captured(const Node& node, const PlannedBody& body, size_t first, size_t shift,
                       std::vector<size_t>& taken);
  Status start_condition(const Node& node, Rounds& rounds, Control& control);
  Status take_scanned(const Node& node, Rounds& rounds);
  Status start_states(const Node& node, Rounds& rounds);
  void make_gathered(const PlannedStep& step, Rounds& rounds);
  Status add_round(const Node& node, const Rounds& rounds, Control& control);
  Status take_slices(const std::vector<Fact>& wholes, const Rounds& rounds, int64_t most);
  Status gather_outputs(const std::vector<Fact>& wholes, const Rounds& rounds, int64_t most);
  Status carry_states(const Rounds& rounds);
  [[nodiscard]] Part part_of_round(size_t room, const Fact& part, bool backwards, int64_t most) const;
  void live_through(size_t begin, size_t known_rooms);
  [[nodiscard]] Fact fact_of(const std::string& value) const;
  [[nodiscard]] PhysicalOrder along(size_t axis, size_t rank) const;

  Status place_outputs();
  void plan(Library& library);
  [[nodiscard]] Place place_of(size_t room) const;
  [[nodiscard]] std::vector<LibraryStep> steps_of(const std::vector<Item>& items,
                                                  const std::vector<int64_t>& workspaces) const;

  Scope outermost_;
  Scope* scope_ = &outermost_;
  std::vector<Item> all_items_;
  std::vector<Item>* items_ = &all_items_;  // to which calls are added
  size_t most_fused_;
  const LibraryOptions& options_;
  LibraryReport report_;
  KernelStore kernels_;
  WeightsStore weights_;
  std::vector<Room> rooms_;
  std::vector<KernelCall> calls_;
  std::vector<std::unique_ptr<PlannedBody>> bodies_;
  size_t scopes_ = 0;
};

}  // namespace tamis::network

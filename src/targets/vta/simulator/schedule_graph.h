#pragma once

#include "targets/vta/simulator/timeline.h"
#include "targets/vta/simulator/timing.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tamis::vta {

/// An instruction of a launch, and what it waited for.
struct [[gnu::visibility("hidden")]] Node {
  static constexpr uint64_t kNever = ~uint64_t{0};
  /// A token that it pops: the number of the node that pushed it, kMissing where nobody did.
  struct Pop {
    static constexpr size_t kMissing = ~size_t{0};
    Engine from = Engine::load;
    size_t pusher = kMissing;
  };

  uint32_t position = 0;
  Activity activity = Activity::tokens;
  uint64_t useful = 0;      ///< as in Effort, but for loads
  uint64_t visible = 0;     ///< as in Scheduled
  uint64_t taken = kNever;  ///< the cycle in which its engine, still idle, takes it
  uint64_t end = kNever;
  std::array<std::optional<Pop>, 2> pops;  ///< from the previous engine and from the next
};

/// The instructions that FETCH read at once: those from `begin` on to the next batch.
struct [[gnu::visibility("hidden")]] Batch {
  size_t begin = 0;
  uint64_t there = 0;  ///< the first cycle in which one of them can be dispatched
};

/// What a launch did, in a form in which causes can be followed: an engine takes an instruction in the latest
/// of the cycles in which the one before it ended, the instruction is visible, and its tokens are there.
class [[gnu::visibility("hidden")]] ScheduleGraph {
 public:
  /// `model` has run and kept everything. What it refers to must outlive it.
  ScheduleGraph(const Hardware& hardware, const Launch& launch, const TimingModel& model);

  /// Of LOAD, COMPUTE or STORE: what it ran, and then what it was still to run.
  const std::vector<Node>& nodes(Engine engine) const { return nodes_[static_cast<size_t>(engine)]; }
  const std::vector<Batch>& batches() const { return batches_; }
  /// How many instructions were dispatched: the first ones of the stream.
  size_t dispatched() const { return places_.size(); }
  size_t instructions() const { return launch_.instructions.size(); }
  /// The cycle in which an instruction was dispatched.
  uint64_t dispatch_cycle(size_t position) const { return node_at(position).visible - 1; }
  Engine engine_at(size_t position) const { return places_[position].engine; }
  /// The number of an instruction that was dispatched among the nodes of its engine.
  size_t number_at(size_t position) const { return places_[position].number; }
  /// The token of a node that came last, or never; nothing where it pops none.
  std::optional<Node::Pop> last_token(const Node& node) const;
  /// When a token was there; kNever where it is missing.
  uint64_t came(const Node::Pop& pop) const {
    return pop.pusher == Node::Pop::kMissing ? Node::kNever : nodes(pop.from)[pop.pusher].end;
  }
  /// Whether FETCH was still to dispatch an instruction to the engine, or one that cannot be decoded.
  bool awaits(Engine engine) const;

 private:
  struct Place {
    Engine engine = Engine::load;
    size_t number = 0;
  };
  const Node& node_at(size_t position) const { return nodes(engine_at(position))[number_at(position)]; }
  void add(Engine engine, const Scheduled& scheduled);
  void match_tokens();

  const Launch& launch_;
  const Codec codec_;
  std::array<std::vector<Node>, kEngines> nodes_;
  std::vector<Place> places_;  // by position
  std::vector<Batch> batches_;
};

}  // namespace tamis::vta

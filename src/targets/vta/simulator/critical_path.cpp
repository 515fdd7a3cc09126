#include "targets/vta/simulator/critical_path.h"

#include <algorithm>
#include <optional>

namespace tamis::vta {
namespace {

/// An instruction by its engine and number.
struct Cause {
  Engine engine = Engine::compute;
  size_t number = 0;
};

class Walker {
 public:
  Walker(const ScheduleGraph& graph, uint64_t from) : graph_(graph), at_(from) {}

  /// From within an instruction, or from its end, back to 0.
  void walk_from(std::optional<Cause> cause) {
    while (cause) {
      const Node& node = node_of(*cause);
      charge(node.activity, cause->engine, node.taken, node.useful);
      cause = cause_of(*cause);
    }
  }
  /// From the cycle after a dispatch.
  void walk_from_dispatch(size_t position) { walk_from(before_dispatch(position)); }
  /// From a cycle in which a batch was there, or FETCH was to dispatch after `dispatched` instructions.
  void walk_from_fetch(size_t dispatched) {
    const Batch* batch = batch_at(dispatched);
    if (batch != nullptr && batch->there == at_) charge_batch(dispatched);
    if (dispatched > 0 && at_ == graph_.dispatch_cycle(dispatched - 1) + 1)
      walk_from_dispatch(dispatched - 1);
  }
  CriticalPath finish() {
    charge(Activity::start, Engine::fetch, 0, 0);  // nothing is left of a launch that walk_from could follow
    std::reverse(path_.steps.begin(), path_.steps.end());
    return std::move(path_);
  }

 private:
  const Node& node_of(const Cause& cause) const { return graph_.nodes(cause.engine)[cause.number]; }

  /// Gives the cycles back to `to`.
  void charge(Activity activity, Engine engine, uint64_t to, uint64_t useful) {
    if (to >= at_) return;
    const bool more = activity == Activity::dispatch && !path_.steps.empty() &&
                      path_.steps.back().span.activity == Activity::dispatch;
    if (more) {
      CriticalPath::Step& last = path_.steps.back();
      last.span.begin = to;
      last.useful += useful;
      ++last.instructions;
    } else {
      path_.steps.push_back({{activity, engine, to, at_}, useful});
    }
    at_ = to;
  }

  /// What the instruction that was taken in this cycle waited for.
  std::optional<Cause> cause_of(const Cause& cause) {
    const Node& node = node_of(cause);
    if (cause.number > 0 && graph_.nodes(cause.engine)[cause.number - 1].end == at_)
      return Cause{cause.engine, cause.number - 1};
    for (const std::optional<Node::Pop>& pop : node.pops)
      if (pop && graph_.came(*pop) == at_) return Cause{pop->from, pop->pusher};
    return before_dispatch(node.position);
  }

  /// Back through dispatches, one a cycle, to the instruction whose end made room for one, if any; else to 0.
  std::optional<Cause> before_dispatch(size_t position) {
    for (;;) {
      charge(Activity::dispatch, Engine::fetch, graph_.dispatch_cycle(position), 1);
      const Batch* batch = batch_at(position);
      const uint64_t earliest = batch != nullptr ? batch->there
                                : position > 0   ? graph_.dispatch_cycle(position - 1) + 1
                                                 : 0;
      if (at_ > earliest) return room_for(position);
      if (batch != nullptr) charge_batch(position);
      if (position == 0) return std::nullopt;
      --position;
    }
  }
  /// The batch that begins at a position.
  const Batch* batch_at(size_t position) const {
    const std::vector<Batch>& batches = graph_.batches();
    const auto found = std::lower_bound(batches.begin(), batches.end(), position,
                                        [](const Batch& one, size_t at) { return one.begin < at; });
    return found != batches.end() && found->begin == position ? &*found : nullptr;
  }
  void charge_batch(size_t position) {
    if (position == 0) return charge(Activity::start, Engine::fetch, 0, 0);
    charge(Activity::fetch, Engine::fetch, graph_.dispatch_cycle(position - 1) + 1, 0);
  }
  std::optional<Cause> room_for(size_t position) const {
    const size_t number = graph_.number_at(position);
    if (number < TimingModel::kQueueCapacity) return std::nullopt;
    return Cause{graph_.engine_at(position), number - TimingModel::kQueueCapacity};
  }

  const ScheduleGraph& graph_;
  uint64_t at_;
  CriticalPath path_;
};

/// The FINISH that begins in the cycle: also of a launch that hangs behind it.
std::optional<Cause> finish_at(const ScheduleGraph& graph, uint64_t cycle) {
  const std::vector<Node>& nodes = graph.nodes(Engine::compute);
  for (size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].activity == Activity::finish && nodes[i].taken + 1 == cycle)
      return Cause{Engine::compute, i};
  return std::nullopt;
}

/// An instruction that ended in the cycle.
std::optional<Cause> ended_at(const ScheduleGraph& graph, uint64_t cycle) {
  for (const Engine engine : {Engine::compute, Engine::load, Engine::store}) {
    const std::vector<Node>& nodes = graph.nodes(engine);
    const auto found = std::lower_bound(nodes.begin(), nodes.end(), cycle,
                                        [](const Node& node, uint64_t at) { return node.end < at; });
    if (found != nodes.end() && found->end == cycle)
      return Cause{engine, static_cast<size_t>(found - nodes.begin())};
  }
  return std::nullopt;
}

/// The instruction that became visible in the cycle.
std::optional<size_t> visible_at(const ScheduleGraph& graph, uint64_t cycle) {
  size_t begin = 0, end = graph.dispatched();
  while (begin < end) {
    const size_t middle = begin + (end - begin) / 2;
    if (graph.dispatch_cycle(middle) + 1 < cycle)
      begin = middle + 1;
    else
      end = middle;
  }
  if (begin == graph.dispatched() || graph.dispatch_cycle(begin) + 1 != cycle) return std::nullopt;
  return begin;
}

}  // namespace

CriticalPath find_critical_path(const ScheduleGraph& graph, uint64_t cycles) {
  Walker walker(graph, cycles);
  if (const auto finish = finish_at(graph, cycles)) {
    walker.walk_from(finish);
  } else if (const auto last = ended_at(graph, cycles)) {
    walker.walk_from(last);
  } else if (const auto seen = visible_at(graph, cycles)) {
    walker.walk_from_dispatch(*seen);
  } else {
    walker.walk_from_fetch(graph.dispatched());
  }
  return walker.finish();
}

}  // namespace tamis::vta

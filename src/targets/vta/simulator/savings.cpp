#include "targets/vta/simulator/savings.h"

#include <algorithm>

namespace tamis::vta {
namespace {

bool belongs(Activity activity, std::optional<Part> part) {
  if (!part) return false;
  using enum Activity;
  switch (*part) {
    case Part::epilogue:
      return activity == reset || (activity >= shr && activity <= mul);
    case Part::loads:
      return activity == inp || activity == wgt;
    case Part::biases:
      return activity == acc;
    case Part::micro_ops:
      return activity == uop;
    case Part::stores:
      return activity == store;
    case Part::instructions:
      return activity == fetch || activity == dispatch;
    case Part::launch:
      return activity == start;
    case Part::tokens:
      return activity == tokens;
    case Part::pipelines:
      return false;  // they are parts of instructions
  }
  return false;
}

/// Goes through a launch again, with other durations.
class Replay {
 public:
  Replay(const ScheduleGraph& graph, std::optional<Part> part) : graph_(graph), part_(part) {
    for (const Engine engine : kRunning) ends(engine).resize(graph.nodes(engine).size());
    dispatched_.reserve(graph.dispatched());
  }

  /// What an instruction waits for was taken before it, so the order in which they were taken does.
  uint64_t run() {
    std::array<size_t, kEngines> next{};
    for (;;) {
      Engine first = Engine::load;
      uint64_t taken = Node::kNever;
      for (const Engine engine : kRunning) {
        const size_t number = next[static_cast<size_t>(engine)];
        if (number == graph_.nodes(engine).size() || graph_.nodes(engine)[number].taken >= taken) continue;
        first = engine;
        taken = graph_.nodes(engine)[number].taken;
      }
      if (taken == Node::kNever) return 0;
      const size_t number = next[static_cast<size_t>(first)]++;
      const Node& node = graph_.nodes(first)[number];
      const uint64_t begin = take(first, number, node);
      if (node.activity == Activity::finish) return begin + 1;
      ends(first)[number] = begin + duration(node);
    }
  }

 private:
  static constexpr std::array kRunning = {Engine::load, Engine::compute, Engine::store};

  std::vector<uint64_t>& ends(Engine engine) { return ends_[static_cast<size_t>(engine)]; }

  uint64_t take(Engine engine, size_t number, const Node& node) {
    while (dispatched_.size() <= node.position) dispatch(dispatched_.size());
    uint64_t cycle = dispatched_[node.position] + shown_after();
    if (number > 0) cycle = std::max(cycle, ends(engine)[number - 1]);
    for (const std::optional<Node::Pop>& pop : node.pops)
      if (pop) cycle = std::max(cycle, ends(pop->from)[pop->pusher]);
    return cycle;
  }
  uint64_t duration(const Node& node) const {
    if (belongs(node.activity, part_)) return 0;
    const bool piped = node.activity >= Activity::gemm && node.activity <= Activity::mul;
    if (piped && part_ == Part::pipelines) return node.useful;
    return node.end - node.taken;
  }

  uint64_t shown_after() const { return belongs(Activity::dispatch, part_) ? 0 : 1; }
  void dispatch(size_t position) {
    uint64_t cycle = position > 0 ? dispatched_.back() + shown_after() : 0;
    const std::vector<Batch>& batches = graph_.batches();
    if (batch_ < batches.size() && batches[batch_].begin == position) {
      const uint64_t before = position > 0 ? graph_.dispatch_cycle(position - 1) + 1 : 0;
      const Activity activity = position > 0 ? Activity::fetch : Activity::start;
      if (!belongs(activity, part_)) cycle += batches[batch_].there - before;
      ++batch_;
    }
    const Engine engine = graph_.engine_at(position);
    const size_t number = graph_.number_at(position);
    if (number >= TimingModel::kQueueCapacity)
      cycle = std::max(cycle, ends(engine)[number - TimingModel::kQueueCapacity]);
    dispatched_.push_back(cycle);
  }

  const ScheduleGraph& graph_;
  std::optional<Part> part_;
  std::array<std::vector<uint64_t>, kEngines> ends_;
  std::vector<uint64_t> dispatched_;  // cycles, by position
  size_t batch_ = 0;                  // the next
};

}  // namespace

uint64_t cycles_without(const ScheduleGraph& graph, std::optional<Part> part) {
  return Replay(graph, part).run();
}

}  // namespace tamis::vta

#include "targets/vta/simulator/schedule_graph.h"

#include <algorithm>

namespace tamis::vta {
namespace {

Activity activity_of_memory(const MemoryInstruction& memory) {
  if (memory.x_size == 0 || memory.y_size == 0) return Activity::tokens;
  if (memory.is_store) return Activity::store;
  switch (memory.memory) {
    case Memory::inp:
      return Activity::inp;
    case Memory::wgt:
      return Activity::wgt;
    case Memory::uop:
      return Activity::uop;
    default:
      return Activity::acc;
  }
}

Activity activity_of_alu(AluOpcode opcode) {
  switch (opcode) {
    case AluOpcode::min:
      return Activity::min;
    case AluOpcode::max:
      return Activity::max;
    case AluOpcode::add:
      return Activity::add;
    case AluOpcode::shr:
      return Activity::shr;
    case AluOpcode::mul:
      return Activity::mul;
  }
  return Activity::tokens;
}

/// What an instruction does, and its useful cycles, where they do not depend on beats.
void describe(const Codec& codec, const EncodedInstruction& words, Node& node) {
  if (words.opcode() == Opcode::gemm) {
    const GemmInstruction gemm = codec.decode_gemm(words);
    node.useful = micro_ops(gemm);
    node.activity = node.useful == 0 ? Activity::tokens : gemm.reset ? Activity::reset : Activity::gemm;
  } else if (words.opcode() == Opcode::alu) {
    const AluInstruction alu = codec.decode_alu(words);
    node.useful = micro_ops(alu) * (alu.use_imm ? 1 : 2);
    node.activity = node.useful == 0 ? Activity::tokens : activity_of_alu(alu.opcode);
  } else if (words.opcode() == Opcode::finish) {
    node.activity = Activity::finish;
  } else {
    const MemoryInstruction memory = codec.decode_memory(words);
    node.activity = activity_of_memory(memory);
    if (memory.is_store) node.useful = uint64_t{memory.x_size} * memory.y_size * kStoreTileCycles;
  }
}

constexpr uint64_t kDispatchAfter = 2;  // cycles from the last beat of a batch to its first dispatch

}  // namespace

ScheduleGraph::ScheduleGraph(const Hardware& hardware, const Launch& launch, const TimingModel& model)
    : launch_(launch), codec_(hardware) {
  size_t dispatched = 0;
  std::array<std::vector<Scheduled>, kEngines> unfinished;
  constexpr std::array kRunning = {Engine::load, Engine::compute, Engine::store};
  for (const Engine engine : kRunning) {
    unfinished[static_cast<size_t>(engine)] = model.unfinished(engine);
    dispatched += model.history(engine).size() + unfinished[static_cast<size_t>(engine)].size();
  }
  places_.resize(dispatched);
  for (const Engine engine : kRunning) {
    for (const Scheduled& one : model.history(engine)) add(engine, one);
    for (const Scheduled& one : unfinished[static_cast<size_t>(engine)]) add(engine, one);
  }
  match_tokens();
  for (const ReadBurst& burst : model.bursts())
    if (burst.reader == Reader::fetch)
      batches_.push_back({batches_.size() * hardware.memory.batch(), burst.last + kDispatchAfter});
}

void ScheduleGraph::add(Engine engine, const Scheduled& scheduled) {
  std::vector<Node>& nodes = nodes_[static_cast<size_t>(engine)];
  places_[scheduled.position] = {engine, nodes.size()};
  Node node;
  node.position = scheduled.position;
  node.visible = scheduled.visible;
  if (scheduled.end > 0) {
    node.taken = scheduled.begin - 1;
    node.end = scheduled.end;
  }
  describe(codec_, launch_.instructions[scheduled.position], node);
  nodes.push_back(node);
}

/// Tokens are popped in the order in which they were pushed.
void ScheduleGraph::match_tokens() {
  const auto match = [&](Engine from, uint64_t push, Engine to, uint64_t pop, size_t slot) {
    const std::vector<Node>& senders = nodes(from);
    size_t sender = 0;
    for (Node& node : nodes_[static_cast<size_t>(to)]) {
      if ((launch_.instructions[node.position].low & pop) == 0) continue;
      while (sender < senders.size() && (launch_.instructions[senders[sender].position].low & push) == 0)
        ++sender;
      const bool pushed = sender < senders.size() && senders[sender].end != Node::kNever;
      node.pops[slot] = Node::Pop{from, pushed ? sender++ : Node::Pop::kMissing};
    }
  };
  using Words = EncodedInstruction;
  match(Engine::load, Words::kPushNext, Engine::compute, Words::kPopPrev, 0);
  match(Engine::store, Words::kPushPrev, Engine::compute, Words::kPopNext, 1);
  match(Engine::compute, Words::kPushPrev, Engine::load, Words::kPopNext, 1);
  match(Engine::compute, Words::kPushNext, Engine::store, Words::kPopPrev, 0);
}

std::optional<Node::Pop> ScheduleGraph::last_token(const Node& node) const {
  std::optional<Node::Pop> last;
  for (const std::optional<Node::Pop>& pop : node.pops)
    if (pop && (!last || came(*pop) > came(*last))) last = pop;
  return last;
}

bool ScheduleGraph::awaits(Engine engine) const {
  return std::any_of(
      launch_.instructions.begin() + static_cast<std::ptrdiff_t>(dispatched()), launch_.instructions.end(),
      [&](const EncodedInstruction& words) { return !codec_.exists(words) || engine_of(words) == engine; });
}

}  // namespace tamis::vta

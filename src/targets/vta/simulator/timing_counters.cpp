#include "targets/vta/simulator/timing.h"

#include <algorithm>

namespace tamis::vta {
namespace {

/// Cycles of [begin, end) before a cycle.
uint64_t cycles_before(uint64_t cycle, uint64_t begin, uint64_t end) {
  end = std::min(end, cycle);
  return end > begin ? end - begin : 0;
}

}  // namespace

void TimingModel::count(Counters& total, const MemoryInstruction& memory) const {
  const uint64_t bytes =
      uint64_t{memory.x_size} * memory.y_size * element_bytes_[static_cast<size_t>(memory.memory)];
  switch (memory.memory) {
    case Memory::uop:
      total.uop_bytes += bytes;
      break;
    case Memory::wgt:
      total.wgt_bytes += bytes;
      break;
    case Memory::inp:
      total.inp_bytes += bytes;
      break;
    case Memory::acc:
    case Memory::acc_8bit:
      total.acc_bytes += bytes;
      break;
    case Memory::out:
      total.out_bytes += bytes;
      break;
  }
}

/// What an instruction that has ended adds.
void TimingModel::count(Counters& total, const EncodedInstruction& words) const {
  switch (words.opcode()) {
    case Opcode::load:
    case Opcode::store:
      return count(total, decode_copy(words));
    case Opcode::gemm: {
      const GemmInstruction gemm = codec_.decode_gemm(words);
      (gemm.reset ? total.reset_uops : total.gemm_uops) += micro_ops(gemm);
      return;
    }
    case Opcode::alu:
      total.alu_uops += micro_ops(codec_.decode_alu(words));
      return;
    case Opcode::finish:
      return;
  }
}

/// Of LOAD, COMPUTE or STORE; what its instructions did is added to the total.
EngineCounters TimingModel::engine_until(Engine engine, uint64_t cycle, Counters& total) const {
  EngineCounters counted;
  uint64_t idle = 0;
  for (const Scheduled& one : state(engine).history) {
    counted.stall += cycles_before(cycle, std::max(idle, one.visible), one.begin - 1);
    counted.busy += cycles_before(cycle, one.begin, one.end);
    idle = one.end;
    if (one.end > cycle) continue;
    ++counted.instructions;
    count(total, words_of(one.position));
  }
  const EngineState& self = state(engine);
  if (self.head == self.queued) return counted;
  // The head waits for a token that never came, or trapped in the cycle before it would have begun.
  const uint64_t taken = self.stopped ? self.begin - 1 : cycle;
  counted.stall += cycles_before(cycle, std::max(idle, self.at(self.head).visible), taken);
  return counted;
}

EngineCounters TimingModel::fetch_until(uint64_t cycle) const {
  EngineCounters counted;
  for (const Stretch& one : fetches_) counted.busy += cycles_before(cycle, one.begin, one.end);
  for (const Stretch& one : room_waits_) counted.stall += cycles_before(cycle, one.begin, one.end);
  if (full_) counted.stall += cycles_before(cycle, dispatch_cycle_, cycle);
  for (const EngineState& engine : engines_) {
    // An engine sees an instruction the cycle after its dispatch.
    const auto dispatched = [&](const auto& one) { return one.visible <= cycle ? 1U : 0U; };
    for (const Scheduled& one : engine.history) counted.instructions += dispatched(one);
    for (size_t i = engine.head; i < engine.queued; ++i) counted.instructions += dispatched(engine.at(i));
  }
  return counted;
}

Counters TimingModel::counters_until(uint64_t cycle) const {
  Counters total;
  total.cycles = cycle;
  total.engines[static_cast<size_t>(Engine::fetch)] = fetch_until(cycle);
  for (const Engine engine : {Engine::load, Engine::compute, Engine::store}) {
    EngineCounters& own = total.engines[static_cast<size_t>(engine)];
    own = engine_until(engine, cycle, total);
    total.instructions += own.instructions;
  }
  return total;
}

}  // namespace tamis::vta

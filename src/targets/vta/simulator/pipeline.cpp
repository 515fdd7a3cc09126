#include "targets/vta/simulator/pipeline.h"

#include "targets/vta/simulator/checks.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

const Dependencies& flags_of(const Instruction& instruction) {
  return std::visit([](const auto& any) -> const Dependencies& { return any.dependencies; }, instruction);
}

template <class Nest>
uint64_t micro_ops(const Nest& nest) {
  if (nest.uop_begin >= nest.uop_end) return 0;
  return uint64_t{nest.uop_end - nest.uop_begin} * nest.iter_out * nest.iter_in;
}

}  // namespace

Engine engine_of(const Instruction& instruction) {
  const auto* memory = std::get_if<MemoryInstruction>(&instruction);
  if (memory == nullptr) return Engine::compute;
  if (memory->is_store) return Engine::store;
  return memory->memory == Memory::inp || memory->memory == Memory::wgt ? Engine::load : Engine::compute;
}

Timing within_bounds(Timing timing) {
  constexpr uint64_t kMost = uint64_t{1} << 20;
  for (uint64_t* at_least_one : {&timing.memory_bytes_per_cycle, &timing.burst_beats,
                                 &timing.gemm_cycles_per_uop, &timing.alu_imm_cycles_per_uop,
                                 &timing.alu_reg_cycles_per_uop, &timing.fetch_beats, &timing.queue_capacity})
    *at_least_one = std::clamp<uint64_t>(*at_least_one, 1, kMost);
  for (uint64_t* any : {&timing.memory_latency, &timing.pipeline_depth, &timing.pad_cycles_per_element,
                        &timing.dispatch_cycles})
    *any = std::min(*any, kMost);
  return timing;
}

Pipeline::Pipeline(const Hardware& hardware, Launch& launch, const SimulationOptions& options)
    : hardware_(hardware),
      launch_(launch),
      codec_(hardware),
      timing_(within_bounds(options.timing)),
      // With the bounds on the timing, no event lies further ahead than this, so times never overflow.
      max_cycles_(std::min(options.max_cycles, uint64_t{1} << 62)),
      dram_(launch.buffers),
      data_path_(hardware, codec_, dram_, options.functional) {}

SimulationOutcome Pipeline::run() {
  if (launch_.instructions.size() > hardware_.max_instructions) {
    outcome_.stop = Stop::trapped;
    outcome_.message = fmt::format("the stream has {} instructions, more than its buffer holds ({})",
                                   launch_.instructions.size(), hardware_.max_instructions);
    return outcome_;
  }
  start_fetch_of_next();
  constexpr std::array<Engine, kEngines> kOrder = {Engine::load, Engine::compute, Engine::store,
                                                   Engine::fetch};
  while (!stopped_) {
    Engine first = Engine::load;
    for (const Engine engine : kOrder)
      if (state(engine).next < state(first).next) first = engine;
    const uint64_t time = state(first).next;
    if (time == kNever) {
      conclude();
      break;
    }
    if (time > max_cycles_) {
      now_ = max_cycles_;
      outcome_.stop = Stop::timeout;
      outcome_.message = fmt::format("given up after {} cycles; {}", max_cycles_, hang_message());
      break;
    }
    now_ = time;
    step(first);
  }
  outcome_.counters.cycles = now_;
  return std::move(outcome_);
}

void Pipeline::step(Engine engine) {
  if (engine == Engine::fetch) {
    if (fetch_phase_ == FetchPhase::reading)
      read_instruction();
    else
      dispatch();
    return;
  }
  switch (state(engine).phase) {
    case Phase::waiting:
      return start(engine);
    case Phase::transferring:
      return transfer(engine);
    case Phase::ending:
      return finish_instruction(engine);
  }
}

void Pipeline::start_fetch_of_next() {
  EngineState& fetch = state(Engine::fetch);
  if (fetch_position_ == launch_.instructions.size()) {
    fetch_phase_ = FetchPhase::done;
    fetch.next = kNever;
    return;
  }
  fetch_phase_ = FetchPhase::reading;
  fetch.next = now_;
  const uint64_t instructions_in_burst = std::max<uint64_t>(1, timing_.burst_beats / timing_.fetch_beats);
  if (fetch_position_ % instructions_in_burst != 0) return;
  fetch.next += timing_.memory_latency;
  counters(Engine::fetch).busy += timing_.memory_latency;
}

void Pipeline::read_instruction() {
  const uint64_t begin = port_.take(now_, timing_.fetch_beats);
  counters(Engine::fetch).stall += begin - now_;
  counters(Engine::fetch).busy += timing_.fetch_beats;
  state(Engine::fetch).next = begin + timing_.fetch_beats;
  fetch_phase_ = FetchPhase::dispatching;
}

void Pipeline::dispatch() {
  auto decoded = codec_.decode(launch_.instructions[fetch_position_]);
  if (!decoded.ok()) return trap(fetch_position_, "it cannot be decoded");
  const Engine target = engine_of(*decoded);
  if (state(target).queue.size() >= timing_.queue_capacity) {
    fetch_blocked_ = true;
    fetch_blocked_since_ = now_;
    fetch_target_ = target;
    state(Engine::fetch).next = kNever;
    return;
  }
  enqueue(target, std::move(decoded).value());
  ++counters(Engine::fetch).instructions;
  ++fetch_position_;
  start_fetch_of_next();
}

void Pipeline::enqueue(Engine engine, Instruction instruction) {
  EngineState& target = state(engine);
  target.queue.push_back({fetch_position_, now_ + timing_.dispatch_cycles, std::move(instruction)});
  if (target.queue.size() > 1) return;
  target.ready = target.next = target.queue.front().available;
}

void Pipeline::start(Engine engine) {
  EngineState& target = state(engine);
  const Queued& head = target.queue.front();
  if (!take_tokens(engine, flags_of(head.instruction))) {
    target.next = kNever;  // whoever pushes the token wakes it
    return;
  }
  counters(engine).stall += now_ - target.ready;
  if (const auto what = find_trap(hardware_, head.instruction, data_path_.uops(), dram_))
    return trap(head.position, *what);
  target.started = now_;
  target.port_wait = 0;
  begin_work(target, head.instruction);
}

void Pipeline::begin_work(EngineState& engine, const Instruction& instruction) {
  engine.phase = Phase::ending;
  engine.next = now_;
  if (const auto* memory = std::get_if<MemoryInstruction>(&instruction)) {
    const TransferShape shape(*memory);
    engine.bursts = Bursts(shape, hardware_.element_bytes(memory->memory), timing_);
    engine.next += shape.pad_elements() * timing_.pad_cycles_per_element;
    if (engine.bursts.empty()) return;
    engine.phase = Phase::transferring;
    engine.next += timing_.memory_latency;
  } else if (const auto* gemm = std::get_if<GemmInstruction>(&instruction)) {
    engine.next += timing_.pipeline_depth + micro_ops(*gemm) * timing_.gemm_cycles_per_uop;
  } else if (const auto* alu = std::get_if<AluInstruction>(&instruction)) {
    const uint64_t cycles = alu->use_imm ? timing_.alu_imm_cycles_per_uop : timing_.alu_reg_cycles_per_uop;
    engine.next += timing_.pipeline_depth + micro_ops(*alu) * cycles;
  }
}

void Pipeline::transfer(Engine engine) {
  EngineState& target = state(engine);
  uint64_t others = kNever;
  for (const EngineState& other : engines_)
    if (&other != &target) others = std::min(others, other.next);
  // Until another engine has something to do, this one's bursts follow each other without a look at the rest.
  do {
    const uint64_t beats = target.bursts.take();
    const uint64_t begin = port_.take(target.next, beats);
    target.port_wait += begin - target.next;
    target.next = begin + beats;
    if (target.bursts.empty()) {
      target.phase = Phase::ending;
      return;
    }
    target.next += timing_.memory_latency;
  } while (target.next < others && target.next <= max_cycles_);
}

void Pipeline::finish_instruction(Engine engine) {
  EngineState& target = state(engine);
  const Instruction instruction = std::move(target.queue.front().instruction);
  target.queue.pop_front();
  data_path_.execute(instruction);
  count(instruction);
  counters(engine).busy += now_ - target.started - target.port_wait;
  counters(engine).stall += target.port_wait;
  ++counters(engine).instructions;
  target.phase = Phase::waiting;
  target.next = kNever;
  if (!target.queue.empty()) target.ready = target.next = std::max(now_, target.queue.front().available);
  give_tokens(engine, flags_of(instruction));
  if (!fetch_blocked_ || fetch_target_ != engine) return;
  fetch_blocked_ = false;
  counters(Engine::fetch).stall += now_ - fetch_blocked_since_;
  state(Engine::fetch).next = now_;
}

void Pipeline::wake(Engine engine) {
  EngineState& target = state(engine);
  if (target.phase == Phase::waiting && !target.queue.empty())
    target.next = std::max(now_, target.queue.front().available);
}

bool Pipeline::take_tokens(Engine engine, const Dependencies& flags) {
  EngineState& target = state(engine);
  // LOAD has no engine before it and STORE none behind it: the hardware ignores these flags.
  const bool from_prev = flags.pop_prev && engine != Engine::load;
  const bool from_next = flags.pop_next && engine != Engine::store;
  if ((from_prev && target.tokens_from_prev == 0) || (from_next && target.tokens_from_next == 0))
    return false;
  target.tokens_from_prev -= from_prev ? 1 : 0;
  target.tokens_from_next -= from_next ? 1 : 0;
  return true;
}

void Pipeline::give_tokens(Engine engine, const Dependencies& flags) {
  if (flags.push_prev && engine != Engine::load) {
    const Engine receiver = engine == Engine::compute ? Engine::load : Engine::compute;
    ++state(receiver).tokens_from_next;
    wake(receiver);
  }
  if (flags.push_next && engine != Engine::store) {
    const Engine receiver = engine == Engine::load ? Engine::compute : Engine::store;
    ++state(receiver).tokens_from_prev;
    wake(receiver);
  }
}

void Pipeline::count(const Instruction& instruction) {
  Counters& total = outcome_.counters;
  ++total.instructions;
  if (const auto* gemm = std::get_if<GemmInstruction>(&instruction)) {
    (gemm->reset ? total.reset_uops : total.gemm_uops) += micro_ops(*gemm);
  } else if (const auto* alu = std::get_if<AluInstruction>(&instruction)) {
    total.alu_uops += micro_ops(*alu);
  } else if (const auto* memory = std::get_if<MemoryInstruction>(&instruction)) {
    const uint64_t bytes = TransferShape(*memory).elements() * hardware_.element_bytes(memory->memory);
    switch (memory->memory) {
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
  } else {
    finish_seen_ = true;
  }
}

}  // namespace tamis::vta

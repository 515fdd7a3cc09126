#include "targets/vta/simulator/timing.h"

#include "targets/vta/simulator/checks.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

// All of these in cycles, from the Chisel RTL (docs/explanation/vta-timing).
constexpr uint64_t kFirstFetch = 2;     // the issue of the first batch, after the launch
constexpr uint64_t kDispatchDelay = 2;  // from the last beat of a batch to its first instruction's dispatch
constexpr uint64_t kNextFetch = 3;      // from the last dispatch to the next batch's issue
constexpr uint64_t kBetweenBursts = 2;  // of one reader
constexpr uint64_t kPipeline = 6;       // of GEMM and ALU, beside their micro-ops
constexpr uint64_t kAfterLoad = 4;      // from the last beat to idle ...
constexpr uint64_t kAfterUopLoad = 3;   // ... of a load of uops
constexpr uint64_t kAfterPadding = 2;   // from the last tile of padding to idle
constexpr uint64_t kAlone = 1;          // what moves nothing: FINISH, and loads and stores of no element
constexpr size_t kQueueCapacity = 512;  // instructions before an engine
constexpr size_t kMostTokens = 255;     // that wait in a queue
constexpr uint64_t kInstructionBeats = 2;
Reader reader_of(Memory memory) {
  switch (memory) {
    case Memory::uop:
      return Reader::uop;
    case Memory::inp:
      return Reader::inp;
    case Memory::wgt:
      return Reader::wgt;
    default:
      return Reader::acc;
  }
}

uint64_t alu_cycles(const AluInstruction& alu) {
  return micro_ops(alu) * (alu.use_imm || alu.reset ? 1 : 2) + kPipeline;
}

}  // namespace

const Dependencies& flags_of(const Instruction& instruction) {
  return std::visit([](const auto& any) -> const Dependencies& { return any.dependencies; }, instruction);
}

Engine engine_of(const Instruction& instruction) {
  const auto* memory = std::get_if<MemoryInstruction>(&instruction);
  if (memory == nullptr) return Engine::compute;
  if (memory->is_store) return Engine::store;
  return memory->memory == Memory::inp || memory->memory == Memory::wgt ? Engine::load : Engine::compute;
}

TimingModel::TimingModel(const Hardware& hardware, const Launch& launch, Dram& dram)
    : hardware_(hardware),
      launch_(launch),
      codec_(hardware),
      dram_(dram),
      uops_(hardware, codec_, dram, false),
      port_(hardware.memory) {
  decoded_.reserve(launch.instructions.size());
}

SimulationOutcome TimingModel::run() {
  request_batch(kFirstFetch);
  do {
    for (bool any = true; any;) {
      any = false;
      for (const Engine engine : {Engine::load, Engine::compute, Engine::store}) {
        if (!state(engine).runnable) continue;
        state(engine).runnable = false;
        advance(engine);
        any = true;
      }
    }
  } while (serve());
  conclude();
  return std::move(outcome_);
}

void TimingModel::request_batch(uint64_t cycle) {
  const uint64_t left = launch_.instructions.size() - batch_end_;
  if (left == 0) return;
  const uint64_t instructions = std::min<uint64_t>(left, hardware_.memory.batch());
  Request& fetch = request_of(Engine::fetch);
  fetch.pending = true;
  fetch.ready = cycle;
  // One burst wherever it begins: a batch is never cut.
  fetch.bursts = RowBursts(0, instructions * kInstructionBeats * kBeatBytes, 0, 1, uint64_t{1} << 32);
  batch_end_ += instructions;
  dispatch_cycle_ = cycle;
}

void TimingModel::dispatch() {
  full_.reset();
  while (next_ < batch_end_) {
    if (next_ == decoded_.size()) {
      auto decoded = codec_.decode(launch_.instructions[next_]);
      if (!decoded.ok()) {
        state(Engine::fetch).stopped = true;
        return trap(dispatch_cycle_, next_, "it cannot be decoded");
      }
      decoded_.push_back(std::move(decoded).value());
    }
    const Engine engine = engine_of(decoded_[next_]);
    EngineState& target = state(engine);
    if (target.queue.size() >= kQueueCapacity) {
      const size_t before = target.queue.size() - kQueueCapacity;
      if (before >= target.head) {
        full_ = engine;
        return;
      }
      const uint64_t room = target.queue[before].end;
      if (room > dispatch_cycle_) {
        counters(Engine::fetch).stall += room - dispatch_cycle_;
        dispatch_cycle_ = room;
      }
    }
    target.queue.push_back({static_cast<uint32_t>(next_), dispatch_cycle_ + 1, 0, 0});
    target.runnable = true;
    ++counters(Engine::fetch).instructions;
    ++dispatch_cycle_;
    ++next_;
  }
  latest_ = std::max(latest_, dispatch_cycle_);
  request_batch(dispatch_cycle_ - 1 + kNextFetch);
}

void TimingModel::advance(Engine engine) {
  EngineState& self = state(engine);
  while (!self.running && !self.stopped && self.head < self.queue.size()) {
    Scheduled& head = self.queue[self.head];
    const Instruction& instruction = decoded_[head.position];
    const uint64_t ready = std::max(self.idle, head.visible);
    const auto cycle = take_tokens(engine, flags_of(instruction), ready);
    if (!cycle) return;  // whoever pushes the token wakes it
    counters(engine).stall += *cycle - ready;
    if (const auto what = find_trap(hardware_, instruction, uops_.uops(), dram_)) {
      self.stopped = true;
      return trap(*cycle, head.position, *what);
    }
    head.begin = *cycle + 1;
    start(engine, instruction, head.begin);
  }
}

std::optional<uint64_t> TimingModel::take_tokens(Engine engine, const Dependencies& flags, uint64_t ready) {
  // LOAD has no engine before it and STORE none behind it: the hardware ignores these flags.
  TokenQueue* previous = nullptr;
  TokenQueue* next = nullptr;
  if (flags.pop_prev && engine != Engine::load)
    previous = engine == Engine::compute ? &load_to_compute_ : &compute_to_store_;
  if (flags.pop_next && engine != Engine::store)
    next = engine == Engine::compute ? &store_to_compute_ : &compute_to_load_;
  if ((previous != nullptr && previous->empty()) || (next != nullptr && next->empty())) return std::nullopt;
  uint64_t cycle = ready;
  for (TokenQueue* queue : {previous, next})
    if (queue != nullptr) cycle = std::max(cycle, queue->next());
  for (TokenQueue* queue : {previous, next})
    if (queue != nullptr) pop(*queue, cycle);
  return cycle;
}

void TimingModel::start(Engine engine, const Instruction& instruction, uint64_t begin) {
  if (const auto* memory = std::get_if<MemoryInstruction>(&instruction)) {
    if (memory->x_size == 0 || memory->y_size == 0) return finish_instruction(engine, begin + kAlone);
    if (memory->is_store) return finish_instruction(engine, begin + store_cycles(*memory, begin));
    return request_load(engine, *memory, begin);
  }
  if (const auto* gemm = std::get_if<GemmInstruction>(&instruction))
    return finish_instruction(engine, begin + micro_ops(*gemm) + kPipeline);
  if (const auto* alu = std::get_if<AluInstruction>(&instruction))
    return finish_instruction(engine, begin + alu_cycles(*alu));
  if (!finish_) finish_ = begin;
  finish_instruction(engine, begin + kAlone);
}

void TimingModel::request_load(Engine engine, const MemoryInstruction& memory, uint64_t begin) {
  const uint64_t bytes = hardware_.element_bytes(memory.memory);
  Request& request = request_of(engine);
  request.pending = true;
  request.reader = reader_of(memory.memory);
  request.ready = begin + 1 + memory.y_pad_0;
  request.bursts = RowBursts(memory.dram_base * bytes, memory.x_size * bytes, memory.x_stride * bytes,
                             memory.y_size, hardware_.memory.burst_beats);
  request.padding = PaddingWriter(memory, begin + 1);
  state(engine).running = true;
}

uint64_t TimingModel::store_cycles(const MemoryInstruction& memory, uint64_t begin) {
  const uint64_t bytes = hardware_.element_bytes(Memory::out);
  const uint64_t tile_beats = std::max<uint64_t>(bytes / kBeatBytes, 1);
  RowBursts bursts(memory.dram_base * bytes, memory.x_size * bytes, memory.x_stride * bytes, memory.y_size,
                   hardware_.memory.burst_beats);
  uint64_t cycles = 0;
  while (!bursts.empty()) {
    const uint64_t tiles = (bursts.take() + tile_beats - 1) / tile_beats;
    port_.write(begin + cycles + 2, tiles);
    cycles += kStoreTileCycles * tiles + 1 + hardware_.memory.write_latency;
  }
  return cycles;
}

void TimingModel::finish_instruction(Engine engine, uint64_t end) {
  EngineState& self = state(engine);
  Scheduled& head = self.queue[self.head];
  head.end = end;
  self.idle = end;
  self.running = false;
  ++self.head;
  latest_ = std::max(latest_, end);
  counters(engine).busy += end - head.begin;
  ++counters(engine).instructions;
  const Instruction& instruction = decoded_[head.position];
  count(instruction);
  give_tokens(engine, flags_of(instruction), end);
  if (full_ == engine) dispatch();
}

void TimingModel::give_tokens(Engine engine, const Dependencies& flags, uint64_t cycle) {
  if (flags.push_prev && engine == Engine::compute) push(compute_to_load_, cycle);
  if (flags.push_prev && engine == Engine::store) push(store_to_compute_, cycle);
  if (flags.push_next && engine == Engine::load) push(load_to_compute_, cycle);
  if (flags.push_next && engine == Engine::compute) push(compute_to_store_, cycle);
}

/// Called with the head of the sender already past the instruction that pushes.
void TimingModel::push(TokenQueue& queue, uint64_t cycle) {
  const EngineState& sender = state(queue.sender);
  queue.pushed.push_back({cycle, sender.queue[sender.head - 1].position});
  state(queue.receiver).runnable = true;
  if (queue.pushed.size() > kMostTokens) check_waiting(queue, queue.pushed.size() - 1);
}

void TimingModel::pop(TokenQueue& queue, uint64_t cycle) {
  queue.popped.push_back(cycle);
  const size_t newest = queue.popped.size() - 1 + kMostTokens;
  if (newest < queue.pushed.size()) check_waiting(queue, newest);
}

/// Traps if a token finds kMostTokens others waiting: the device would lose it. Pushing and popping in one
/// cycle is fine; a pop counts from the cycle after it. An engine behind in simulated time may yet pop: then
/// it checks.
void TimingModel::check_waiting(const TokenQueue& queue, size_t newest) {
  const size_t oldest = newest - kMostTokens;
  if (oldest < queue.popped.size() && queue.popped[oldest] >= queue.pushed[newest].cycle)
    overflow(queue, newest);
}

void TimingModel::overflow(const TokenQueue& queue, size_t newest) {
  trap(queue.pushed[newest].cycle, queue.pushed[newest].position,
       fmt::format("more tokens wait from {} to {} than the device counts: {} of at most {}",
                   name_of(queue.sender), name_of(queue.receiver), kMostTokens + 1, kMostTokens));
}

bool TimingModel::serve() {
  uint64_t ready = ~uint64_t{0};
  for (const Request& request : requests_)
    if (request.pending) ready = std::min(ready, request.ready);
  if (ready == ~uint64_t{0}) return false;
  const uint64_t cycle = port_.open_from(ready);
  size_t first = kEngines;
  for (size_t i = 0; i < kEngines; ++i) {
    const Request& request = requests_[i];
    if (!request.pending || request.ready > cycle) continue;
    if (first == kEngines || request.reader < requests_[first].reader) first = i;
  }
  Request& request = requests_[first];
  const ReadPort::Arrival arrival = port_.issue(cycle, request.bursts.take());
  request.padding.pass(arrival.first, arrival.last);
  request.last = arrival.last;
  request.ready = cycle + kBetweenBursts;
  if (request.bursts.empty()) complete(first);
  return true;
}

void TimingModel::complete(size_t requester) {
  Request& request = requests_[requester];
  request.pending = false;
  const auto engine = static_cast<Engine>(requester);
  if (engine == Engine::fetch) {
    counters(engine).busy += request.last + kDispatchDelay - dispatch_cycle_;
    dispatch_cycle_ = request.last + kDispatchDelay;
    return dispatch();
  }
  const uint64_t beats_end = request.last + (request.reader == Reader::uop ? kAfterUopLoad : kAfterLoad);
  const Scheduled& head = state(engine).queue[state(engine).head];
  if (request.reader == Reader::uop) uops_.execute(decoded_[head.position]);
  const auto padded = request.padding.finish();
  finish_instruction(engine, padded ? std::max(beats_end, *padded + kAfterPadding) : beats_end);
  state(engine).runnable = true;
}

void TimingModel::count(const Instruction& instruction) {
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
  }
}

void TimingModel::trap(uint64_t cycle, size_t position, const std::string& what) {
  latest_ = std::max(latest_, cycle);
  if (!trap_ || cycle < trap_->cycle) trap_ = Trap{cycle, describe(position) + ": " + what};
}

void TimingModel::conclude() {
  for (const TokenQueue* queue :
       {&load_to_compute_, &compute_to_load_, &compute_to_store_, &store_to_compute_})
    if (queue->popped.size() + kMostTokens < queue->pushed.size())
      overflow(*queue, queue->popped.size() + kMostTokens);
  outcome_.counters.cycles = finish_.value_or(latest_);
  if (trap_) {
    outcome_.counters.cycles = trap_->cycle;
    outcome_.stop = Stop::trapped;
    outcome_.message = std::move(trap_->message);
    return;
  }
  bool idle = next_ == launch_.instructions.size();
  for (const EngineState& engine : engines_) idle = idle && engine.head == engine.queue.size();
  if (idle && finish_) return;
  outcome_.stop = Stop::hung;
  outcome_.message = idle ? fmt::format("the stream of {} instructions ended without FINISH; {}",
                                        launch_.instructions.size(), states_text())
                          : states_text();
}

}  // namespace tamis::vta

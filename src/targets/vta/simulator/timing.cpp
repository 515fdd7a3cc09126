#include "targets/vta/simulator/timing.h"

#include "base/text.h"

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

}  // namespace

TimingModel::TimingModel(const Hardware& hardware, const Launch& launch, Dram& dram, History keep)
    : hardware_(hardware),
      launch_(launch),
      codec_(hardware),
      keep_(keep),
      uops_(hardware, codec_, dram, false),
      checks_(hardware, uops_.uops(), dram),
      port_(hardware.memory) {
  for (size_t i = 0; i < element_bytes_.size(); ++i)
    element_bytes_[i] = static_cast<uint64_t>(hardware.element_bytes(static_cast<Memory>(i)));
  // Every place is written before it is read.
  for (const Engine engine : {Engine::load, Engine::compute, Engine::store})
    state(engine).queue = std::make_unique_for_overwrite<Queued[]>(kQueueCapacity);
}

SimulationOutcome TimingModel::run() {
  request_batch(kFirstFetch);
  do {
    for (bool any = true; any;) {
      any = false;
      const auto run = [&](EngineState& engine, auto advance_it) {
        if (!engine.runnable) return;
        engine.runnable = false;
        advance_it();
        any = true;
      };
      run(state(Engine::load), [&] { advance<Engine::load>(); });
      run(state(Engine::compute), [&] { advance<Engine::compute>(); });
      run(state(Engine::store), [&] { advance<Engine::store>(); });
    }
  } while (keep_ == History::bursts_too ? serve<true>() : serve<false>());
  conclude();
  return std::move(outcome_);
}

void TimingModel::request_batch(uint64_t cycle) {
  const uint64_t left = launch_.instructions.size() - batch_end_;
  if (left == 0) return;
  const uint64_t instructions = std::min<uint64_t>(left, hardware_.memory.batch());
  Request& fetch = requests_[static_cast<size_t>(Engine::fetch)];
  fetch.ready = cycle;
  // One burst wherever it begins: a batch is never cut.
  fetch.bursts = RowBursts(0, instructions * kInstructionBeats * kBeatBytes, 0, 1, uint64_t{1} << 32);
  batch_end_ += instructions;
  dispatch_cycle_ = cycle;
}

void TimingModel::dispatch() {
  full_.reset();
  for (; next_ < batch_end_; ++next_) {
    const EncodedInstruction& words = words_of(next_);
    if (!codec_.exists(words)) return trap(dispatch_cycle_, next_, "it cannot be decoded");
    const Engine engine = engine_of(words);
    EngineState& target = state(engine);
    if (target.queued >= kQueueCapacity && !wait_for_room(engine)) return;
    target.at(target.queued++) = {dispatch_cycle_ + 1, 0, static_cast<uint32_t>(next_)};
    target.runnable = true;
    ++counters(Engine::fetch).instructions;
    ++dispatch_cycle_;
  }
  latest_ = std::max(latest_, dispatch_cycle_);
  request_batch(dispatch_cycle_ - 1 + kNextFetch);
}

/// Moves the dispatch to the cycle in which the engine's queue has room; false where that is not known yet.
bool TimingModel::wait_for_room(Engine engine) {
  const EngineState& target = state(engine);
  const size_t before = target.queued - kQueueCapacity;
  if (before >= target.head) {
    full_ = engine;
    return false;
  }
  const uint64_t room = target.at(before).end;
  if (room > dispatch_cycle_) {
    counters(Engine::fetch).stall += room - dispatch_cycle_;
    if (keep_ != History::none) room_waits_.push_back({dispatch_cycle_, room});
    dispatch_cycle_ = room;
  }
  return true;
}

template <Engine kEngine>
void TimingModel::advance() {
  EngineState& self = state(kEngine);
  while (!self.running && !self.stopped && self.head < self.queued) {
    const Queued& head = self.at(self.head);
    const EncodedInstruction& words = words_of(head.position);
    const uint64_t ready = std::max(self.idle, head.visible);
    uint64_t cycle = ready;
    if (!take_tokens<kEngine>(words, cycle)) return;  // whoever pushes the token wakes it
    counters(kEngine).stall += cycle - ready;
    self.begin = cycle + 1;
    start<kEngine>(words);
  }
}

/// Takes the tokens that an instruction pops, in the first cycle from `cycle` on in which all are there;
/// false where that is not known yet. LOAD has no engine before it and STORE none behind it: the hardware
/// ignores these flags.
template <Engine kEngine>
bool TimingModel::take_tokens(const EncodedInstruction& words, uint64_t& cycle) {
  const bool from_previous = (words.low & EncodedInstruction::kPopPrev) != 0;
  const bool from_next = (words.low & EncodedInstruction::kPopNext) != 0;
  if constexpr (kEngine == Engine::load) {
    if (!from_next) return true;
    if (compute_to_load_.empty()) return false;
    cycle = std::max(cycle, compute_to_load_.next());
    pop<Engine::compute, Engine::load>(compute_to_load_, cycle);
  } else if constexpr (kEngine == Engine::store) {
    if (!from_previous) return true;
    if (compute_to_store_.empty()) return false;
    cycle = std::max(cycle, compute_to_store_.next());
    pop<Engine::compute, Engine::store>(compute_to_store_, cycle);
  } else {
    if ((from_previous && load_to_compute_.empty()) || (from_next && store_to_compute_.empty())) return false;
    if (from_previous) cycle = std::max(cycle, load_to_compute_.next());
    if (from_next) cycle = std::max(cycle, store_to_compute_.next());
    if (from_previous) pop<Engine::load, Engine::compute>(load_to_compute_, cycle);
    if (from_next) pop<Engine::store, Engine::compute>(store_to_compute_, cycle);
  }
  return true;
}

/// The head does what no board allows.
void TimingModel::stop(Engine engine, const std::string& what) {
  EngineState& self = state(engine);
  self.stopped = true;
  trap(self.begin - 1, self.at(self.head).position, what);
}

template <Engine kEngine>
void TimingModel::start(const EncodedInstruction& words) {
  if constexpr (kEngine == Engine::compute) {
    const uint64_t begin = state(kEngine).begin;
    if (words.opcode() == Opcode::gemm) {
      const GemmInstruction gemm = codec_.decode_gemm(words);
      if (const auto what = checks_.find_trap(gemm)) return stop(kEngine, *what);
      const uint64_t uops = micro_ops(gemm);
      (gemm.reset ? counters_.reset_uops : counters_.gemm_uops) += uops;
      return finish_instruction<kEngine>(begin + uops + kPipeline);
    }
    if (words.opcode() == Opcode::alu) {
      const AluInstruction alu = codec_.decode_alu(words);
      if (const auto what = checks_.find_trap(alu)) return stop(kEngine, *what);
      const uint64_t uops = micro_ops(alu);
      counters_.alu_uops += uops;
      return finish_instruction<kEngine>(begin + uops * (alu.use_imm ? 1 : 2) + kPipeline);
    }
    if (words.opcode() == Opcode::finish) {
      if (!finish_) finish_ = begin;
      return finish_instruction<kEngine>(begin + kAlone);
    }
  }
  start_copy<kEngine>(decode_copy(words));
}

template <Engine kEngine>
void TimingModel::start_copy(const MemoryInstruction& memory) {
  if (const auto what = checks_.find_trap(memory)) return stop(kEngine, *what);
  const uint64_t begin = state(kEngine).begin;
  count(counters_, memory);
  if (memory.x_size == 0 || memory.y_size == 0) return finish_instruction<kEngine>(begin + kAlone);
  if constexpr (kEngine == Engine::store)
    finish_instruction<kEngine>(begin + store_cycles(memory, begin));
  else
    request_load(kEngine, memory);
}

void TimingModel::request_load(Engine engine, const MemoryInstruction& memory) {
  const uint64_t bytes = element_bytes_[static_cast<size_t>(memory.memory)];
  EngineState& self = state(engine);
  Request& request = requests_[static_cast<size_t>(engine)];
  request.reader = reader_of(memory.memory);
  request.ready = self.begin + 1 + memory.y_pad_0;
  request.bursts = RowBursts(memory.dram_base * bytes, memory.x_size * bytes, memory.x_stride * bytes,
                             memory.y_size, hardware_.memory.burst_beats);
  request.padding = PaddingWriter(memory, self.begin + 1);
  self.running = true;
}

uint64_t TimingModel::store_cycles(const MemoryInstruction& memory, uint64_t begin) {
  const uint64_t bytes = element_bytes_[static_cast<size_t>(Memory::out)];
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

template <Engine kEngine>
void TimingModel::finish_instruction(uint64_t end) {
  EngineState& self = state(kEngine);
  Queued& head = self.at(self.head++);
  head.end = end;
  self.idle = end;
  self.running = false;
  latest_ = std::max(latest_, end);
  counters(kEngine).busy += end - self.begin;
  ++counters(kEngine).instructions;
  if (keep_ != History::none) self.history.push_back({head.position, head.visible, self.begin, end});
  const EncodedInstruction& words = words_of(head.position);
  const Token token{end, head.position};
  const bool to_previous = (words.low & EncodedInstruction::kPushPrev) != 0;
  const bool to_next = (words.low & EncodedInstruction::kPushNext) != 0;
  if constexpr (kEngine == Engine::load) {
    if (to_next) push<Engine::load, Engine::compute>(load_to_compute_, token);
  } else if constexpr (kEngine == Engine::store) {
    if (to_previous) push<Engine::store, Engine::compute>(store_to_compute_, token);
  } else {
    if (to_previous) push<Engine::compute, Engine::load>(compute_to_load_, token);
    if (to_next) push<Engine::compute, Engine::store>(compute_to_store_, token);
  }
  if (full_ == kEngine) dispatch();
}

template <Engine kSender, Engine kReceiver>
void TimingModel::push(TokenQueue& queue, Token token) {
  state(kReceiver).runnable = true;
  if (const auto lost = queue.push(token)) lose(kSender, kReceiver, *lost);
}

template <Engine kSender, Engine kReceiver>
void TimingModel::pop(TokenQueue& queue, uint64_t cycle) {
  if (const auto lost = queue.pop(cycle)) lose(kSender, kReceiver, *lost);
}

/// The other designs' queues are FIFOs and counters without such a limit.
void TimingModel::lose(Engine sender, Engine receiver, const Token& token) {
  if (hardware_.design != Design::chisel) return;
  trap(token.cycle, token.position,
       fmt::format("more tokens wait from {} to {} than the device counts: {} of at most {}", name_of(sender),
                   name_of(receiver), kMostTokens + 1, kMostTokens));
}

/// The port serves the earliest request; false where there is none. Whether bursts are remembered is
/// chosen outside: asking here would cost every burst.
template <bool kRemember>
bool TimingModel::serve() {
  uint64_t ready = kNever;
  for (const Request& request : requests_) ready = std::min(ready, request.ready);
  if (ready == kNever) return false;
  uint64_t cycle = port_.open_from(ready);
  size_t first = requests_.size();
  for (size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].ready > cycle) continue;
    if (first == requests_.size() || requests_[i].reader < requests_[first].reader) first = i;
  }
  Request& request = requests_[first];
  request.ready = kNever;
  uint64_t others = kNever;
  for (const Request& other : requests_) others = std::min(others, other.ready);
  // Its next bursts too, until another request could be as early.
  do {
    const ReadPort::Arrival arrival = port_.issue(cycle, request.bursts.take());
    if constexpr (kRemember) bursts_.push_back({request.reader, cycle, arrival.first, arrival.last});
    request.padding.pass(arrival.first, arrival.last);
    request.last = arrival.last;
    if (request.bursts.empty()) {
      complete(first);
      return true;
    }
    request.ready = cycle + kBetweenBursts;
    cycle = port_.open_from(request.ready);
  } while (cycle < others);
  return true;
}

void TimingModel::complete(size_t requester) {
  Request& request = requests_[requester];
  request.ready = kNever;
  const auto engine = static_cast<Engine>(requester);
  if (engine == Engine::fetch) {
    const uint64_t there = request.last + kDispatchDelay;
    counters(engine).busy += there - dispatch_cycle_;
    if (keep_ != History::none) fetches_.push_back({dispatch_cycle_, there});
    dispatch_cycle_ = there;
    return dispatch();
  }
  if (engine == Engine::load)
    complete_load<Engine::load>();
  else
    complete_load<Engine::compute>();
}

template <Engine kEngine>
void TimingModel::complete_load() {
  EngineState& self = state(kEngine);
  Request& request = requests_[static_cast<size_t>(kEngine)];
  const bool uops = kEngine == Engine::compute && request.reader == Reader::uop;
  if (uops) uops_.execute(decode_copy(words_of(self.at(self.head).position)));
  const uint64_t beats_end = request.last + (uops ? kAfterUopLoad : kAfterLoad);
  const auto padded = request.padding.finish();
  finish_instruction<kEngine>(padded ? std::max(beats_end, *padded + kAfterPadding) : beats_end);
  self.runnable = true;
}

void TimingModel::trap(uint64_t cycle, size_t position, const std::string& what) {
  latest_ = std::max(latest_, cycle);
  if (!trap_ || cycle < trap_->cycle) trap_ = Trap{cycle, describe(position) + ": " + what};
}

void TimingModel::conclude() {
  const auto check = [&](const TokenQueue& queue, Engine sender, Engine receiver) {
    if (const auto lost = queue.lost()) lose(sender, receiver, *lost);
  };
  check(load_to_compute_, Engine::load, Engine::compute);
  check(compute_to_load_, Engine::compute, Engine::load);
  check(compute_to_store_, Engine::compute, Engine::store);
  check(store_to_compute_, Engine::store, Engine::compute);
  for (const Engine engine : {Engine::load, Engine::compute, Engine::store})
    counters_.instructions += counters(engine).instructions;
  outcome_.counters = counters_;
  outcome_.counters.cycles = finish_.value_or(latest_);
  if (trap_) {
    outcome_.counters.cycles = trap_->cycle;
    outcome_.stop = Stop::trapped;
    outcome_.message = std::move(trap_->message);
    if (keep_ != History::none) outcome_.counters = counters_until(trap_->cycle);
    return;
  }
  bool idle = next_ == launch_.instructions.size();
  for (const EngineState& engine : engines_) idle = idle && engine.head == engine.queued;
  if (idle && finish_) return;
  outcome_.stop = Stop::hung;
  outcome_.message = idle ? fmt::format("the stream of {} ended without FINISH; {}",
                                        counted(launch_.instructions.size(), "instruction"), states_text())
                          : states_text();
  if (keep_ == History::none) return;
  outcome_.counters = counters_until(latest_);
  outcome_.counters.cycles = finish_.value_or(latest_);
}

}  // namespace tamis::vta

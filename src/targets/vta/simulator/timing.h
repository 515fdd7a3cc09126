#pragma once

#include "targets/vta/isa/instruction.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/checks.h"
#include "targets/vta/simulator/data_path.h"
#include "targets/vta/simulator/read_port.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/simulator/token_queue.h"
#include "targets/vta/simulator/transfer.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::vta {

/// FETCH, LOAD, COMPUTE, STORE.
std::string_view name_of(Engine engine);
/// Which engine runs an instruction: LOAD inp and wgt loads, STORE all stores, COMPUTE everything else.
inline Engine engine_of(const EncodedInstruction& words) {
  if (words.opcode() == Opcode::store) return Engine::store;
  if (words.opcode() != Opcode::load) return Engine::compute;
  return words.memory() == Memory::inp || words.memory() == Memory::wgt ? Engine::load : Engine::compute;
}

/// When an instruction ran.
struct Scheduled {
  uint32_t position = 0;  ///< in the stream
  uint64_t visible = 0;   ///< the first cycle in which its engine sees it
  uint64_t begin = 0;     ///< the first cycle in which its engine is busy with it
  uint64_t end = 0;       ///< the first in which the engine is idle again
};

/// Micro-ops that a loop nest runs.
template <class Nest>
uint64_t micro_ops(const Nest& nest) {
  if (nest.uop_begin >= nest.uop_end) return 0;
  return uint64_t{nest.uop_end - nest.uop_begin} * nest.iter_out * nest.iter_in;
}

/// A burst that was read.
struct ReadBurst {
  Reader reader = Reader::fetch;
  uint64_t issued = 0;           ///< the cycle of its issue
  uint64_t first = 0, last = 0;  ///< the cycles of its beats
};

/// What a TimingModel remembers.
enum class History : uint8_t { none, instructions, bursts_too };

/// When every instruction of a launch runs: an exact event model of the Chisel RTL (docs/explanation/
/// vta-timing has the rules). Engines meet only at token queues and at the read port, so each runs ahead by
/// itself until it waits for a token, an instruction or the port; the port then serves the earliest request.
/// An engine that waits cannot make an earlier request, because what it waits for comes of one that the port
/// has not served yet.
///
/// Every instruction is checked when it starts (Checks); uop loads take effect, nothing else does. Not thread
/// safe.
class [[gnu::visibility("hidden")]] TimingModel {
 public:
  static constexpr size_t kQueueCapacity = 512;  ///< instructions before an engine

  /// Of what `keep` leaves out, history(), states_at(), counters_until() and bursts() know nothing; what it
  /// refers to must outlive it.
  TimingModel(const Hardware& hardware, const Launch& launch, Dram& dram, History keep);

  /// Runs the launch, once. Counters, stop and message are filled in. Where nothing is kept, the counters of
  /// a launch that did not finish go on behind its stop.
  SimulationOutcome run();
  /// What an engine ran to its end, in its order.
  const std::vector<Scheduled>& history(Engine engine) const { return state(engine).history; }
  /// What an engine was still to run when the launch ended, in its order; `begin` and `end` are 0. After
  /// run().
  std::vector<Scheduled> unfinished(Engine engine) const;
  /// All bursts in the order of their issue.
  const std::vector<ReadBurst>& bursts() const { return bursts_; }
  /// What every engine does in a cycle, as text; after run().
  std::string states_at(uint64_t cycle) const;
  /// What had happened when a cycle began, from 0: cycles in which an engine was busy or stalled, and the
  /// micro-ops and bytes of the instructions that had ended. After run().
  Counters counters_until(uint64_t cycle) const;

 private:
  static constexpr uint64_t kNever = ~uint64_t{0};
  /// An instruction that waits before its engine, runs, or was there kQueueCapacity instructions ago at most.
  struct Queued {
    uint64_t visible;  ///< as in Scheduled
    uint64_t end;      ///< once it ended
    uint32_t position;
  };
  /// Loads of an engine, or FETCH, at the port.
  struct Request {
    uint64_t ready = kNever;  ///< the earliest issue of its next burst
    Reader reader = Reader::fetch;
    uint64_t last = 0;  ///< when its last beat so far arrives
    RowBursts bursts;
    PaddingWriter padding;
  };
  struct EngineState {
    std::unique_ptr<Queued[]> queue;  ///< by number, modulo kQueueCapacity
    size_t queued = 0;                ///< instructions dispatched to it
    size_t head = 0;                  ///< the number of the one that it runs or waits to run
    uint64_t idle = 0;                ///< since when it is
    uint64_t begin = 0;               ///< of the head, where it runs
    bool running = false;             ///< the head, which waits for its beats
    bool stopped = false;             ///< by a trap
    bool runnable = false;
    std::vector<Scheduled> history;

    Queued& at(size_t number) { return queue[number % kQueueCapacity]; }
    const Queued& at(size_t number) const { return queue[number % kQueueCapacity]; }
  };
  struct Trap {
    uint64_t cycle = 0;
    std::string message;
  };
  /// Cycles [begin, end).
  struct Stretch {
    uint64_t begin = 0, end = 0;
  };

  EngineState& state(Engine engine) { return engines_[static_cast<size_t>(engine)]; }
  const EngineState& state(Engine engine) const { return engines_[static_cast<size_t>(engine)]; }
  EngineCounters& counters(Engine engine) { return counters_.engines[static_cast<size_t>(engine)]; }
  const EncodedInstruction& words_of(size_t position) const { return launch_.instructions[position]; }
  MemoryInstruction decode_copy(const EncodedInstruction& words) const {
    MemoryInstruction memory = codec_.decode_memory(words);
    adapt(memory, hardware_.design);
    return memory;
  }

  void request_batch(uint64_t cycle);
  void dispatch();
  bool wait_for_room(Engine engine);
  template <Engine kEngine>
  void advance();
  template <Engine kEngine>
  bool take_tokens(const EncodedInstruction& words, uint64_t& cycle);
  template <Engine kEngine>
  void start(const EncodedInstruction& words);
  template <Engine kEngine>
  void start_copy(const MemoryInstruction& memory);
  template <Engine kEngine>
  void finish_instruction(uint64_t end);
  void request_load(Engine engine, const MemoryInstruction& memory);
  uint64_t store_cycles(const MemoryInstruction& memory, uint64_t begin);
  void stop(Engine engine, const std::string& what);
  template <Engine kSender, Engine kReceiver>
  void push(TokenQueue & queue, Token token);
  template <Engine kSender, Engine kReceiver>
  void pop(TokenQueue & queue, uint64_t cycle);
  void lose(Engine sender, Engine receiver, const Token& token);
  template <bool kRemember>
  bool serve();
  void complete(size_t requester);
  template <Engine kEngine>
  void complete_load();
  void count(Counters & total, const MemoryInstruction& memory) const;
  void count(Counters & total, const EncodedInstruction& words) const;
  EngineCounters engine_until(Engine engine, uint64_t cycle, Counters & total) const;
  EngineCounters fetch_until(uint64_t cycle) const;
  void trap(uint64_t cycle, size_t position, const std::string& what);
  void conclude();
  std::string describe(size_t position) const;
  std::string fetch_text() const;
  std::string waiting_text(Engine engine) const;
  std::string state_text(Engine engine, uint64_t cycle) const;
  std::string states_text() const;

  const Hardware& hardware_;
  const Launch& launch_;
  const Codec codec_;
  const History keep_;
  std::array<uint64_t, 6> element_bytes_{};  // of memories, by their codes
  DataPath uops_;                            // nothing but uops
  Checks checks_;
  ReadPort port_;
  std::array<EngineState, kEngines> engines_;     // FETCH's has no queue
  std::array<Request, kEngines - 1> requests_{};  // STORE makes none
  TokenQueue load_to_compute_, compute_to_load_, compute_to_store_, store_to_compute_;
  size_t batch_end_ = 0;         // instructions of whole batches that have arrived
  size_t next_ = 0;              // the instruction that FETCH dispatches next
  uint64_t dispatch_cycle_ = 0;  // the earliest for it
  std::optional<Engine> full_;   // the engine whose queue FETCH waits for
  std::optional<uint64_t> finish_;
  std::optional<Trap> trap_;  // the earliest
  uint64_t latest_ = 0;       // the last cycle in which anything happened
  Counters counters_;
  SimulationOutcome outcome_;
  std::vector<ReadBurst> bursts_;
  std::vector<Stretch> fetches_;     // in which FETCH reads a batch, where histories are kept
  std::vector<Stretch> room_waits_;  // likewise, in which it waits for room in a queue that had room later
};

}  // namespace tamis::vta

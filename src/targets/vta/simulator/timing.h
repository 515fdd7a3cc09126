#pragma once

#include "targets/vta/isa/instruction.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/data_path.h"
#include "targets/vta/simulator/read_port.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/simulator/transfer.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::vta {

/// FETCH, LOAD, COMPUTE, STORE.
std::string_view name_of(Engine engine);
/// Which engine runs an instruction: LOAD inp and wgt loads, STORE all stores, COMPUTE everything else.
Engine engine_of(const Instruction& instruction);
const Dependencies& flags_of(const Instruction& instruction);
/// Micro-ops that a loop nest runs.
template <class Nest>
uint64_t micro_ops(const Nest& nest) {
  if (nest.uop_begin >= nest.uop_end) return 0;
  return uint64_t{nest.uop_end - nest.uop_begin} * nest.iter_out * nest.iter_in;
}

/// An instruction that its engine has, and when it ran.
struct Scheduled {
  uint32_t position = 0;  ///< in the stream
  uint64_t visible = 0;   ///< the first cycle in which its engine sees it
  uint64_t begin = 0;     ///< the first cycle in which its engine is busy with it
  uint64_t end = 0;       ///< the first in which the engine is idle again
};

/// When every instruction of a launch runs: an exact event model of the Chisel RTL (docs/explanation/
/// vta-timing has the rules). Engines meet only at token queues and at the read port, so each runs ahead by
/// itself until it waits for a token, an instruction or the port; the port then serves the earliest request.
/// An engine that waits cannot make an earlier request, because what it waits for comes of one that the port
/// has not served yet.
///
/// Every instruction is checked when it starts (find_trap); uop loads take effect, nothing else does.
class TimingModel {
 public:
  TimingModel(const Hardware& hardware, const Launch& launch, Dram& dram);

  /// Runs the launch. Counters, stop and message are filled in.
  SimulationOutcome run();
  /// What an engine was given, in its order; the first ended(engine) of them ran to their end.
  const std::vector<Scheduled>& instructions(Engine engine) const { return state(engine).queue; }
  size_t ended(Engine engine) const { return state(engine).head; }
  /// The instruction at a position that an engine was given.
  const Instruction& instruction(size_t position) const { return decoded_[position]; }
  /// What every engine does in a cycle, as text; after run().
  std::string states_at(uint64_t cycle) const;

 private:
  /// Loads of an engine, or FETCH, at the port.
  struct Request {
    bool pending = false;
    Reader reader = Reader::fetch;
    uint64_t ready = 0;  ///< the earliest issue of its next burst
    uint64_t last = 0;   ///< when its last beat so far arrives
    RowBursts bursts;
    PaddingWriter padding;
  };
  struct EngineState {
    std::vector<Scheduled> queue;
    size_t head = 0;       ///< the instruction that the engine runs or waits to run
    uint64_t idle = 0;     ///< since when it is
    bool running = false;  ///< the head, which waits for its beats
    bool stopped = false;  ///< by a trap
    bool runnable = false;
  };
  /// A token, from the cycle in which it can be popped on.
  struct Token {
    uint64_t cycle = 0;
    uint32_t position = 0;  ///< of the instruction that pushed it
  };
  /// Tokens from one engine to another. The receiver may be behind the sender in simulated time.
  struct TokenQueue {
    Engine sender, receiver;
    std::vector<Token> pushed;
    std::vector<uint64_t> popped;  ///< when
    bool empty() const { return pushed.size() == popped.size(); }
    uint64_t next() const { return pushed[popped.size()].cycle; }
  };
  struct Trap {
    uint64_t cycle = 0;
    std::string message;
  };

  EngineState& state(Engine engine) { return engines_[static_cast<size_t>(engine)]; }
  const EngineState& state(Engine engine) const { return engines_[static_cast<size_t>(engine)]; }
  EngineCounters& counters(Engine engine) { return outcome_.counters.engines[static_cast<size_t>(engine)]; }
  Request& request_of(Engine engine) { return requests_[static_cast<size_t>(engine)]; }

  void request_batch(uint64_t cycle);
  void dispatch();
  void advance(Engine engine);
  std::optional<uint64_t> take_tokens(Engine engine, const Dependencies& flags, uint64_t ready);
  void start(Engine engine, const Instruction& instruction, uint64_t begin);
  void request_load(Engine engine, const MemoryInstruction& memory, uint64_t begin);
  uint64_t store_cycles(const MemoryInstruction& memory, uint64_t begin);
  void finish_instruction(Engine engine, uint64_t end);
  void give_tokens(Engine engine, const Dependencies& flags, uint64_t cycle);
  void push(TokenQueue& queue, uint64_t cycle);
  void pop(TokenQueue& queue, uint64_t cycle);
  void check_waiting(const TokenQueue& queue, size_t newest);
  void overflow(const TokenQueue& queue, size_t newest);
  bool serve();
  void complete(size_t requester);
  void count(const Instruction& instruction);
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
  Dram& dram_;
  DataPath uops_;  // nothing but uops
  ReadPort port_;
  std::vector<Instruction> decoded_;
  std::array<EngineState, kEngines> engines_;  // FETCH's has no queue
  std::array<Request, kEngines> requests_;     // STORE makes none
  TokenQueue load_to_compute_{Engine::load, Engine::compute, {}, {}};
  TokenQueue compute_to_load_{Engine::compute, Engine::load, {}, {}};
  TokenQueue compute_to_store_{Engine::compute, Engine::store, {}, {}};
  TokenQueue store_to_compute_{Engine::store, Engine::compute, {}, {}};
  size_t batch_end_ = 0;         // instructions of whole batches that have arrived
  size_t next_ = 0;              // the instruction that FETCH dispatches next
  uint64_t dispatch_cycle_ = 0;  // the earliest for it
  std::optional<Engine> full_;   // the engine whose queue FETCH waits for
  std::optional<uint64_t> finish_;
  std::optional<Trap> trap_;  // the earliest
  uint64_t latest_ = 0;       // the last cycle in which anything happened
  SimulationOutcome outcome_;
};

}  // namespace tamis::vta

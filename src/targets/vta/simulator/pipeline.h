#pragma once

#include "targets/vta/simulator/data_path.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/simulator/transfer.h"

#include <array>
#include <cstdint>
#include <deque>
#include <string>

namespace tamis::vta {

/// The four engines in simulated time. Every engine has at most one event ahead of it; run() always takes the
/// earliest.
///
///     FETCH ──► queue ──► LOAD      waiting ──► transferring (bursts) ──► ending
///           ──► queue ──► COMPUTE   waiting ──► (bursts, or the pipeline)  ──► ending
///           ──► queue ──► STORE     waiting ──► transferring (bursts) ──► ending
///
/// An instruction is checked when it starts and has its whole effect when it ends. Ties go to LOAD, COMPUTE,
/// STORE, FETCH.
class Pipeline {
 public:
  Pipeline(const Hardware& hardware, Launch& launch, const SimulationOptions& options);
  SimulationOutcome run();

 private:
  static constexpr uint64_t kNever = ~uint64_t{0};
  enum class Phase { waiting, transferring, ending };
  enum class FetchPhase { reading, dispatching, done };

  struct Queued {
    size_t position;
    uint64_t available;  ///< the earliest start
    Instruction instruction;
  };
  struct EngineState {
    std::deque<Queued> queue;  ///< its head is what the engine works on
    Phase phase = Phase::waiting;
    uint64_t next = kNever;  ///< when its next event is due
    uint64_t ready = 0;      ///< since when the head could have started but for tokens
    uint64_t started = 0, port_wait = 0;
    Bursts bursts;
    uint64_t tokens_from_prev = 0, tokens_from_next = 0;
  };

  EngineState& state(Engine engine) { return engines_[static_cast<size_t>(engine)]; }
  EngineCounters& counters(Engine engine) { return outcome_.counters.engines[static_cast<size_t>(engine)]; }

  void step(Engine engine);
  void start_fetch_of_next();
  void read_instruction();
  void dispatch();
  void enqueue(Engine engine, Instruction instruction);
  void start(Engine engine);
  void begin_work(EngineState& engine, const Instruction& instruction);
  void transfer(Engine engine);
  void finish_instruction(Engine engine);
  void wake(Engine engine);
  bool take_tokens(Engine engine, const Dependencies& flags);
  void give_tokens(Engine engine, const Dependencies& flags);
  void count(const Instruction& instruction);
  void trap(size_t position, const std::string& what);
  void conclude();
  std::string hang_message();
  std::string waiting_text(Engine engine);
  std::string describe(size_t position) const;

  const Hardware& hardware_;
  const Launch& launch_;
  const Codec codec_;
  Timing timing_;
  uint64_t max_cycles_;
  Dram dram_;
  DataPath data_path_;
  MemoryPort port_;
  std::array<EngineState, kEngines> engines_;
  FetchPhase fetch_phase_ = FetchPhase::reading;
  size_t fetch_position_ = 0;
  bool fetch_blocked_ = false;
  uint64_t fetch_blocked_since_ = 0;
  Engine fetch_target_ = Engine::load;  ///< whose queue FETCH waits for when it is blocked
  uint64_t now_ = 0;
  bool finish_seen_ = false, stopped_ = false;
  SimulationOutcome outcome_;
};

/// Which engine runs an instruction: LOAD inp and wgt loads, STORE all stores, COMPUTE everything else.
Engine engine_of(const Instruction& instruction);
/// The timing with every parameter brought between its least sensible value and 2^20, so that no sum can
/// overflow.
Timing within_bounds(Timing timing);

}  // namespace tamis::vta

#pragma once

#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/simulator/timing.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tamis::vta {

/// What an engine does in a cycle: it works, up to `finish`, or is idle.
enum class Activity : uint8_t {
  start,     ///< FETCH reads the first batch of instructions
  fetch,     ///< FETCH reads another batch
  dispatch,  ///< FETCH hands an instruction to its engine
  inp,       ///< LOAD
  wgt,       ///< LOAD
  uop,       ///< COMPUTE loads micro-ops
  acc,       ///< COMPUTE loads accumulators: biases
  gemm,      ///< COMPUTE
  reset,     ///< COMPUTE clears accumulators
  shr,       ///< ALU operations of COMPUTE, from here ...
  add,
  min,
  max,
  mul,           ///< ... to here
  store,         ///< STORE
  tokens,        ///< an instruction that moves and computes nothing, but may pop and push tokens
  finish,        ///< COMPUTE
  take,          ///< the engine is idle and takes the instruction that it begins in the next cycle
  wait_fetch,    ///< no instruction is there
  wait_load,     ///< for a token of LOAD, the last one to come where it needs two
  wait_compute,  ///< for a token of COMPUTE
  wait_store,    ///< for a token of STORE
  wait_room,     ///< FETCH waits for a place in the queue of an engine
  done,          ///< nothing is left to do
};
inline constexpr size_t kActivities = 24;

/// `GEMM`, `shr`, `waits for LOAD`, ...
std::string_view name_of(Activity activity);
/// A letter for it in a text: upper case for work, lower case for waiting, `.` for done.
char letter_of(Activity activity);
inline bool is_work(Activity activity) { return activity < Activity::take; }

/// Cycles that go to one activity.
struct Effort {
  uint64_t instructions = 0;  ///< of FETCH's start and fetch: batches
  uint64_t cycles = 0;
  /// Of these, cycles with something to show: micro-ops (two cycles each for an ALU operation on two
  /// tensors), beats that arrive, 3 a tile that is stored, dispatches.
  uint64_t useful = 0;
  uint64_t others = 0;  ///< of these, of whoever reads: beats of other readers arrive
  /// The rest: latency of the memory, pipelines that fill, padding.
  uint64_t overhead() const { return cycles - useful - others; }
};
using Efforts = std::array<std::array<Effort, kActivities>, kEngines>;  ///< by engine and activity

/// What could be made shorter.
enum class Part : uint8_t {
  epilogue,   ///< reset and ALU operations
  loads,      ///< of inp and wgt
  biases,     ///< loads of acc
  micro_ops,  ///< loads of uop
  stores,
  pipelines,     ///< what GEMM and ALU instructions take beside their micro-ops
  instructions,  ///< fetch and dispatch, but for the start
  launch,        ///< the start
  tokens,        ///< instructions that only carry tokens
};
inline constexpr size_t kParts = 9;
/// `reset and ALU`, `loads of inp and wgt`, ...
std::string_view name_of(Part part);

/// Cycles [begin, end) of an engine.
struct Span {
  Activity activity = Activity::done;
  Engine engine = Engine::fetch;
  uint64_t begin = 0, end = 0;
};

/// Where the cycles of a launch go. An immutable value.
struct Timeline {
  Stop stop = Stop::finished;
  uint64_t cycles = 0;  ///< as Counters::cycles
  /// When all engines are idle for good; `cycles` of a launch that trapped; of one that hangs a little later
  /// than anything happens, so that rows show what the engines wait for.
  uint64_t end = 0;
  uint64_t gemm_uops = 0;
  /// For each engine spans that cover [0, end), in their order.
  std::array<std::vector<Span>, kEngines> rows;
  Efforts efforts{};                ///< sums over the rows; those of an engine add up to `end`
  std::vector<ReadBurst> bursts;    ///< of the read port
  std::array<uint64_t, 5> beats{};  ///< cycles in which the read port is busy, by Reader; up to `end`
  /// Spans that cover [0, cycles): back from the end through what each instruction waited for, its engine's
  /// instruction before it, the one that pushed its token, or FETCH. A shorter program shortens one of these.
  std::vector<Span> path;
  Efforts path_efforts{};  ///< sums over the path; all together they add up to `cycles`
  /// By Part, how many cycles fewer the launch would take if that part took none at all and everything else
  /// as long as it did: the most that any work on the part can gain. 0 for a launch that did not finish.
  std::array<uint64_t, kParts> savings{};
  uint64_t first_gemm = 0, last_gemm = 0;  ///< when the first begins and the last ends; 0 without any

  uint64_t saving(Part part) const { return savings[static_cast<size_t>(part)]; }
  const Effort& effort(Engine engine, Activity activity) const {
    return efforts[static_cast<size_t>(engine)][static_cast<size_t>(activity)];
  }
  const Effort& on_path(Engine engine, Activity activity) const {
    return path_efforts[static_cast<size_t>(engine)][static_cast<size_t>(activity)];
  }
};

/// Times a launch, as simulate() does without SimulationOptions::max_cycles, and keeps what happened; DRAM is
/// left as it was. Of a launch that hangs or traps, up to where it got, with what the engines wait for then.
/// A stream that is longer than its buffer has an empty timeline. Thread safe for different launches.
Timeline make_timeline(const Hardware& hardware, Launch& launch);

/// What the engine of a row does for most of each of `columns` equal parts of [from, to); fewer parts where
/// there are fewer cycles. `row` covers [from, to).
std::vector<Activity> dominant(const std::vector<Span>& row, uint64_t from, uint64_t to, size_t columns);

}  // namespace tamis::vta

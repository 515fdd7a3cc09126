#include "targets/vta/simulator/simulator.h"

#include "targets/vta/simulator/checks.h"
#include "targets/vta/simulator/timing.h"
#include "targets/vta/simulator/transfer.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

/// An instruction that does what no board allows, and when it would have begun.
struct DataTrap {
  uint64_t cycle = 0;
  std::string message;
};

/// The effects of all instructions that ended until a cycle, in the order in which they did. What they stored
/// may be uops, which the timing has not seen: those are checked again.
std::optional<DataTrap> run_data(const Hardware& hardware, const Launch& launch, const TimingModel& timing,
                                 uint64_t until, Dram& dram) {
  const Codec codec(hardware);
  DataPath data_path(hardware, codec, dram, true);
  const Checks checks(hardware, data_path.uops(), dram);
  constexpr std::array<Engine, 3> kOrder = {Engine::load, Engine::compute, Engine::store};
  std::array<size_t, 3> done{};
  for (;;) {
    const Scheduled* first = nullptr;
    size_t of = 0;
    for (size_t i = 0; i < kOrder.size(); ++i) {
      const std::vector<Scheduled>& history = timing.history(kOrder[i]);
      if (done[i] == history.size()) continue;
      const Scheduled& next = history[done[i]];
      if (first != nullptr && first->end <= next.end) continue;
      first = &next;
      of = i;
    }
    if (first == nullptr || first->end > until) return std::nullopt;
    ++done[of];
    Instruction instruction = codec.decode(launch.instructions[first->position]).value();
    if (auto* memory = std::get_if<MemoryInstruction>(&instruction)) {
      adapt(*memory, hardware.design);
    } else {
      if (auto what = checks.find_trap(instruction))
        return DataTrap{first->begin - 1, fmt::format("instruction {}: {}", first->position, *what)};
    }
    data_path.execute(instruction);
  }
}

}  // namespace

Features to_features(const Counters& counters) {
  Features features;
  const auto set = [&](std::string name, uint64_t value) {
    features.set(std::move(name), static_cast<double>(value));
  };
  set("cycles", counters.cycles);
  set("instructions", counters.instructions);
  set("gemm_uops", counters.gemm_uops);
  set("reset_uops", counters.reset_uops);
  set("alu_uops", counters.alu_uops);
  set("inp_bytes", counters.inp_bytes);
  set("wgt_bytes", counters.wgt_bytes);
  set("acc_bytes", counters.acc_bytes);
  set("uop_bytes", counters.uop_bytes);
  set("out_bytes", counters.out_bytes);
  constexpr std::array<const char*, kEngines> kEngineNames = {"fetch", "load", "compute", "store"};
  for (size_t i = 0; i < kEngines; ++i) {
    set(std::string(kEngineNames[i]) + "_busy", counters.engines[i].busy);
    set(std::string(kEngineNames[i]) + "_stall", counters.engines[i].stall);
    set(std::string(kEngineNames[i]) + "_instructions", counters.engines[i].instructions);
  }
  return features;
}

SimulationOutcome simulate(const Hardware& hardware, Launch& launch, const SimulationOptions& options) {
  SimulationOutcome outcome;
  if (launch.instructions.size() > hardware.max_instructions) {
    outcome.stop = Stop::trapped;
    outcome.message = fmt::format("the stream has {} instructions, more than its buffer holds ({})",
                                  launch.instructions.size(), hardware.max_instructions);
    return outcome;
  }
  Dram dram(launch.buffers);
  auto timing = std::make_unique<TimingModel>(hardware, launch, dram,
                                              options.functional ? History::instructions : History::none);
  outcome = timing->run();
  const bool late = outcome.counters.cycles > options.max_cycles;
  if (!options.functional && (late || outcome.stop != Stop::finished)) {
    // Only a history tells what had happened when the launch stopped.
    timing = std::make_unique<TimingModel>(hardware, launch, dram, History::instructions);
    outcome = timing->run();
  }
  if (late) {
    outcome.stop = Stop::timeout;
    outcome.counters = timing->counters_until(options.max_cycles);
    outcome.message = fmt::format("given up after {} cycles: {}", options.max_cycles,
                                  timing->states_at(options.max_cycles));
  }
  if (!options.functional) return outcome;
  // What was cut off has no effects later.
  const bool cut = outcome.stop == Stop::trapped || outcome.stop == Stop::timeout;
  const uint64_t until = cut ? outcome.counters.cycles : ~uint64_t{0};
  if (auto what = run_data(hardware, launch, *timing, until, dram); what && outcome.stop == Stop::finished) {
    outcome.stop = Stop::trapped;
    outcome.counters = timing->counters_until(what->cycle);
    outcome.message = std::move(what->message);
  }
  return outcome;
}

}  // namespace tamis::vta

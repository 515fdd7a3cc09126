// The simulator against the reference interpreter on random programs that are synchronised so that order is
// fixed.
#include "targets/vta/simulator/reference_interpreter.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/simulator/stream_maker.h"

#include <cstdio>
#include <map>

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

enum class Unit { load, compute, store };

Unit unit_of(const Instruction& instruction) {
  const auto* memory = std::get_if<MemoryInstruction>(&instruction);
  if (memory == nullptr) return Unit::compute;
  if (memory->is_store) return Unit::store;
  return memory->memory == Memory::inp || memory->memory == Memory::wgt ? Unit::load : Unit::compute;
}

Dependencies& flags_of(Instruction& instruction) {
  return std::visit([](auto& any) -> Dependencies& { return any.dependencies; }, instruction);
}

/// Moves nothing: carries tokens from and to COMPUTE.
Instruction nothing() {
  MemoryInstruction load;
  load.memory = Memory::acc;
  return load;
}

/// Adds a token between every two neighbours of different engines, so that nothing overlaps.
std::vector<Instruction> serialised(const std::vector<Instruction>& plain) {
  std::vector<Instruction> all;
  for (const auto& instruction : plain) {
    const bool between_ends = !all.empty() && unit_of(all.back()) != unit_of(instruction) &&
                              unit_of(all.back()) != Unit::compute && unit_of(instruction) != Unit::compute;
    if (between_ends) all.push_back(nothing());  // LOAD and STORE only meet through COMPUTE
    all.push_back(instruction);
    flags_of(all.back()) = {};
  }
  for (size_t i = 1; i < all.size(); ++i) {
    const Unit from = unit_of(all[i - 1]), to = unit_of(all[i]);
    if (from == to) continue;
    (from < to ? flags_of(all[i - 1]).push_next : flags_of(all[i - 1]).push_prev) = true;
    (from < to ? flags_of(all[i]).pop_prev : flags_of(all[i]).pop_next) = true;
  }
  return all;
}

struct RunCounts {
  int finished = 0, trapped = 0;
};
using CountsByDesign = std::map<std::string, RunCounts>;

void compare(const Hardware& hardware, uint64_t seed, CountsByDesign& counts) {
  Random random(seed);
  Launch launch = random_launch(hardware, {}, random);
  std::vector<Instruction> plain;
  for (uint64_t length = 2 + random.below(10); length > 0; --length) {
    const auto instruction = plausible_instruction(hardware, random);
    if (!std::holds_alternative<FinishInstruction>(instruction)) plain.push_back(instruction);
  }
  plain.push_back(FinishInstruction{});
  const auto program = serialised(plain);
  const Codec codec(hardware);
  launch.instructions.clear();
  for (const auto& instruction : program) launch.instructions.push_back(codec.encode(instruction));

  ReferenceInterpreter reference(hardware, launch.buffers);
  const bool allowed = reference.run(program);
  const auto outcome = simulate(hardware, launch, {});
  ASSERT_EQ(outcome.stop, allowed ? Stop::finished : Stop::trapped)
      << to_string(hardware.design) << " seed " << seed << ": " << outcome.message;
  for (size_t i = 0; i < launch.buffers.size(); ++i)
    ASSERT_EQ(launch.buffers[i].bytes, reference.buffers()[i].bytes)
        << to_string(hardware.design) << " seed " << seed;
  RunCounts& of_design = counts[std::string(to_string(hardware.design))];
  ++(allowed ? of_design.finished : of_design.trapped);
}

TEST(Differential, SimulatorEqualsTheReferenceInterpreter) {
  CountsByDesign counts;
  for (Hardware hardware : fuzz_devices()) {
    hardware.max_instructions = 1000;
    for (uint64_t seed = 1; seed <= 3000 && !HasFatalFailure(); ++seed) compare(hardware, seed, counts);
  }
  // The comparison means something only if many programs get to their end.
  EXPECT_EQ(counts.size(), 3u);
  for (const auto& [design, count] : counts) {
    std::printf("%s: %d programs finished, %d trapped\n", design.c_str(), count.finished, count.trapped);
    EXPECT_GT(count.finished, 1000) << design;
    EXPECT_GT(count.trapped, 1000) << design;
  }
}

TEST(Differential, AlsoOnTheDefaultDevice) {
  CountsByDesign counts;
  for (const char* design : {"chisel", "hls", "fsim"}) {
    const Hardware hardware = find_hardware(design).value();
    for (uint64_t seed = 1; seed <= 200 && !HasFatalFailure(); ++seed) compare(hardware, seed, counts);
    EXPECT_GT(counts[design].finished, 30) << design;
  }
}

}  // namespace
}  // namespace tamis::vta

// How many tokens of a generated program wait in a queue at most, however fast or slow each engine is: what
// is said of a plan, against what must have happened before what in its stream.

#include "targets/vta/codegen/codegen.h"
#include "targets/vta/codegen/plan.h"
#include "targets/vta/codegen/token_bound.h"
#include "targets/vta/schedule/schedule.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/vta_testing.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

constexpr size_t kLoad = 0, kCompute = 1, kStore = 2;

/// For each engine, how many of its instructions have ended for certain.
using Clock = std::array<size_t, 3>;

/// Follows what must have happened before what, without times.
class TokenBound {
 public:
  explicit TokenBound(const std::vector<EncodedInstruction>& instructions) {
    for (const EncodedInstruction& words : instructions) add(words);
    for (bool any = true; any;) {
      any = false;
      for (size_t engine = 0; engine < 3; ++engine)
        while (step(engine)) any = true;
    }
  }

  /// Of tokens that wait in one queue.
  size_t most() const { return most_; }
  bool ended() const {
    return next_[0] == streams_[0].size() && next_[1] == streams_[1].size() && next_[2] == streams_[2].size();
  }

 private:
  static size_t engine_of(const EncodedInstruction& words) {
    if (words.opcode() == Opcode::store) return kStore;
    const bool loads = words.opcode() == Opcode::load;
    return loads && (words.memory() == Memory::inp || words.memory() == Memory::wgt) ? kLoad : kCompute;
  }

  void add(const EncodedInstruction& words) {
    const size_t engine = engine_of(words);
    const Dependencies flags = words.dependencies();
    streams_[engine].push_back(flags);
    for (size_t from = 0; from < 3; ++from) {
      std::vector<size_t>& popped = popped_[from][engine];
      if (popped.empty()) popped.push_back(0);
      const bool pops = from < engine ? flags.pop_prev : flags.pop_next;
      popped.push_back(popped.back() + (pops && neighbours(from, engine) ? 1 : 0));
    }
  }

  static bool neighbours(size_t one, size_t other) { return one + 1 == other || other + 1 == one; }

  bool step(size_t engine) {
    if (next_[engine] == streams_[engine].size()) return false;
    const Dependencies& flags = streams_[engine][next_[engine]];
    const bool previous = flags.pop_prev && engine > kLoad, next = flags.pop_next && engine < kStore;
    if (previous && queues_[engine - 1][engine].empty()) return false;
    if (next && queues_[engine + 1][engine].empty()) return false;
    if (previous) take(engine - 1, engine);
    if (next) take(engine + 1, engine);
    clocks_[engine][engine] = ++next_[engine];
    if (flags.push_prev && engine > kLoad) give(engine, engine - 1);
    if (flags.push_next && engine < kStore) give(engine, engine + 1);
    return true;
  }

  void take(size_t from, size_t engine) {
    for (size_t i = 0; i < 3; ++i)
      clocks_[engine][i] = std::max(clocks_[engine][i], queues_[from][engine].front()[i]);
    queues_[from][engine].pop_front();
  }

  void give(size_t engine, size_t to) {
    queues_[engine][to].push_back(clocks_[engine]);
    const std::vector<size_t>& popped = popped_[engine][to];
    const size_t certain = popped.empty() ? 0 : popped[clocks_[engine][to]];
    most_ = std::max(most_, ++pushed_[engine][to] - certain);
  }

  std::array<std::vector<Dependencies>, 3> streams_;
  std::array<std::array<std::vector<size_t>, 3>, 3> popped_;  // from, by: within the first n instructions
  std::array<std::array<std::deque<Clock>, 3>, 3> queues_;    // from, to
  std::array<std::array<size_t, 3>, 3> pushed_{};
  std::array<Clock, 3> clocks_{};
  std::array<size_t, 3> next_{};
  size_t most_ = 0;
};

struct Bounds {
  uint64_t of_plan = 0, of_stream = 0;
};

std::optional<Bounds> bounds_of(const Hardware& hardware, const Workload& workload, const Space& space,
                                const Config& config) {
  const BlockedWorkload blocked = block_workload(workload, hardware).value();
  const Generated generated = generate(hardware, workload, blocked, space, config, false);
  if (!generated.launch) return std::nullopt;
  const Schedule schedule = with_threads_that_work(make_schedule(space, config), blocked);
  const Footprint tile = footprint(blocked, schedule, workload.epilogue.bias).value();
  const Plan plan = make_plan(schedule, tile, blocked, hardware.max_instructions);
  const TokenBound stream(generated.launch->instructions);
  EXPECT_TRUE(stream.ended());
  return Bounds{most_waiting_tokens(plan, schedule.tile_b * schedule.tile_co), stream.most()};
}

TEST(Tokens, OfAPlanAreThoseOfItsStream) {
  size_t most = 0, programs = 0;
  for (const char* spec : {"conv2d:ci=32,h=8,w=8,co=32,k=3,pad=1", "dense:n=4,ci=64,co=128",
                           "conv2d_transpose:ci=16,h=4,w=4,co=16,k=4,stride=2,pad=1"}) {
    const Hardware hardware = testing::small_hardware();
    const Workload workload = testing::workload(spec);
    const Space space =
        schedule_space(workload, block_workload(workload, hardware).value(), SpaceKind::wide).value();
    for (uint64_t i = 0; i < space.size(); i += 37) {
      const auto bounds = bounds_of(hardware, workload, space, space.config(i));
      if (!bounds) continue;
      ASSERT_EQ(bounds->of_plan, bounds->of_stream) << space.describe(space.config(i));
      most = std::max<size_t>(most, bounds->of_plan);
      ++programs;
    }
  }
  std::printf("at most %zu tokens wait in a queue, in %zu programs\n", most, programs);
  EXPECT_GT(programs, 100u);
  EXPECT_GT(most, 4u);
}

/// A tile of 512 channel blocks, each handed to STORE by itself.
TEST(Tokens, ThatTheChiselDesignDoesNotCountAreRefused) {
  const Workload workload = testing::workload("dense:n=64,ci=16,co=512");
  const auto generated = [&](Design design, bool ignore_checks) {
    Hardware hardware;
    hardware.design = design;
    const BlockedWorkload blocked = block_workload(workload, hardware).value();
    const Space space = schedule_space(workload, blocked, SpaceKind::wide).value();
    const std::vector<std::string> knobs = {"tile_b=16", "tile_ci=1", "tile_co=32", "epilogue=block"};
    const Config config = space.parse(knobs).value();
    return generate(hardware, workload, blocked, space, config, ignore_checks);
  };
  const Generated refused = generated(Design::chisel, true);
  ASSERT_TRUE(refused.rejection);
  EXPECT_EQ(refused.rejection->verdict, Verdict::resource_exceeded);
  EXPECT_EQ(refused.rejection->message,
            "waiting tokens: 512 needed in a queue where STORE or LOAD is slow, 255 available");
  Hardware hardware;
  Launch launch = *refused.launch;
  SimulationOptions options;
  options.functional = false;
  EXPECT_EQ(simulate(hardware, launch, options).stop, Stop::trapped);
  EXPECT_FALSE(generated(Design::hls, false).rejection);
}

}  // namespace
}  // namespace tamis::vta

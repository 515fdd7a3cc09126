// What a config of ResNet-18 C2 costs: generating its program, simulating it for timing alone and on data.
// One run gives the ratios: bin/bench_vta_codegen.

#include "tamis/suite.h"
#include "targets/vta/codegen/artifact.h"
#include "targets/vta/codegen/codegen.h"
#include "targets/vta/schedule/schedule.h"
#include "targets/vta/simulator/simulator.h"

#include <benchmark/benchmark.h>

namespace {

using namespace tamis;
using namespace tamis::vta;

/// A layer with everything that its configs share.
struct Layer {
  Hardware hardware;
  Workload workload = (*resolve_workloads("resnet18.C2")).front();
  BlockedWorkload blocked = *block_workload(workload, hardware);
  Space space = *schedule_space(workload, blocked, SpaceKind::autotvm);
};

/// AutoTVM's best config of C2, a small one with many instructions, and one that the static checks reject.
enum : uint64_t { kBest = 828, kSmallTiles = 10, kRejected = 63 };

void generate_program(benchmark::State& state) {
  const Layer layer;
  const Config config = layer.space.config(static_cast<uint64_t>(state.range(0)));
  size_t instructions = 0;
  for (auto _ : state) {
    const Generated generated =
        generate(layer.hardware, layer.workload, layer.blocked, layer.space, config, false);
    instructions = generated.launch ? generated.launch->instructions.size() : 0;
    benchmark::DoNotOptimize(instructions);
  }
  state.counters["instructions"] = static_cast<double>(instructions);
}
BENCHMARK(generate_program)->Arg(kBest)->Arg(kSmallTiles)->Arg(kRejected)->Unit(benchmark::kMicrosecond);

void simulate_program(benchmark::State& state) {
  const Layer layer;
  const Config config = layer.space.config(static_cast<uint64_t>(state.range(0)));
  Generated generated = generate(layer.hardware, layer.workload, layer.blocked, layer.space, config, false);
  SimulationOptions options;
  options.functional = state.range(1) == 1;
  for (auto _ : state)
    benchmark::DoNotOptimize(simulate(layer.hardware, *generated.launch, options).counters.cycles);
  state.counters["GMAC/s"] =
      benchmark::Counter(static_cast<double>(multiply_accumulates(layer.workload)) / 1e9,
                         benchmark::Counter::kIsIterationInvariantRate);
  state.counters["instructions"] = static_cast<double>(generated.launch->instructions.size());
}
BENCHMARK(simulate_program)
    ->ArgNames({"config", "functional"})
    ->Args({kBest, 1})
    ->Args({kBest, 0})
    ->Args({kSmallTiles, 1})
    ->Args({kSmallTiles, 0})
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();

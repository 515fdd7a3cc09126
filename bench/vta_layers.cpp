// How fast a schedule space makes layers on VTA, by exact timing: bin/bench_vta_layers [--space wide]
// [--hardware DESIGN|FILE] WORKLOAD... Looks at every config of the space and prints the fewest cycles, the
// config, and their share of the layer's floor: its GEMM micro-ops and 5 cycles an output tile. No program is
// generated for a config that would keep COMPUTE alone busy for longer than the best takes.

#include "tamis/suite.h"
#include "targets/vta/codegen/codegen.h"
#include "targets/vta/schedule/schedule.h"
#include "targets/vta/simulator/simulator.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

using namespace tamis;
using namespace tamis::vta;

/// Cycles for each element of the output beside GEMM: reset, shift, bias, min and max.
constexpr int64_t kEpilogueCycles = 5;

struct Layer {
  Workload workload;
  BlockedWorkload blocked;
  Space space;

  int64_t output_tiles() const {
    return blocked.batch_blocks * blocked.total_co_blocks() * blocked.h.output() * blocked.w.output();
  }
  int64_t floor() const { return blocked.gemm_uops() + kEpilogueCycles * output_tiles(); }
};

struct Best {
  int64_t cycles = INT64_MAX;
  uint64_t index = 0;
  uint64_t simulated = 0;
};

/// Cycles that COMPUTE is busy for with a config, at least: its micro-ops, and 7 for each instruction.
int64_t bound_of(const Layer& layer, const Config& config) {
  const Schedule schedule = with_threads_that_work(make_schedule(layer.space, config), layer.blocked);
  const bool bias = layer.workload.epilogue.bias;
  const Result<Footprint> tile = footprint(layer.blocked, schedule, bias);
  if (!tile.ok()) return INT64_MAX;
  const int64_t tiles = tile->outer_b * tile->outer_h * tile->outer_w * tile->outer_co;
  const int64_t bias_cycles = !bias ? 0 : schedule.bias == BiasRoute::gemm ? 1 : 2;
  const int64_t blocks = schedule.finish_by_block ? schedule.tile_b * schedule.tile_co : 1;
  const int64_t instructions = tiles * (1 + schedule.tile_b * tile->outer_ci + (bias ? 4 : 3) * blocks);
  return layer.blocked.gemm_uops() + (4 + bias_cycles) * layer.output_tiles() + 7 * instructions;
}

class Search {
 public:
  Search(const Hardware& hardware, const Layer& layer) : hardware_(hardware), layer_(layer) {}

  Best run(unsigned threads) {
    std::vector<std::thread> pool;
    for (unsigned i = 0; i < threads; ++i) pool.emplace_back([this] { work(); });
    for (std::thread& thread : pool) thread.join();
    return best_;
  }

 private:
  static constexpr uint64_t kBatch = 64;
  static constexpr uint64_t kStride = 1'000'003;  // a prime that divides no space

  void work() {
    for (;;) {
      const uint64_t begin = next_.fetch_add(kBatch);
      if (begin >= layer_.space.size()) return;
      // Not in order, so that a good config comes early.
      for (uint64_t i = begin; i < std::min(begin + kBatch, layer_.space.size()); ++i)
        look_at(i * kStride % layer_.space.size());
    }
  }

  void look_at(uint64_t index) {
    const Config config = layer_.space.config(index);
    if (bound_of(layer_, config) > fewest_) return;
    Generated generated = generate(hardware_, layer_.workload, layer_.blocked, layer_.space, config, false);
    if (generated.rejection || !generated.launch) return;
    SimulationOptions options;
    options.functional = false;
    const SimulationOutcome outcome = simulate(hardware_, *generated.launch, options);
    if (outcome.stop != Stop::finished) return;
    const auto cycles = static_cast<int64_t>(outcome.counters.cycles);
    const std::lock_guard lock(mutex_);
    ++best_.simulated;
    if (cycles > best_.cycles || (cycles == best_.cycles && index >= best_.index)) return;
    best_.cycles = cycles;
    best_.index = index;
    fewest_ = cycles;
  }

  const Hardware& hardware_;
  const Layer& layer_;
  std::atomic<uint64_t> next_ = 0;
  std::atomic<int64_t> fewest_ = INT64_MAX;
  std::mutex mutex_;
  Best best_;
};

Result<Layer> make_layer(const Hardware& hardware, const Workload& workload, SpaceKind kind) {
  TAMIS_ASSIGN(const BlockedWorkload blocked, block_workload(workload, hardware));
  TAMIS_ASSIGN(Space space, schedule_space(workload, blocked, kind));
  return Layer{workload, blocked, std::move(space)};
}

Status report(const std::vector<std::string>& names, const std::string& space, const std::string& device) {
  Hardware hardware;
  if (!device.empty()) {
    TAMIS_ASSIGN(hardware, find_hardware(device));
  }
  TAMIS_ASSIGN(const SpaceKind kind, parse_space_kind(space));
  std::printf("%-14s %10s %9s %10s %10s %7s  %s\n", "layer", "configs", "simulated", "cycles", "floor",
              "ratio", "config");
  for (const std::string& name : names) {
    TAMIS_ASSIGN(const std::vector<Workload> workloads, resolve_workloads(name));
    for (const Workload& workload : workloads) {
      TAMIS_ASSIGN(const Layer layer, make_layer(hardware, workload, kind));
      const Best best = Search(hardware, layer).run(std::max(1U, std::thread::hardware_concurrency()));
      const auto floor = static_cast<double>(layer.floor());
      std::printf(
          "%-14s %10llu %9llu %10lld %10lld %7.4f  %s\n", workload.name.c_str(),
          static_cast<unsigned long long>(layer.space.size()),
          static_cast<unsigned long long>(best.simulated), static_cast<long long>(best.cycles),
          static_cast<long long>(layer.floor()), static_cast<double>(best.cycles) / floor,
          best.simulated == 0 ? "none" : layer.space.describe(layer.space.config(best.index)).c_str());
      std::fflush(stdout);
    }
  }
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app{"The fastest config of each layer on VTA, by exact timing of all of its space."};
  std::vector<std::string> names;
  std::string space = "template";
  std::string device;
  app.add_option("WORKLOAD", names, "workloads or suites")->required();
  app.add_option("--space", space, "template or wide");
  app.add_option("--hardware", device, "a design or a vta_config.json; the default device if not given");
  CLI11_PARSE(app, count, arguments);
  const Status status = report(names, space, device);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bench_vta_layers: %s\n", status.error().message.c_str());
  return 2;
}

// How fast a schedule space makes layers on VTA, by exact timing: bin/bench_vta_layers [--space wide]
// [--target SPEC]
// [--json] WORKLOAD... Looks at every config of the space and prints the fewest cycles, the config, and their
// share of the layer's floor: its GEMM micro-ops and 5 cycles an output tile. A config whose COMPUTE engine
// alone is busy for longer than the best found so far is counted, but not simulated.

#include "base/json.h"
#include "tamis/suite.h"
#include "targets/vta/codegen/codegen.h"
#include "targets/vta/schedule/schedule.h"
#include "targets/vta/simulator/simulator.h"

#include <atomic>
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
  uint64_t cycles = ~uint64_t{0};
  uint64_t index = 0;
  uint64_t valid = 0;
};

/// COMPUTE's busy cycles at least.
uint64_t bound_of(const Features& features) {
  uint64_t bound = 0;
  for (const auto& [name, value] : features.values)
    if (name == "program_gemm_steps" || name == "program_alu_steps") bound += static_cast<uint64_t>(value);
  return bound;
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

  void work() {
    for (;;) {
      const uint64_t begin = next_.fetch_add(kBatch);
      if (begin >= layer_.space.size()) return;
      for (uint64_t i = begin; i < std::min(begin + kBatch, layer_.space.size()); ++i) look_at(i);
    }
  }

  void look_at(uint64_t index) {
    Generated generated =
        generate(hardware_, layer_.workload, layer_.blocked, layer_.space, layer_.space.config(index), false);
    if (generated.rejection || !generated.launch) return;
    uint64_t cycles = ~uint64_t{0};
    if (bound_of(generated.features) < fewest_) {
      SimulationOptions options;
      options.functional = false;
      const SimulationOutcome outcome = simulate(hardware_, *generated.launch, options);
      if (outcome.stop != Stop::finished) return;
      cycles = outcome.counters.cycles;
    }
    const std::lock_guard lock(mutex_);
    ++best_.valid;
    if (cycles > best_.cycles || (cycles == best_.cycles && index >= best_.index)) return;
    best_.cycles = cycles;
    best_.index = index;
    fewest_ = cycles;
  }

  const Hardware& hardware_;
  const Layer& layer_;
  std::atomic<uint64_t> next_ = 0;
  std::atomic<uint64_t> fewest_ = ~uint64_t{0};
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
    TAMIS_ASSIGN(hardware, read_hardware(device));
  }
  TAMIS_ASSIGN(const SpaceKind kind, parse_space_kind(space));
  std::printf("%-14s %10s %9s %10s %10s %7s  %s\n", "layer", "configs", "valid", "cycles", "floor", "ratio",
              "config");
  for (const std::string& name : names) {
    TAMIS_ASSIGN(const std::vector<Workload> workloads, resolve_workloads(name));
    for (const Workload& workload : workloads) {
      TAMIS_ASSIGN(const Layer layer, make_layer(hardware, workload, kind));
      const Best best = Search(hardware, layer).run(std::max(1U, std::thread::hardware_concurrency()));
      const auto floor = static_cast<double>(layer.floor());
      std::printf("%-14s %10llu %9llu %10llu %10lld %7.4f  %s\n", workload.name.c_str(),
                  static_cast<unsigned long long>(layer.space.size()),
                  static_cast<unsigned long long>(best.valid), static_cast<unsigned long long>(best.cycles),
                  static_cast<long long>(layer.floor()), static_cast<double>(best.cycles) / floor,
                  best.valid == 0 ? "none" : layer.space.describe(layer.space.config(best.index)).c_str());
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
  app.add_option("--hardware", device, "a vta_config.json; the default device if not given");
  CLI11_PARSE(app, count, arguments);
  const Status status = report(names, space, device);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bench_vta_layers: %s\n", status.error().message.c_str());
  return 2;
}

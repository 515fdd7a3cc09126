// What search costs a trial: propose() and learn() over 500 trials in batches of 8 on a space of 2304 configs
// (that of VTA's template for ResNet-18 C2), of which few are valid. The counter ms_per_trial is wall time on
// one core.
#include "base/clock.h"
#include "search/strategies.h"

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace tamis {
namespace {

constexpr size_t kTrials = 500;
constexpr size_t kBatch = 8;

/// 8 * 8 * 3 * 3 * 2 * 2 = 2304 configs; tile sizes divide 56 rows and columns and 4 blocks of channels.
Space template_space() {
  const std::vector<int64_t> divisors = {1, 2, 4, 7, 8, 14, 28, 56};
  return Space::create({number_knob("tile_h", divisors), number_knob("tile_w", divisors),
                        number_knob("tile_ci", {1, 2, 4}), number_knob("tile_co", {1, 2, 4}),
                        number_knob("oc_nthread", {1, 2}), number_knob("h_nthread", {1, 2})})
      .value();
}

/// A memory that the tile must fit, and latency that falls with the tile's size.
Trial try_config(const Space& space, const Config& config, uint64_t number) {
  double tile = 1;
  for (size_t i = 0; i < space.knobs().size(); ++i) tile *= scalar(space.value(config, i));
  Trial trial;
  trial.number = number;
  trial.config = config;
  if (tile <= 64)
    trial.latencies_ns = {1e7 / tile + static_cast<double>(space.index(config) * 37 % 1009)};
  else
    trial.verdict = Verdict::resource_exceeded;
  return trial;
}

void search(benchmark::State& state, const std::string& strategy, const std::string& initializer) {
  const Space space = template_space();
  uint64_t seed = 0;
  int64_t spent_ns = 0;
  for (auto _ : state) {
    const auto made = make_strategy(strategy, initializer, {&space, seed++});
    if (!made.ok()) return state.SkipWithError(made.error().message.c_str());
    for (uint64_t number = 0; number < kTrials;) {
      const int64_t started = monotonic_ns();
      const auto configs = (*made)->propose(kBatch);
      spent_ns += monotonic_ns() - started;
      if (!configs.ok()) return state.SkipWithError(configs.error().message.c_str());
      std::vector<Trial> trials;
      for (const Config& config : *configs) trials.push_back(try_config(space, config, number++));
      const int64_t learning = monotonic_ns();
      if (const Status learnt = (*made)->learn(trials); !learnt.ok())
        return state.SkipWithError(learnt.error().message.c_str());
      spent_ns += monotonic_ns() - learning;
    }
  }
  const auto trials = static_cast<double>(state.iterations() * kTrials);
  state.counters["ms_per_trial"] = static_cast<double>(spent_ns) / 1e6 / trials;
}

BENCHMARK_CAPTURE(search, autotvm_opened_by_random, "autotvm", "random")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, autotvm_opened_by_validity, "autotvm", "validity")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, genetic, "genetic", "none")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, random, "random", "none")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, grid, "grid", "none")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tamis

BENCHMARK_MAIN();

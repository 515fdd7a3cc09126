// What search costs a trial: propose() and learn() over 500 trials, one at a time and in batches of 8, for
// every strategy of the table with its own initializer, on spaces of 2304 configs (that of VTA's template for
// ResNet-18 C2), of 100,000 and of 10^9, of which few configs are valid or all. The counter ms_per_trial is
// wall time on one core. Only one strategy, in batches of 8: --benchmark_filter=/tamis/batch_8
#include "base/clock.h"
#include "tamis/strategies.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace tamis {
namespace {

constexpr size_t kTrials = 500;

/// 8 * 8 * 3 * 3 * 2 * 2 = 2304 configs; tile sizes divide 56 rows and columns and 4 blocks of channels.
Space template_space() {
  const std::vector<int64_t> divisors = {1, 2, 4, 7, 8, 14, 28, 56};
  return Space::create({number_knob("tile_h", divisors), number_knob("tile_w", divisors),
                        number_knob("tile_ci", {1, 2, 4}), number_knob("tile_co", {1, 2, 4}),
                        number_knob("oc_nthread", {1, 2}), number_knob("h_nthread", {1, 2})})
      .value();
}

/// The first `count` of some knobs of 10 values: 10^count configs.
Space decimal_space(size_t count) {
  std::vector<Knob> knobs;
  for (size_t i = 0; i < count; ++i)
    knobs.push_back(number_knob("tile_" + std::to_string(i), {1, 2, 3, 4, 6, 8, 12, 16, 24, 32}));
  return Space::create(std::move(knobs)).value();
}

/// A memory that the tile must fit, and latency that falls with the tile's size.
Trial try_config(const Space& space, const Config& config, uint64_t number, double capacity) {
  double tile = 1;
  for (size_t i = 0; i < space.knobs().size(); ++i) tile *= scalar(space.value(config, i));
  Trial trial;
  trial.number = number;
  trial.config = config;
  if (tile <= capacity)
    trial.costs = {1e7 / tile + static_cast<double>(space.index(config) % 1000003 * 37 % 1009)};
  else
    trial.verdict = Verdict::resource_exceeded;
  return trial;
}

struct Setting {
  std::string name;
  Space space;
  double capacity = 0;  ///< the largest valid product of all knobs
};

struct Searcher {
  std::string strategy, initializer;
  size_t batch = 1;
  std::string name() const {
    return strategy + (initializer.empty() ? "" : "_opened_by_" + initializer) + "/batch_" +
           std::to_string(batch);
  }
};

void search(benchmark::State& state, const Setting& setting, const Searcher& searcher) {
  const Space& space = setting.space;
  const Result<SharedTask> task = make_plain_task({.space = space});
  if (!task.ok()) return state.SkipWithError(task.error().message.c_str());
  uint64_t seed = 0;
  int64_t spent_ns = 0;
  for (auto _ : state) {
    const auto made = make_strategy(searcher.strategy, searcher.initializer, **task, {.seed = seed++});
    if (!made.ok()) return state.SkipWithError(made.error().message.c_str());
    for (uint64_t number = 0; number < kTrials;) {
      const int64_t started = monotonic_ns();
      const auto configs = (*made)->propose(searcher.batch);
      spent_ns += monotonic_ns() - started;
      if (!configs.ok()) return state.SkipWithError(configs.error().message.c_str());
      std::vector<Trial> trials;
      for (const Config& config : *configs)
        trials.push_back(try_config(space, config, number++, setting.capacity));
      const int64_t learning = monotonic_ns();
      if (const Status learnt = (*made)->learn(trials); !learnt.ok())
        return state.SkipWithError(learnt.error().message.c_str());
      spent_ns += monotonic_ns() - learning;
    }
  }
  const auto trials = static_cast<double>(state.iterations()) * kTrials;
  state.counters["ms_per_trial"] = static_cast<double>(spent_ns) / 1e6 / trials;
}

std::vector<Searcher> searchers() {
  std::vector<Searcher> all;
  for (const size_t batch : {1, 8}) {
    for (const StrategyKind& kind : strategy_kinds()) all.push_back({kind.name, "", batch});
    all.push_back({"autotvm", "validity", batch});
  }
  return all;
}

void register_all() {
  constexpr double kUnlimited = std::numeric_limits<double>::infinity();
  const std::vector<Setting> settings = {{"2304/few_valid", template_space(), 64},
                                         {"2304/all_valid", template_space(), kUnlimited},
                                         {"100_thousand/few_valid", decimal_space(5), 1024},
                                         {"100_thousand/all_valid", decimal_space(5), kUnlimited},
                                         {"1_billion/few_valid", decimal_space(9), 65536},
                                         {"1_billion/all_valid", decimal_space(9), kUnlimited}};
  for (const Setting& setting : settings)
    for (const Searcher& searcher : searchers())
      benchmark::RegisterBenchmark((setting.name + "/" + searcher.name()).c_str(),
                                   [=](benchmark::State& state) { search(state, setting, searcher); })
          ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace tamis

int main(int argc, char** argv) {
  tamis::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

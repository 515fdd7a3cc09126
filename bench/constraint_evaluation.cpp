// What a declared constraint costs each time that a strategy asks whether a config is allowed.

#include "tamis/expression.h"

#include <vector>

#include <benchmark/benchmark.h>

namespace tamis {
namespace {

std::vector<Knob> knobs() {
  return {number_knob("MWG", {16, 32, 64, 128}), number_knob("MDIMC", {8, 16, 32}),
          number_knob("VWM", {1, 2, 4, 8}), number_knob("use_padding", {0, 1})};
}

void evaluate(benchmark::State& state, const char* text) {
  const Space space = *Space::create(knobs());
  const Constraint constraint = *parse_constraint(text, space.knobs());
  std::vector<Config> configs;
  for (uint64_t i = 0; i < space.size(); ++i) configs.push_back(space.config(i));
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(constraint.holds(space, configs[next]));
    next = next + 1 == configs.size() ? 0 : next + 1;
  }
}

BENCHMARK_CAPTURE(evaluate, product, "MWG * MDIMC * VWM <= 2048");
BENCHMARK_CAPTURE(evaluate, divides, "MWG % (MDIMC * VWM) == 0");
BENCHMARK_CAPTURE(evaluate, choice, "use_padding == 0 or MDIMC % 32 != 0");
BENCHMARK_CAPTURE(evaluate, chain_and_list, "32 <= MWG * VWM <= 1024 and MDIMC in (8, 16)");

}  // namespace
}  // namespace tamis

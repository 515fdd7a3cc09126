// Counting and drawing the allowed configs of spaces of 10^12 configs, and of the published T1 spaces.
//
// Counters: `allowed`, how many there are; `edges`, what holds them (24 bytes each). What a draw costs is
// measured beside what a rejected one costs, in one run: in these spaces, drawing from the product until a
// config is allowed takes 10^12 / allowed of the latter.

#include "space/allowed_configs.h"
#include "space/file/space_file.h"
#include "tamis/expression.h"

#include <numeric>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace tamis {
namespace {

Space make_space(std::vector<Knob> knobs, const std::vector<std::string>& formulas) {
  std::vector<Constraint> constraints = *parse_constraints(formulas, knobs);
  return *Space::create(std::move(knobs), std::move(constraints));
}

Knob knob_to(const std::string& name, int64_t last) {
  std::vector<int64_t> values(static_cast<size_t>(last));
  std::iota(values.begin(), values.end(), 1);
  return number_knob(name, std::move(values));
}

std::vector<Knob> three_knobs() { return {knob_to("x", 10000), knob_to("y", 10000), knob_to("z", 10000)}; }

/// One group of three knobs and about 10^6 allowed configs, which hardly share anything.
Space sum() { return make_space(three_knobs(), {"x + y + z == 1500"}); }
Space product() { return make_space(three_knobs(), {"x * y * z == 720720"}); }
Space limit() { return make_space(three_knobs(), {"x * y * z <= 20000"}); }
Space divisors() { return make_space(three_knobs(), {"y % x == 0", "z % y == 0"}); }

/// Twelve knobs in one group, with every divisor far from what it divides in the order of the knobs.
Space pairs() {
  std::vector<Knob> knobs;
  std::vector<std::string> formulas;
  std::string total;
  for (const char* side : {"a", "b"})
    for (int i = 0; i < 6; ++i) knobs.push_back(knob_to(side + std::to_string(i), 10));
  for (int i = 0; i < 6; ++i) {
    const std::string number = std::to_string(i);
    formulas.push_back("b" + number + " % a" + number + " == 0");
    total += (i > 0 ? " + b" : "b") + number;
  }
  formulas.push_back(total + " <= 20");
  return make_space(std::move(knobs), formulas);
}

/// Six groups of two knobs with 10 allowed choices each.
Space groups() {
  std::vector<Knob> knobs;
  std::vector<std::string> formulas;
  for (int i = 0; i < 6; ++i) {
    const std::string number = std::to_string(i);
    knobs.push_back(knob_to("a" + number, 10));
    knobs.push_back(knob_to("b" + number, 10));
    formulas.push_back("a" + number + " * b" + number + " >= 66");
  }
  return make_space(std::move(knobs), formulas);
}

void enumerate(benchmark::State& state, Space (*make)()) {
  const Space space = make();
  for (auto _ : state) benchmark::DoNotOptimize(AllowedConfigs::enumerate(space));
  const auto allowed = *AllowedConfigs::enumerate(space);
  state.counters["size"] = static_cast<double>(space.size());
  state.counters["allowed"] = static_cast<double>(allowed->count());
  state.counters["edges"] = static_cast<double>(allowed->edges());
}

void draw(benchmark::State& state, Space (*make)()) {
  const Space space = *make().enumerated();
  Random random(1);
  for (auto _ : state) benchmark::DoNotOptimize(space.sample(random));
}

/// Draws from the product and asks, once.
void reject(benchmark::State& state, Space (*make)()) {
  const Space space = make();
  Random random(1);
  for (auto _ : state) benchmark::DoNotOptimize(space.sample(random, 1));
}

void published(benchmark::State& state, const char* name) {
  const auto file = read_space_file(std::string(TAMIS_TEST_DATA "/spaces/") + name + "_milo_T1.json");
  if (!file.ok()) return state.SkipWithError(file.error().message.c_str());
  const Space space = *Space::create(file->space.knobs(), file->space.constraints());
  for (auto _ : state) benchmark::DoNotOptimize(AllowedConfigs::enumerate(space));
  state.counters["size"] = static_cast<double>(space.size());
  state.counters["allowed"] = static_cast<double>(file->space.enumeration()->count());
}

BENCHMARK_CAPTURE(enumerate, sum, sum)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(enumerate, product, product)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(enumerate, limit, limit)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(enumerate, divisors, divisors)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(enumerate, pairs, pairs)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(enumerate, groups, groups)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(draw, sum, sum);
BENCHMARK_CAPTURE(reject, sum, sum);
BENCHMARK_CAPTURE(draw, groups, groups);
BENCHMARK_CAPTURE(reject, groups, groups);
BENCHMARK_CAPTURE(published, gemm, "gemm")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(published, convolution, "convolution")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(published, hotspot, "hotspot")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(published, dedispersion, "dedispersion")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tamis

// The functions that are computed by polynomials against the C library, over all of float32.
#include "targets/cpu/codegen/approximations.h"

#include "targets/cpu/codegen/compiler.h"
#include "targets/cpu/support/machine_code.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// The distance of a float from an exact value, in units in the last place of the nearest float.
double units_off(float value, double exact) {
  const auto nearest = static_cast<float>(exact);
  if (value == nearest || (std::isnan(value) && std::isnan(exact))) return 0;
  if (!std::isfinite(value) || !std::isfinite(nearest)) return kInfinity;
  const int exponent = nearest == 0 ? -126 : std::max(std::ilogb(nearest), -126);
  return std::abs(static_cast<double>(value) - exact) / std::ldexp(1.0, exponent - 23);
}

/// Numbers spread evenly over the bit patterns of float32 (infinities, NaN and subnormal ones among them) and
/// over -20 to 20, in a multiple of 16.
std::vector<double> arguments() {
  std::vector<double> all = {0.0, -0.0, kInfinity, -kInfinity, std::nan(""), 1.0, -1.0, 0.625, -0.625, 4.0};
  for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 20011)
    all.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  for (int i = -200'000; i <= 200'000; ++i) all.push_back(static_cast<float>(i * 1e-4));
  for (int i = -120'000; i <= 120'000; ++i) all.push_back(static_cast<float>(i * 1e-3));
  while (all.size() % 16 != 0) all.push_back(0.5);
  return all;
}

LoweredProgram of_each(Value::Kind kind, size_t count) {
  const auto elements = static_cast<int64_t>(count);
  const Affine at = 16 * Affine::variable("block") + Affine::variable("lane");
  const Value value = Value::of(kind, Value::load({"input", {at}}));
  const For lanes{"lane", 16, LoopKind::vectorized, {{Store{{"output", {at}}, value}}}};
  return {"run",
          {{"input", Element::float32, {elements}},
           {"output", Element::float32, {elements}, Storage::argument, true}},
          {{{For{"block", elements / 16, LoopKind::serial, {{lanes}}}}}}};
}

struct Approximated {
  const char* name;
  Value::Kind kind;
  double (*exact)(double);
};

class Approximation : public ::testing::TestWithParam<Approximated> {};

TEST_P(Approximation, IsWithinTwoUnitsInTheLastPlaceEverywhere) {
  const std::vector<double> inputs = arguments();
  // With fused multiplications and without.
  for (const char* processor : {"", "x86-64"}) {
    if (find_machine(processor).value().triple != host_machine().value().triple) continue;
    const auto outputs = testing::run_on(processor, 1, of_each(GetParam().kind, inputs.size()), inputs, {});
    ASSERT_TRUE(outputs.ok()) << outputs.error().message;
    double worst = 0;
    double at = 0;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const double off = units_off(static_cast<float>((*outputs)[i]), GetParam().exact(inputs[i]));
      if (off <= worst) continue;
      worst = off;
      at = inputs[i];
    }
    EXPECT_LE(worst, 2.0) << "at " << at << " on " << processor;
    RecordProperty(*processor == 0 ? "fused" : "separate", std::to_string(worst));
  }
}

INSTANTIATE_TEST_SUITE_P(
    MachineCode, Approximation,
    ::testing::Values(Approximated{"Exponential", Value::Kind::exponential, std::exp},
                      Approximated{"ErrorFunction", Value::Kind::error_function, std::erf},
                      Approximated{"Logarithm", Value::Kind::logarithm, std::log},
                      Approximated{"SquareRoot", Value::Kind::square_root, std::sqrt},
                      Approximated{"RoundDown", Value::Kind::round_down, std::floor},
                      Approximated{"RoundUp", Value::Kind::round_up, std::ceil},
                      Approximated{"RoundEven", Value::Kind::round_even, std::nearbyint},
                      Approximated{"Magnitude", Value::Kind::magnitude, std::fabs},
                      Approximated{"HyperbolicTangent", Value::Kind::hyperbolic_tangent, std::tanh}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace tamis::cpu

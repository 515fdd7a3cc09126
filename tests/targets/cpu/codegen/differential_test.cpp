// Machine code against the interpreter: every kind of value, every kind of access, random schedules.
#include "targets/cpu/codegen/compiler.h"
#include "targets/cpu/support/machine_code.h"
#include "targets/loop/any_schedule.h"
#include "targets/loop/interpreter.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tamis::cpu {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_on;
using Kind = Value::Kind;

const Affine kX = Affine::variable("x");

/// Processors whose code the host can run as well, where it has their features.
std::vector<std::string> runnable_processors() {
  std::vector<std::string> names = {"", "x86-64"};
  const std::string features = host_machine().value().features;
  if (features.find("+avx2") != std::string::npos) names.emplace_back("haswell");
  if (features.find("+avx512vl") != std::string::npos) names.emplace_back("skylake-avx512");
  return names;
}

/// A loop of 64 that stores the float32 elements of an input as those of an output, or the other way.
LoweredProgram conversion(Element from, Element to, LoopKind kind) {
  const Value loaded = Value::load({"input", {kX}}, from);
  return {"run",
          {{"input", from, {64}}, {"output", to, {64}, Storage::argument, true}},
          {{{For{"x", 64, kind, {{Store{{"output", {kX}}, Value::convert(loaded, to), {}}}}}}}}};
}

TEST(MachineCode, RoundsToHalvesAsTheInterpreterDoes) {
  Random random(11);
  for (const Element half : {Element::float16, Element::bfloat16})
    for (const std::string& processor : runnable_processors())
      for (int round = 0; round < 4; ++round) {
        std::vector<double> data;
        for (int i = 0; i < 64; ++i) {
          // Of all sizes between those that become 0 and those that become infinite.
          const double size = std::ldexp(1 + random.uniform(), static_cast<int>(random.below(50)) - 30);
          data.push_back(static_cast<float>(random.below(2) == 0 ? size : -size));
        }
        LoweredProgram program = conversion(Element::float32, Element::float32, LoopKind::vectorized);
        std::get<Store>(std::get<For>(program.nests[0][0].step).body[0].step).value =
            Value::convert(Value::convert(Value::load({"input", {kX}}), half), Element::float32);
        loop::testing::Memory memory = {{"input", loop::testing::cells(data)}};
        ASSERT_EQ(loop::testing::interpret(program, memory).value_or("none"), "none");
        const auto output = run_on(processor, 1, program, data, {});
        ASSERT_TRUE(output.ok()) << output.error().message;
        EXPECT_EQ(*output, loop::testing::numbers(memory["output"]).value()) << processor;
      }
}

TEST(MachineCode, CallsNothingToConvertHalves) {
  for (const char* processor : {"x86-64", "haswell", "skylake-avx512", "cortex-a72"})
    for (const Element half : {Element::float16, Element::bfloat16})
      for (const LoopKind kind : {LoopKind::serial, LoopKind::vectorized})
        for (const LoweredProgram& program :
             {conversion(half, Element::float32, kind), conversion(Element::float32, half, kind)}) {
          const std::string text = assembly_text(program, find_machine(processor).value(), 1).value();
          EXPECT_THAT(text.substr(0, text.find(".Lfunc_end0")),
                      Not(AnyOf(HasSubstr("\tcall"), HasSubstr("\tbl\t"), HasSubstr("hfsf"),
                                HasSubstr("sfhf"), HasSubstr("sfbf"))))
              << processor;
        }
}

RC_GTEST_PROP(MachineCode, OfRandomSchedulesComputesWhatIsDefined, (uint64_t seed)) {
  Random random(seed);
  const loop::testing::ScheduleSteps schedule = loop::testing::any_schedule(random);
  const LoweredProgram program = lower(schedule.steps.back().program);
  for (const int threads : {1, 2}) {
    const auto output = run_on("", threads, program, schedule.input, schedule.weights);
    RC_LOG() << to_string(program) << (output.ok() ? "" : output.error().message);
    RC_ASSERT(output.ok());
    RC_ASSERT(*output == schedule.expected);
  }
}

/// A loop over x of 16 iterations, vectorized or not, that stores a value of input[64] to output[16].
LoweredProgram elementwise(const Value& value, LoopKind kind, const Affine& to,
                           const std::optional<StoreAt>& at = {}) {
  return {"run",
          {{"input", Element::float32, {64}}, {"output", Element::float32, {64}, Storage::argument, true}},
          {{{For{"x", 16, kind, {{Store{{"output", {to}}, value, at}}}}}}}};
}

Value input(const Affine& index) { return Value::load({"input", {index}}); }

/// The element rounded to a type of 16 bits.
Value through(Element element, double factor) {
  return Value::convert(Value::convert(input(kX) * Value::constant(factor), element), Element::float32);
}

struct Elementwise {
  const char* name;
  Value value;
  Affine to = kX;
  std::optional<StoreAt> at = {};
};

class EveryValue : public ::testing::TestWithParam<Elementwise> {};

TEST_P(EveryValue, IsComputedAsTheInterpreterDoes) {
  std::vector<double> data;
  for (int i = 0; i < 64; ++i) data.push_back((i * 37 % 64 - 32) * 0.25);
  for (const LoopKind kind :
       {LoopKind::serial, LoopKind::unrolled, LoopKind::vectorized, LoopKind::parallel}) {
    const LoweredProgram program = elementwise(GetParam().value, kind, GetParam().to, GetParam().at);
    loop::testing::Memory memory = {{"input", loop::testing::cells(data)},
                                    {"output", loop::testing::cells(std::vector<double>(64, 0))}};
    ASSERT_EQ(loop::testing::interpret(program, memory).value_or("none"), "none");
    for (const std::string& processor : runnable_processors()) {
      const auto output = run_on(processor, 1, program, data, {});
      ASSERT_TRUE(output.ok()) << output.error().message;
      EXPECT_EQ(*output, loop::testing::numbers(memory["output"]).value()) << to_string(program) << processor;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    MachineCode, EveryValue,
    ::testing::Values(
        Elementwise{"Copy", input(kX)}, Elementwise{"Constant", Value::constant(-2.5)},
        Elementwise{"Broadcast", input(3)}, Elementwise{"Offset", input(kX + Affine(5))},
        Elementwise{"Backwards", input(Affine(20) - kX)}, Elementwise{"Gather", input(3 * kX + Affine(1))},
        Elementwise{"Scatter", input(kX), 2 * kX + Affine(1)},
        Elementwise{"ScatterOfAConstant", Value::constant(7), 3 * kX},
        Elementwise{"StoreOfABroadcast", input(9)}, Elementwise{"Add", input(kX) + input(2)},
        Elementwise{"Subtract", input(1) - input(kX)},
        Elementwise{"Multiply", input(kX) * input(kX + Affine(1))},
        Elementwise{"MultiplyAdd", Value::multiply_add(input(kX), input(4), Value::constant(0.5))},
        Elementwise{"Minimum", Value::of(Kind::minimum, input(kX), Value::constant(0.5))},
        Elementwise{"Maximum", Value::of(Kind::maximum, Value::constant(0), input(kX))},
        Elementwise{"Divide", input(kX) / (input(kX + Affine(1)) + Value::constant(100))},
        Elementwise{"DivideAConstant", Value::constant(3) / (input(kX) + Value::constant(50))},
        Elementwise{"GuardedBeforeTheLoop", Value::guarded({Affine(1)}, input(kX), Value::constant(1))},
        Elementwise{"NeverGuarded", Value::guarded({Affine(-1)}, input(kX), Value::constant(1))},
        Elementwise{"GuardedByLane", Value::guarded({kX - Affine(3), Affine(11) - kX}, input(kX), input(0))},
        Elementwise{"GuardedLoadOutside",
                    Value::guarded({kX - Affine(3)}, input(kX - Affine(3)), Value::constant(-1))},
        Elementwise{"SquareRoot", Value::of(Kind::square_root, input(kX) * input(kX) + Value::constant(1))},
        Elementwise{"RoundDown", Value::of(Kind::round_down, input(kX))},
        Elementwise{"RoundUp", Value::of(Kind::round_up, input(kX))},
        Elementwise{"RoundEven", Value::of(Kind::round_even, input(kX) + input(kX))},
        Elementwise{"Magnitude", Value::of(Kind::magnitude, input(kX))},
        Elementwise{"Select", Value::select(Value::of(Kind::less, input(kX), input(5)), input(kX), input(2))},
        Elementwise{"SelectOfOneCondition",
                    Value::select(Value::of(Kind::less_or_equal, input(3), input(5)), input(kX), input(2))},
        Elementwise{"SelectOfEqual", Value::select(Value::of(Kind::equal, input(kX), input(kX + Affine(1))),
                                                   input(2), Value::constant(9))},
        Elementwise{"Both",
                    Value::convert(Value::of(Kind::minimum, Value::of(Kind::less, input(kX), input(5)),
                                             Value::of(Kind::less, input(7), input(kX))),
                                   Element::float32)},
        Elementwise{"Either",
                    Value::convert(Value::of(Kind::maximum, Value::of(Kind::less, input(kX), input(5)),
                                             Value::of(Kind::less, input(7), input(kX))),
                                   Element::float32)},
        Elementwise{"NotZero", Value::convert(Value::convert(input(kX), Element::boolean), Element::float32)},
        Elementwise{"RoundToFloat16", through(Element::float16, 1.001)},
        Elementwise{"BeyondFloat16", through(Element::float16, 9000)},
        Elementwise{"BelowNormalFloat16", through(Element::float16, 1.7e-6)},
        Elementwise{"RoundToBfloat16", through(Element::bfloat16, 1.01)},
        Elementwise{"CutToInt32",
                    Value::convert(Value::convert(input(kX), Element::int32), Element::float32)},
        Elementwise{"CutToInt64",
                    Value::convert(Value::convert(input(kX) * Value::constant(1e9), Element::int64) *
                                       Value::constant(3, Element::int64),
                                   Element::float32)},
        Elementwise{"BeyondInt32",
                    Value::convert(Value::convert(input(kX) * Value::constant(1e9), Element::int32),
                                   Element::float32)},
        Elementwise{"LoadAtEachLane",
                    Value::load_at({"input", {Affine(0)}}, 0,
                                   Value::convert(input(kX) * Value::constant(9), Element::int32))},
        Elementwise{"LoadAtOnePlace",
                    Value::load_at({"input", {Affine(0)}}, 0,
                                   Value::convert(Value::constant(11) - input(3), Element::int64))},
        Elementwise{"Position", Value::convert(Value::position(3 * kX + Affine(2)), Element::float32) +
                                    Value::convert(Value::position(Affine(4)), Element::float32)},
        Elementwise{"QuotientOfIntegers",
                    Value::convert(Value::convert(input(kX) * Value::constant(9), Element::int32) /
                                       Value::convert(input(kX + Affine(3)), Element::int32),
                                   Element::float32)},
        Elementwise{"StoreAtEachLane", input(kX), Affine(0),
                    StoreAt{0, Value::position(Affine(60) - 3 * kX)}},
        Elementwise{"StoreHeldToItsBuffer", input(kX), Affine(0),
                    StoreAt{0, Value::position(3 * kX + Affine(20))}},
        Elementwise{"SumOfGuarded", Value::guarded({kX - Affine(3)}, input(kX), Value::constant(-1)) +
                                        input(kX + Affine(2))}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(MachineCode, TurnsSquaresOfCopiesAround) {
  std::vector<double> data(64);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<double>(i) * 0.5;
  for (const int64_t side : {2, 4, 8}) {
    const Affine row = Affine::variable("row");
    const Affine from = row + side * kX;
    const LoweredProgram program{
        "run",
        {{"input", Element::float32, {64}}, {"output", Element::float32, {64}, Storage::argument, true}},
        {{{For{"row",
               side,
               LoopKind::unrolled,
               {{For{"x",
                     side,
                     LoopKind::vectorized,
                     {{Store{{"output", {side * row + kX}}, input(from)}}}}}}}}}}};
    loop::testing::Memory memory = {{"input", loop::testing::cells(data)},
                                    {"output", loop::testing::cells(std::vector<double>(64, 0))}};
    ASSERT_EQ(loop::testing::interpret(program, memory).value_or("none"), "none");
    for (const std::string& processor : runnable_processors()) {
      const auto output = run_on(processor, 1, program, data, {});
      ASSERT_TRUE(output.ok()) << output.error().message;
      EXPECT_EQ(*output, loop::testing::numbers(memory["output"]).value()) << side << processor;
    }
  }
}

TEST(MachineCode, RepeatsElementsSideBySide) {
  std::vector<double> data(64);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<double>(i) * 0.5;
  for (const int64_t times : {2, 3}) {
    const Affine to = Affine::variable("repeat") + times * kX;
    const LoweredProgram program{
        "run",
        {{"input", Element::float32, {64}}, {"output", Element::float32, {64}, Storage::argument, true}},
        {{{For{
            "repeat",
            times,
            LoopKind::unrolled,
            {{For{"x", 16, LoopKind::vectorized, {{Store{{"output", {to}}, input(kX + Affine(1))}}}}}}}}}}};
    loop::testing::Memory memory = {{"input", loop::testing::cells(data)},
                                    {"output", loop::testing::cells(std::vector<double>(64, 0))}};
    ASSERT_EQ(loop::testing::interpret(program, memory).value_or("none"), "none");
    for (const std::string& processor : runnable_processors()) {
      const auto output = run_on(processor, 1, program, data, {});
      ASSERT_TRUE(output.ok()) << output.error().message;
      EXPECT_EQ(*output, loop::testing::numbers(memory["output"]).value()) << times << processor;
    }
  }
}

TEST(MachineCode, LetsBoundsPassWhatIsNotANumber) {
  const std::vector<double> data(64, std::nan(""));
  for (const Kind kind : {Kind::minimum, Kind::maximum})
    for (const LoopKind loop : {LoopKind::serial, LoopKind::vectorized})
      for (const std::string& processor : runnable_processors()) {
        const auto output = run_on(
            processor, 1, elementwise(Value::of(kind, input(kX), Value::constant(0.5)), loop, kX), data, {});
        ASSERT_TRUE(output.ok()) << output.error().message;
        EXPECT_TRUE(std::isnan((*output)[0]) && std::isnan((*output)[15])) << processor;
      }
}

/// Bytes: input int8[64], weights int8[64], output int8[16] of 16 iterations.
LoweredProgram on_bytes(const Value& value, LoopKind kind) {
  return {"run",
          {{"input", Element::int8, {64}},
           {"weights", Element::int8, {64}},
           {"shifted", Element::uint8, {64}, Storage::workspace},
           {"output", Element::int8, {16}, Storage::argument, true}},
          {{{For{"i",
                 64,
                 LoopKind::serial,
                 {{Store{{"shifted", {Affine::variable("i")}},
                         Value::convert(
                             Value::convert(Value::load({"input", {Affine::variable("i")}}, Element::int8),
                                            Element::int32) +
                                 Value::constant(128, Element::int32),
                             Element::uint8)}}}}}},
           {{For{"x", 16, kind, {{Store{{"output", {kX}}, value}}}}}}}};
}

Value word(const Affine& index) {
  return Value::convert(Value::load({"input", {index}}, Element::int8), Element::int32);
}

Value dot(const Affine& activations, const Affine& weights) {
  return Value::dot4(Value::load({"shifted", {activations}}, Element::uint8),
                     Value::load({"weights", {weights}}, Element::int8), word(kX));
}

Value finished(const Value& value) {
  const Value shifted = Value::of(Kind::shift_right, value, Value::constant(9, Element::int32));
  return Value::convert(
      Value::of(Kind::minimum, Value::of(Kind::maximum, shifted, Value::constant(-128, Element::int32)),
                Value::constant(127, Element::int32)),
      Element::int8);
}

class EveryByteValue : public ::testing::TestWithParam<Elementwise> {};

TEST_P(EveryByteValue, IsComputedAsTheInterpreterDoes) {
  std::vector<double> activations;
  std::vector<double> weights;
  for (int i = 0; i < 64; ++i) {
    activations.push_back((i * 73 + 5) % 256 - 128);
    weights.push_back((i * 151 + 77) % 256 - 128);
  }
  for (const LoopKind kind : {LoopKind::serial, LoopKind::unrolled, LoopKind::vectorized}) {
    const LoweredProgram program = on_bytes(finished(GetParam().value), kind);
    loop::testing::Memory memory = {{"input", loop::testing::cells(activations)},
                                    {"weights", loop::testing::cells(weights)}};
    ASSERT_EQ(loop::testing::interpret(program, memory).value_or("none"), "none");
    for (const std::string& processor : runnable_processors()) {
      const auto output = run_on(processor, 1, program, activations, weights);
      ASSERT_TRUE(output.ok()) << output.error().message;
      EXPECT_EQ(*output, loop::testing::numbers(memory["output"]).value()) << to_string(program) << processor;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    MachineCode, EveryByteValue,
    ::testing::Values(Elementwise{"Convert", word(kX)}, Elementwise{"Multiply", word(kX) * word(3)},
                      Elementwise{"Wrap", word(kX) * Value::constant(100'000'000, Element::int32)},
                      Elementwise{"DotOfOneActivation", dot(8, 4 * kX)},
                      Elementwise{"DotOfEachActivation", dot(4 * kX, 4 * kX)},
                      Elementwise{"DotOfOneWeight", dot(4 * kX, 12)},
                      Elementwise{"DotOfOverlappingActivations", dot(kX, 4 * kX)},
                      Elementwise{"DotOfEqualLanes", dot(8, 4)}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace tamis::cpu

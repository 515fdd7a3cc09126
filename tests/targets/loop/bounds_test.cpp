// Tiny programs that overrun a buffer, each in its own way, and the like that do not.
#include "targets/loop/bounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::loop {
namespace {

using ::testing::HasSubstr;

Affine variable(const char* name) { return Affine::variable(name); }

const Affine kX = variable("x");

Statement loop(const char* name, int64_t extent, std::vector<Statement> body) {
  return {For{name, extent, LoopKind::serial, std::move(body)}};
}

Statement store(const Affine& to, const Value& value) { return {Store{{"output", {to}}, value}}; }

Value input(const Affine& index) { return Value::load({"input", {index}}); }

/// A program over input[10], output[10] and matrix[4, 5], uint8 bytes[8], int8 weights[8] and int64
/// places[5].
LoweredProgram program(std::vector<Statement> nest) {
  return {"run",
          {{"input", Element::float32, {10}},
           {"output", Element::float32, {10}, Storage::argument, true},
           {"matrix", Element::float32, {4, 5}},
           {"bytes", Element::uint8, {8}},
           {"weights", Element::int8, {8}},
           {"places", Element::int64, {5}}},
          {std::move(nest)}};
}

std::string fault(std::vector<Statement> nest) {
  return find_overrun(program(std::move(nest))).value_or("none");
}

std::string fault_of_value(const Value& value) { return fault({loop("x", 10, {store(kX, value)})}); }

TEST(FindOverrun, PassesWhatStaysInside) {
  EXPECT_EQ(fault_of_value(input(kX)), "none");
  EXPECT_EQ(fault_of_value(input(Affine(9) - kX)), "none");
  EXPECT_EQ(
      fault({loop("o", 5, {loop("i", 2, {store(2 * variable("o") + variable("i"), Value::constant(0))})})}),
      "none");
}

TEST(FindOverrun, FindsALoadBehindItsBuffer) {
  EXPECT_EQ(fault_of_value(input(kX + Affine(1))),
            "input[x + 1]: index 0 goes from 1 to 10, and the buffer has 10 there");
}

TEST(FindOverrun, FindsALoadBeforeItsBuffer) {
  EXPECT_THAT(fault_of_value(input(kX - Affine(1))), HasSubstr("from -1 to 8"));
  EXPECT_THAT(fault_of_value(input(-1 * kX)), HasSubstr("from -9 to 0"));
}

TEST(FindOverrun, FindsAStoreBehindItsBuffer) {
  EXPECT_THAT(fault({loop("x", 11, {store(kX, Value::constant(0))})}),
              HasSubstr("output[x]: index 0 goes from 0 to 10"));
}

TEST(FindOverrun, FindsAStoreOfAPeeledIteration) {
  EXPECT_THAT(fault({store(Affine(10), Value::constant(0))}), HasSubstr("output[10]"));
}

TEST(FindOverrun, LooksAtEachDimensionByItself) {
  // The last element of matrix[3, 5] would lie inside another row of a larger buffer.
  const Value wide = Value::load({"matrix", {Affine(0), kX}});
  EXPECT_THAT(fault({loop("x", 6, {store(kX, wide)})}), HasSubstr("index 1 goes from 0 to 5"));
  EXPECT_EQ(fault({loop("x", 5, {store(kX, wide)})}), "none");
}

TEST(FindOverrun, LooksIntoEveryOperand) {
  const Value bad = input(kX + Affine(1));
  const Value good = input(kX);
  for (const Value& value :
       {bad + good, good + bad, Value::multiply_add(good, good, bad), Value::convert(bad, Element::int32),
        Value::of(Value::Kind::maximum, Value::constant(0), bad)})
    EXPECT_THAT(fault_of_value(value), HasSubstr("input[x + 1]")) << to_string(value);
}

TEST(FindOverrun, FindsTheLastOfFourBytes) {
  const auto dot = [](int64_t first) {
    return Value::dot4(Value::load({"bytes", {4 * kX + Affine(first)}}, Element::uint8),
                       Value::load({"weights", {4 * kX}}, Element::int8), Value::constant(0, Element::int32));
  };
  EXPECT_EQ(fault({loop("x", 2, {store(kX, dot(0))})}), "none");
  EXPECT_THAT(fault({loop("x", 2, {store(kX, dot(1))})}),
              HasSubstr("bytes[4*x + 1]: index 0 goes from 1 to 8"));
}

TEST(FindOverrun, CountsConditionsOfASingleLoop) {
  const Value zero = Value::constant(0);
  EXPECT_EQ(fault_of_value(Value::guarded({Affine(8) - kX}, input(kX + Affine(1)), zero)), "none");
  EXPECT_EQ(fault_of_value(Value::guarded({kX - Affine(1)}, input(kX - Affine(1)), zero)), "none");
  EXPECT_EQ(fault_of_value(Value::guarded({Affine(9) - 2 * kX}, input(2 * kX + Affine(1)), zero)), "none");
  EXPECT_THAT(fault_of_value(Value::guarded({Affine(9) - kX}, input(kX + Affine(1)), zero)),
              HasSubstr("to 10"));
}

TEST(FindOverrun, CountsConditionsOnTheIndexAsAWhole) {
  const Affine row = 2 * variable("y") + variable("ky") - Affine(1);
  const auto nest = [&](const Conditions& conditions) {
    const Value value = Value::guarded(conditions, input(row), Value::constant(0));
    return fault({loop("y", 5, {loop("ky", 4, {store(variable("y"), value)})})});
  };
  EXPECT_EQ(nest({row, Affine(9) - row}), "none");
  EXPECT_THAT(nest({row}), HasSubstr("from 0 to 10"));
  EXPECT_THAT(nest({Affine(9) - row}), HasSubstr("from -1 to 9"));
}

TEST(FindOverrun, DoesNotLookAtWhatNeverHappens) {
  const Value value = Value::guarded({kX - Affine(10)}, input(kX + Affine(100)), Value::constant(0));
  EXPECT_EQ(fault_of_value(value), "none");
  EXPECT_EQ(fault({loop("x", 0, {store(kX + Affine(50), Value::constant(0))})}), "none");
}

TEST(FindOverrun, LooksAtTheOtherValueWithoutTheCondition) {
  const Value value = Value::guarded({Affine(8) - kX}, Value::constant(0), input(kX + Affine(1)));
  EXPECT_THAT(fault_of_value(value), HasSubstr("input[x + 1]"));
}

TEST(FindOverrun, ForgetsAConditionBehindItsPlace) {
  const Value guarded = Value::guarded({Affine(8) - kX}, input(kX + Affine(1)), Value::constant(0));
  EXPECT_THAT(fault_of_value(guarded + input(kX + Affine(1))), HasSubstr("input[x + 1]"));
}

TEST(FindOverrun, FollowsBothBranches) {
  const auto branch = [](const Affine& condition, const Affine& then, const Affine& otherwise) {
    return fault({loop(
        "x", 20,
        {{If{{condition}, {store(then, Value::constant(0))}, {store(otherwise, Value::constant(0))}}}})});
  };
  EXPECT_EQ(branch(Affine(9) - kX, kX, kX - Affine(10)), "none");
  EXPECT_THAT(branch(Affine(10) - kX, kX, kX - Affine(10)),
              HasSubstr("output[x]: index 0 goes from 0 to 10"));
  EXPECT_THAT(branch(Affine(8) - kX, kX, kX - Affine(10)),
              HasSubstr("output[x - 10]: index 0 goes from -1 to 9"));
}

TEST(FindOverrun, TakesAnIndexThatIsLoadedForHeld) {
  const auto gathered = [](const Affine& other, const Affine& place, size_t dimension) {
    return fault({loop("x", 5,
                       {store(kX, Value::load_at({"matrix", {Affine(0), other}}, dimension,
                                                 Value::load({"places", {place}}, Element::int64)))})});
  };
  EXPECT_EQ(gathered(kX, kX, 0), "none");
  EXPECT_THAT(gathered(kX + Affine(1), kX, 0), HasSubstr("index 1 goes from 1 to 5"));
  EXPECT_THAT(gathered(kX, kX + Affine(1), 0), HasSubstr("places[x + 1]"));
  EXPECT_THAT(gathered(kX, kX, 2), HasSubstr("has no dimension 2"));
}

TEST(FindOverrun, TakesAPlaceOfAStoreThatIsLoadedForHeld) {
  const auto scattered = [](const Affine& place, size_t dimension) {
    const Value index = Value::load({"places", {place}}, Element::int64);
    return fault({loop("x", 5, {{Store{{"output", {Affine(0)}}, input(kX), StoreAt{dimension, index}}}})});
  };
  EXPECT_EQ(scattered(kX, 0), "none");
  EXPECT_THAT(scattered(kX + Affine(1), 0), HasSubstr("places[x + 1]"));
  EXPECT_THAT(scattered(kX, 1), HasSubstr("has no dimension 1"));
}

TEST(FindOverrun, FindsABufferOrALoopThatIsNotThere) {
  EXPECT_THAT(fault_of_value(Value::load({"nothing", {kX}})),
              HasSubstr("nothing[x] is not an element of a buffer"));
  EXPECT_THAT(fault_of_value(Value::load({"matrix", {kX}})),
              HasSubstr("matrix[x] is not an element of a buffer"));
  EXPECT_THAT(fault_of_value(input(variable("z"))), HasSubstr("input[z]"));
}

}  // namespace
}  // namespace tamis::loop

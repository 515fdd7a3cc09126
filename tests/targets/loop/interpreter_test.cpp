// The interpreter notices what generated code would do wrong silently.
#include "targets/loop/interpreter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::loop::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Affine kX = Affine::variable("x");

Statement loop(LoopKind kind, int64_t extent, std::vector<Statement> body) {
  return {For{"x", extent, kind, std::move(body)}};
}

Statement store(const char* buffer, const Affine& to, const Value& value) {
  return {Store{{buffer, {to}}, value}};
}

Value load(const char* buffer, const Affine& index, Element element = Element::float32) {
  return Value::load({buffer, {index}}, element);
}

LoweredProgram program(std::vector<Statement> nest) {
  return {"run",
          {{"input", Element::float32, {4}},
           {"whole", Element::int32, {2}},
           {"output", Element::float32, {4}, Storage::argument, true},
           {"scratch", Element::float32, {4}, Storage::workspace},
           {"own", Element::float32, {4}, Storage::thread_workspace},
           {"shared", Element::float32, {4}, Storage::shared}},
          {std::move(nest)}};
}

std::string outcome(std::vector<Statement> nest, std::vector<double>* output = nullptr) {
  Memory memory = {{"input", cells({1, 2, 3, 4})}, {"whole", cells({2147483647, -7})}};
  if (const auto fault = interpret(program(std::move(nest)), memory)) return *fault;
  const auto result = numbers(memory["output"]);
  if (output != nullptr && result) *output = *result;
  return result ? "defined" : "undefined";
}

TEST(Interpreter, RunsALoop) {
  std::vector<double> output;
  const Value value = Value::multiply_add(load("input", kX), Value::constant(2), Value::constant(1));
  EXPECT_EQ(outcome({loop(LoopKind::serial, 4, {store("output", Affine(3) - kX, value)})}, &output),
            "defined");
  EXPECT_THAT(output, ElementsAre(9, 7, 5, 3));
}

TEST(Interpreter, WrapsWholeNumbersAround) {
  const Value sum = load("whole", 0, Element::int32) + Value::constant(1, Element::int32);
  const Value shifted = Value::of(Value::Kind::shift_right, load("whole", 1, Element::int32),
                                  Value::constant(1, Element::int32));
  std::vector<double> output;
  EXPECT_EQ(
      outcome({store("output", 0, Value::convert(sum, Element::float32)),
               store("output", 1, Value::convert(shifted, Element::float32)),
               store("output", 2, Value::convert(Value::convert(sum, Element::uint8), Element::float32)),
               store("output", 3, Value::constant(0.1))},
              &output),
      "defined");
  EXPECT_THAT(output, ElementsAre(-2147483648.0, -4, 0, static_cast<double>(0.1F)));
}

TEST(Interpreter, TellsWhatWasNotComputed) {
  EXPECT_EQ(outcome({loop(LoopKind::serial, 3, {store("output", kX, load("input", kX))})}), "undefined");
  EXPECT_EQ(outcome({loop(LoopKind::serial, 4, {store("output", kX, load("scratch", kX))})}), "undefined");
}

TEST(Interpreter, FindsAnIndexOutside) {
  EXPECT_EQ(outcome({loop(LoopKind::serial, 4, {store("output", kX, load("input", kX + Affine(1)))})}),
            "input[x + 1]: index 0 is 4 of 4");
}

TEST(Interpreter, FindsMixedTypes) {
  EXPECT_THAT(outcome({store("output", 0, load("input", 0) + load("whole", 0, Element::int32))}),
              HasSubstr("operands of different types"));
  EXPECT_THAT(outcome({store("output", 0, load("whole", 0))}), HasSubstr("not such an element"));
  EXPECT_THAT(outcome({store("output", 0, load("whole", 0, Element::int32))}),
              HasSubstr("not such an element"));
}

TEST(Interpreter, FindsALoopThatIsNotAround) {
  EXPECT_THAT(outcome({store("output", kX, Value::constant(0))}), HasSubstr("no loop x"));
  EXPECT_THAT(outcome({store("output", 0, Value::accumulated())}), HasSubstr("no sum"));
}

TEST(Interpreter, FindsAParallelLoopInsideAnother) {
  const Statement inner = loop(LoopKind::parallel, 2, {store("output", kX, Value::constant(0))});
  EXPECT_THAT(outcome({store("output", 0, Value::constant(0)), inner}), HasSubstr("not outermost"));
}

TEST(Interpreter, FindsIterationsThatDisturbOneAnother) {
  const auto parallel = [](std::vector<Statement> body) {
    return outcome({loop(LoopKind::parallel, 4, std::move(body))});
  };
  EXPECT_EQ(parallel({store("output", kX, load("input", kX))}), "defined");
  EXPECT_THAT(parallel({store("output", 0, load("input", kX))}), HasSubstr("used by another"));
  EXPECT_THAT(parallel({store("scratch", kX, load("input", kX)), store("output", kX, load("scratch", 2))}),
              HasSubstr("by another"));
  EXPECT_THAT(parallel({store("output", kX, load("scratch", 2)), store("scratch", kX, load("input", kX))}),
              HasSubstr("by another"));
}

TEST(Interpreter, GivesEachParallelIterationUndefinedMemoryOfItsOwn) {
  const auto once = Statement{If{{kX - Affine(3)}, {store("own", 0, load("input", kX))}, {}}};
  EXPECT_EQ(outcome({loop(LoopKind::parallel, 4, {once, store("output", kX, load("own", 0))})}), "undefined");
}

/// What items read of a copy that other items made asynchronously, behind these.
std::string copied_later(const std::vector<Barrier>& barriers) {
  Statement later = store("shared", kX, load("input", kX));
  std::get<Store>(later.step).asynchronous = true;
  std::vector<Statement> nest = {loop(LoopKind::item_x, 4, {later})};
  for (const Barrier& barrier : barriers) nest.push_back({barrier});
  nest.push_back(loop(LoopKind::item_x, 4, {store("output", kX, load("shared", Affine(3) - kX))}));
  return outcome(std::move(nest));
}

TEST(Interpreter, StoresAsynchronouslyNoEarlierThanABarrierWaits) {
  const Barrier end{false};
  EXPECT_EQ(copied_later({end, {true, 0}}), "defined");
  EXPECT_EQ(copied_later({end, end, {true, 1}}), "defined");
  EXPECT_EQ(copied_later({end, {true, 1}}), "undefined");
  EXPECT_EQ(copied_later({end, {true}}), "undefined");
  EXPECT_EQ(copied_later({{true, 0}}), "undefined");
}

TEST(Interpreter, KnowsThatWaitingForCopiesOfOnesOwnIsNoBarrier) {
  EXPECT_THAT(copied_later({Barrier{false}, Barrier{false, 0}}), HasSubstr("without a barrier"));
}

}  // namespace
}  // namespace tamis::loop::testing

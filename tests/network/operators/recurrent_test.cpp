#include "network/operators/calls.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;

using Names = std::vector<std::string>;
using Numbers = std::vector<float>;

Array floats(Shape shape, const Numbers& values) { return Array::of<float>(std::move(shape), values); }

/// `count` activations that pass their input on.
void let_through(TestCall& call, size_t count) {
  call.attributes["activations"] = Names(count, "Affine");
  call.attributes["activation_alpha"] = Numbers(count, 1);
}

/// h = x + r h for three steps of one number each, 1, 2 and 3.
TestCall sums_of(float r) {
  TestCall call{"RNN", {floats({3, 1, 1}, {1, 2, 3}), floats({1, 1, 1}, {1}), floats({1, 1, 1}, {r})}};
  let_through(call, 1);
  call.outputs = 2;
  return call;
}

/// One step of an LSTM of one number, 2, whose gates are all 2.
TestCall lstm_of_two() {
  TestCall call{"LSTM",
                {floats({1, 1, 1}, {2}), floats({1, 4, 1}, {1, 1, 1, 1}), floats({1, 4, 1}, {0, 0, 0, 0})}};
  let_through(call, 3);
  call.outputs = 3;
  return call;
}

std::vector<float> output_of(const TestCall& call, size_t index) {
  const Array array = run(call).value()[index];
  const auto values = array.values<float>();
  return {values.begin(), values.end()};
}

TEST(Rnn, CarriesItsStateFromStepToStep) {
  EXPECT_EQ(run(sums_of(10)).value()[0].shape(), (Shape{3, 1, 1, 1}));
  EXPECT_THAT(output_of(sums_of(10), 0), ElementsAre(1, 12, 123));
  EXPECT_THAT(output_of(sums_of(10), 1), ElementsAre(123));
}

TEST(Rnn, TakesTanhUnlessToldOtherwise) {
  TestCall call = sums_of(0);
  call.attributes.clear();
  EXPECT_THAT(output_of(call, 1), ElementsAre(FloatNear(std::tanh(3.0F), 1e-6F)));
}

TEST(Rnn, AddsBothBiasesAndTheInitialState) {
  TestCall call = sums_of(10);
  call.inputs.resize(6);
  call.inputs[3] = floats({1, 2}, {1000, 2000});
  call.inputs[5] = floats({1, 1, 1}, {100});
  EXPECT_THAT(output_of(call, 0), ElementsAre(4001, 43012, 433123));
}

TEST(Rnn, ReadsBackwardsInReverse) {
  TestCall call = sums_of(10);
  call.attributes["direction"] = std::string("reverse");
  EXPECT_THAT(output_of(call, 0), ElementsAre(321, 32, 3));
  EXPECT_THAT(output_of(call, 1), ElementsAre(321));
}

TEST(Rnn, PutsBothDirectionsSideBySide) {
  TestCall call = sums_of(10);
  call.inputs[1] = floats({2, 1, 1}, {1, 1});
  call.inputs[2] = floats({2, 1, 1}, {10, 10});
  call.attributes["direction"] = std::string("bidirectional");
  let_through(call, 2);
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{3, 2, 1, 1}));
  EXPECT_THAT(output_of(call, 0), ElementsAre(1, 321, 12, 32, 123, 3));
  EXPECT_THAT(output_of(call, 1), ElementsAre(123, 321));
}

TEST(Rnn, EndsEachSequenceAtItsLength) {
  TestCall call{"RNN",
                {floats({2, 3, 1}, {1, 2, 3, 10, 20, 30}), floats({1, 1, 1}, {1}), floats({1, 1, 1}, {1}),
                 std::nullopt, Array::of<int32_t>({3}, {2, 1, 0}), floats({1, 3, 1}, {100, 100, 100})}};
  let_through(call, 1);
  call.outputs = 2;
  EXPECT_THAT(output_of(call, 0), ElementsAre(101, 102, 0, 111, 0, 0));
  EXPECT_THAT(output_of(call, 1), ElementsAre(111, 102, 0));
  call.attributes["direction"] = std::string("reverse");
  EXPECT_THAT(output_of(call, 0), ElementsAre(111, 102, 0, 110, 0, 0));
  call.inputs[4] = Array::of<int32_t>({3}, {3, 1, 0});
  EXPECT_THAT(error_of(call), HasSubstr("length is 3, but must be from 0 to 2"));
}

TEST(Rnn, MayHaveTheBatchFirst) {
  TestCall call{"RNN",
                {floats({2, 3, 1}, {1, 2, 3, 4, 5, 6}), floats({1, 1, 1}, {1}), floats({1, 1, 1}, {10})},
                {{"layout", int64_t{1}}}};
  let_through(call, 1);
  call.outputs = 2;
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{2, 3, 1, 1}));
  EXPECT_EQ(run(call).value()[1].shape(), (Shape{2, 1, 1}));
  EXPECT_THAT(output_of(call, 0), ElementsAre(1, 12, 123, 4, 45, 456));
}

TEST(Rnn, ClipsWhatEntersAnActivation) {
  TestCall call = sums_of(10);
  call.attributes["clip"] = 5.0F;
  EXPECT_THAT(output_of(call, 0), ElementsAre(1, 5, 5));
}

TEST(Rnn, HandsParametersToThoseActivationsThatTakeThem) {
  TestCall call = sums_of(0);
  call.inputs[1] = floats({2, 1, 1}, {-1, -1});
  call.inputs[2] = floats({2, 1, 1}, {0, 0});
  call.attributes = {{"direction", std::string("bidirectional")},
                     {"activations", Names{"relu", "LeakyRelu"}},
                     {"activation_alpha", Numbers{0.5F}}};
  EXPECT_THAT(output_of(call, 1), ElementsAre(0, -0.5F));
  call.attributes["activations"] = Names{"ThresholdedRelu", "LeakyRelu"};
  EXPECT_THAT(output_of(call, 1), ElementsAre(0, FloatNear(-0.01F, 1e-8F)));
}

TEST(Rnn, NamesTheNearestOfAnUnknownActivation) {
  TestCall call = sums_of(0);
  call.attributes["activations"] = Names{"Sigmoids"};
  EXPECT_THAT(error_of(call), HasSubstr("did you mean \"Sigmoid\"?"));
  call.attributes["activations"] = Names{"Tanh", "Tanh"};
  EXPECT_THAT(error_of(call), HasSubstr("it has 2 activations, but needs 1"));
}

TEST(Rnn, RefusesInputsOfOtherShapes) {
  TestCall call = sums_of(0);
  call.inputs[1] = floats({1, 2, 1}, {1, 1});
  EXPECT_THAT(error_of(call), HasSubstr("of shape 1x2x1, not 1x1x1"));
  call = sums_of(0);
  call.attributes["hidden_size"] = int64_t{2};
  EXPECT_THAT(error_of(call), HasSubstr("hidden_size is 2, but R is of shape 1x1x1"));
  call.attributes = {{"direction", std::string("backward")}};
  EXPECT_THAT(error_of(call), HasSubstr("none of forward, reverse, bidirectional"));
}

TEST(Rnn, HasZerosWhereThereIsNothingToRead) {
  TestCall call = sums_of(1);
  call.inputs[0] = floats({0, 2, 1}, {});
  EXPECT_THAT(output_of(call, 1), ElementsAre(0, 0));
}

TEST(Lstm, MultipliesItsGates) {
  EXPECT_THAT(output_of(lstm_of_two(), 0), ElementsAre(8));
  EXPECT_THAT(output_of(lstm_of_two(), 2), ElementsAre(4));
}

TEST(Lstm, KeepsItsCellByTheForgetGate) {
  TestCall call = lstm_of_two();
  call.inputs.resize(7);
  call.inputs[6] = floats({1, 1, 1}, {3});
  EXPECT_THAT(output_of(call, 2), ElementsAre(10));
  call.attributes["input_forget"] = int64_t{1};
  EXPECT_THAT(output_of(call, 2), ElementsAre(1));
}

TEST(Lstm, LooksAtItsCellThroughPeepholes) {
  TestCall call = lstm_of_two();
  call.inputs.resize(8);
  call.inputs[6] = floats({1, 1, 1}, {1});
  call.inputs[7] = floats({1, 3}, {10, 100, 1000});  // input, output, forget gate
  EXPECT_THAT(output_of(call, 2), ElementsAre(1002 + 12 * 2));
  EXPECT_THAT(output_of(call, 1), ElementsAre((2 + 100 * 1026.0F) * 1026));
}

TEST(Lstm, ClipsTheCellWhereItEntersAnActivation) {
  TestCall call = lstm_of_two();
  call.attributes["clip"] = 3.0F;
  EXPECT_THAT(output_of(call, 1), ElementsAre(6));
  EXPECT_THAT(output_of(call, 2), ElementsAre(4));
}

TEST(Lstm, NeedNotGiveTheSequence) {
  const TestCall call = lstm_of_two();
  Node node = node_of(call);
  node.outputs = {"", "h"};
  std::vector<Fact> facts;
  for (const auto& input : call.inputs) facts.push_back(Fact::of(*input));
  const auto outputs = outputs_of(Call(node, {&facts[0], &facts[1], &facts[2]}), 100);
  ASSERT_EQ(outputs.value().size(), 2U);
  EXPECT_EQ(outputs.value()[1].value->values<float>()[0], 8);
}

TEST(Gru, ResetsBeforeOrAfterTheProduct) {
  TestCall call{"GRU",
                {floats({1, 1, 1}, {1}), floats({1, 3, 1}, {0, 2, 1}), floats({1, 3, 1}, {0, 0, 10}),
                 floats({1, 6}, {0, 0, 0, 0, 0, 100}), std::nullopt, floats({1, 1, 1}, {3})}};
  let_through(call, 2);
  EXPECT_THAT(output_of(call, 0), ElementsAre(1 + 2 * 3 * 10 + 100));
  call.attributes["linear_before_reset"] = int64_t{1};
  EXPECT_THAT(output_of(call, 0), ElementsAre(1 + 2 * (3 * 10 + 100)));
}

TEST(Gru, KeepsItsStateByTheUpdateGate) {
  TestCall call{"GRU",
                {floats({1, 1, 1}, {1}), floats({1, 3, 1}, {0.25F, 0, 4}), floats({1, 3, 1}, {0, 0, 0}),
                 std::nullopt, std::nullopt, floats({1, 1, 1}, {8})}};
  let_through(call, 2);
  EXPECT_THAT(output_of(call, 0), ElementsAre(0.75F * 4 + 0.25F * 8));
}

TEST(Gru, HasTwoOutputsAtMost) {
  TestCall call{"GRU", {floats({1, 1, 1}, {1}), floats({1, 3, 1}, {0, 0, 4}), floats({1, 3, 1}, {0, 0, 0})}};
  call.outputs = 3;
  EXPECT_THAT(error_of(call), HasSubstr("3 outputs, more than 2"));
}

}  // namespace
}  // namespace tamis::network

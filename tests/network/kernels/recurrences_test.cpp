// Kernels of layers that go from step to step.
#include "network/kernels/running.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using Attributes = std::map<std::string, Attribute, std::less<>>;
using Names = std::vector<std::string>;

struct LayerSizes {
  int64_t steps = 5;
  int64_t batch = 2;
  int64_t inputs = 7;
  int64_t hidden = 19;
};

int64_t gates_of(const std::string& type) { return type == "LSTM" ? 4 : type == "GRU" ? 3 : 1; }

/// Numbers so small that many steps stay away from where activations are flat.
Array small_numbers(const Shape& shape, uint64_t seed) {
  NewArray<float> array(shape);
  const Array any = numbers(shape, seed);
  for (size_t i = 0; i < array.values().size(); ++i) array.values()[i] = any.values<float>()[i] * 0.25F;
  return std::move(array).finish();
}

/// A layer with a bias and all its outputs.
TestCall layer_of(const std::string& type, const LayerSizes& sizes = {}, const Attributes& attributes = {}) {
  const auto direction = attributes.find("direction");
  const bool both =
      direction != attributes.end() && std::get<std::string>(direction->second) == "bidirectional";
  const int64_t directions = both ? 2 : 1;
  const int64_t rows = gates_of(type) * sizes.hidden;
  const bool batch_first = attributes.contains("layout");
  const Shape x = batch_first ? Shape{sizes.batch, sizes.steps, sizes.inputs}
                              : Shape{sizes.steps, sizes.batch, sizes.inputs};
  TestCall call{
      type,
      {numbers(x), small_numbers({directions, rows, sizes.inputs}, 2),
       small_numbers({directions, rows, sizes.hidden}, 3), small_numbers({directions, 2 * rows}, 4)},
      attributes};
  call.outputs = type == "LSTM" ? 3 : 2;
  return call;
}

Array state_of(const LayerSizes& sizes, bool batch_first, int64_t directions, uint64_t seed) {
  return numbers(batch_first ? Shape{sizes.batch, directions, sizes.hidden}
                             : Shape{directions, sizes.batch, sizes.hidden},
                 seed);
}

class Recurs : public ::testing::TestWithParam<const char*> {};

TEST_P(Recurs, GoesInAllDirections) {
  for (const char* direction : {"forward", "reverse", "bidirectional"})
    for (const int64_t steps : {1, 2, 9}) {
      const TestCall call = layer_of(GetParam(), {.steps = steps}, {{"direction", std::string(direction)}});
      EXPECT_EQ(fault_of(call), "") << direction << steps;
    }
}

TEST_P(Recurs, HasAnySize) {
  for (const int64_t hidden : {1, 3, 16, 64, 100})
    for (const int64_t batch : {1, 5})
      for (const int64_t steps : {1, 4})
        EXPECT_EQ(fault_of(layer_of(GetParam(), {steps, batch, 21, hidden})), "")
            << hidden << " " << batch << " " << steps;
}

TEST_P(Recurs, TakesTheBatchFirst) {
  for (const char* direction : {"reverse", "bidirectional"})
    EXPECT_EQ(
        fault_of(layer_of(GetParam(), {}, {{"layout", int64_t{1}}, {"direction", std::string(direction)}})),
        "")
        << direction;
}

TEST_P(Recurs, BeginsAtAnInitialState) {
  for (const int64_t steps : {1, 4}) {
    const LayerSizes sizes{.steps = steps};
    TestCall call = layer_of(GetParam(), sizes, {{"direction", std::string("bidirectional")}});
    call.inputs.resize(6);
    call.inputs[5] = state_of(sizes, false, 2, 5);
    if (call.type == "LSTM") call.inputs.emplace_back(state_of(sizes, false, 2, 6));
    EXPECT_EQ(fault_of(call), "");
    call.inputs[3].reset();
    EXPECT_EQ(fault_of(call), "") << "without a bias";
  }
}

TEST_P(Recurs, EndsWhereSequencesDo) {
  for (const char* direction : {"forward", "reverse", "bidirectional"})
    for (const bool known : {false, true}) {
      TestCall call = layer_of(GetParam(), {.steps = 6, .batch = 4}, {{"direction", std::string(direction)}});
      call.inputs.emplace_back(Array::of<int32_t>({4}, {6, 1, 0, 4}));
      EXPECT_EQ(fault_of(call, {.known = known ? std::set<size_t>{4} : std::set<size_t>{}}), "")
          << direction << known;
      call.inputs[4] = Array::of<int32_t>({4}, {6, 6, 6, 6});
      EXPECT_EQ(fault_of(call, {.known = known ? std::set<size_t>{4} : std::set<size_t>{}}), "")
          << direction << known;
    }
}

TEST_P(Recurs, TakesAnyOrder) {
  for (const int64_t steps : {1, 6}) {
    const TestCall call = layer_of(GetParam(), {.steps = steps});
    EXPECT_EQ(fault_of(call, {.orders = {{"x1", {0, 2, 1}}, {"x2", {0, 2, 1}}}}), "");
    EXPECT_EQ(fault_of(call, {.orders = {{"x0", {1, 2, 0}}, {"y0", {3, 2, 1, 0}}, {"y1", {2, 1, 0}}}}), "");
  }
}

TEST_P(Recurs, IsTheSameInNarrowVectorsAndOnSeveralThreads) {
  const TestCall call = layer_of(GetParam(), {.steps = 9, .batch = 6, .inputs = 40, .hidden = 67});
  for (const int64_t bytes : {16, 32})
    for (const int64_t threads : {1, 2, 5})
      EXPECT_EQ(fault_of(call, {.vector_bytes = bytes, .threads = threads}), "") << bytes << threads;
}

TEST_P(Recurs, ClipsWhatEntersActivations) {
  EXPECT_EQ(fault_of(layer_of(GetParam(), {}, {{"clip", 0.2F}})), "");
}

TEST_P(Recurs, GivesOnlyWhatIsWanted) {
  TestCall call = layer_of(GetParam());
  call.outputs = 1;
  EXPECT_EQ(fault_of(call), "");
}

TEST_P(Recurs, GivesZerosForNoSteps) { EXPECT_EQ(fault_of(layer_of(GetParam(), {.steps = 0})), ""); }

INSTANTIATE_TEST_SUITE_P(Kernel, Recurs, ::testing::Values("LSTM", "GRU", "RNN"),
                         [](const auto& one) { return std::string(one.param); });

TEST(LstmKernel, HasPeepholes) {
  const LayerSizes sizes;
  TestCall call = layer_of("LSTM", sizes, {{"direction", std::string("bidirectional")}});
  call.inputs.resize(8);
  call.inputs[6] = state_of(sizes, false, 2, 6);
  call.inputs[7] = numbers({2, 3 * sizes.hidden}, 7);
  EXPECT_EQ(fault_of(call), "");
}

TEST(LstmKernel, CouplesItsForgetGate) {
  EXPECT_EQ(fault_of(layer_of("LSTM", {}, {{"input_forget", int64_t{1}}})), "");
}

TEST(GruKernel, ResetsBeforeOrAfterItsProduct) {
  for (const int64_t steps : {1, 5})
    for (const char* direction : {"forward", "bidirectional"})
      EXPECT_EQ(
          fault_of(layer_of("GRU", {.steps = steps},
                            {{"linear_before_reset", int64_t{1}}, {"direction", std::string(direction)}})),
          "")
          << steps << direction;
}

TEST(RnnKernel, HasEveryActivation) {
  for (const char* name : {"Affine", "Elu", "HardSigmoid", "LeakyRelu", "Relu", "ScaledTanh", "sigmoid",
                           "Softplus", "Softsign", "TANH", "ThresholdedRelu"}) {
    const Attributes attributes{{"activations", Names{name}},
                                {"activation_alpha", std::vector<float>{0.3F}},
                                {"activation_beta", std::vector<float>{0.4F}}};
    EXPECT_EQ(fault_of(layer_of("RNN", {}, attributes)), "") << name;
  }
}

TEST(RnnKernel, MayHaveOtherActivationsBackwards) {
  const Attributes attributes{{"activations", Names{"Relu", "Sigmoid"}},
                              {"direction", std::string("bidirectional")}};
  EXPECT_EQ(fault_of(layer_of("RNN", {}, attributes)), "");
}

}  // namespace
}  // namespace tamis::network

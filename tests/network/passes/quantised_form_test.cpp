#include "network/passes/quantised_form.h"

#include "network/passes/graphs.h"
#include "network/passes/reference_run.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;

/// Bytes of all sizes that differ by seed.
Array random_bytes(const Shape& shape, uint64_t seed) {
  Random random(seed);
  NewArray<int8_t> array(shape);
  for (int8_t& value : array.values()) value = static_cast<int8_t>(random.uniform() * 255 - 127);
  return std::move(array).finish();
}

/// The types of the nodes that are left of a network with one input x of float32, each of whose outputs may
/// be off by `most`.
std::vector<std::string> brought_to_bytes(const TestGraph& graph, double most) {
  ResolveOptions options;
  options.keeps_dequantised = true;
  auto network = resolve(graph.model(), options);
  if (!network.ok()) return {network.error().message};
  if (const Status status = without_faults(*network); !status.ok()) return {status.error().message};
  const Array x = random_floats(*network->facts.at("x").shape, 7);
  const auto before = reference_run(*network, {{"x", x}});
  quantised_form(*network);
  const auto after = reference_run(*network, {{"x", x}});
  if (!before.ok() || !after.ok()) return {(before.ok() ? after : before).error().message};
  for (size_t i = 0; i < before->size(); ++i) {
    const auto expected = (*before)[i].values<float>();
    const auto got = (*after)[i].values<float>();
    EXPECT_EQ((*before)[i].shape(), (*after)[i].shape());
    for (size_t j = 0; j < expected.size(); ++j) EXPECT_NEAR(got[j], expected[j], most) << j;
  }
  std::vector<std::string> types;
  for (const Node& node : network->graph.nodes) types.push_back(node.type);
  return types;
}

constexpr float kOutputStep = 0.05F;
constexpr double kOneQuantum = 1.001 * kOutputStep;

/// A float32 input x that is quantised and dequantised to `x_f`, and scales and zero points.
TestGraph quantised_input(const std::vector<Dimension>& shape) {
  TestGraph graph;
  graph.input("x", shape).constant("x_s", floats({}, {0.01F})).constant("y_s", floats({}, {kOutputStep}));
  graph.constant("x_z", Array::scalar<uint8_t>(120)).constant("y_z", Array::scalar<uint8_t>(110));
  graph.constant("zero", Array::scalar<uint8_t>(0));
  graph.node("QuantizeLinear", {"x", "x_s", "x_z"}, {"x_q"})
      .node("DequantizeLinear", {"x_q", "x_s", "x_z"}, {"x_f"});
  return graph;
}

/// Quantises and dequantises a value, as the output y.
TestGraph& quantised_output(TestGraph& graph, const std::string& value,
                            const std::string& zero_point = "y_z") {
  return graph.node("QuantizeLinear", {value, "y_s", zero_point}, {"y_q"})
      .node("DequantizeLinear", {"y_q", "y_s", zero_point}, {"y"})
      .output("y");
}

TestGraph image_of_bytes() { return quantised_input({fixed(1), fixed(3), fixed(6), fixed(5)}); }

/// Weights of int8 with a scale for each output channel, as `w_f`.
TestGraph& quantised_weights(TestGraph& graph, const Shape& shape, int64_t axis) {
  const int64_t channels = shape[static_cast<size_t>(axis)];
  std::vector<float> scales;
  for (int64_t i = 0; i < channels; ++i) scales.push_back(0.01F + 0.001F * static_cast<float>(i));
  return graph.constant("w", random_bytes(shape, 3))
      .constant("w_s", floats({channels}, scales))
      .node("DequantizeLinear", {"w", "w_s"}, {"w_f"}, {{"axis", axis}});
}

const std::vector<std::string> kAlone{"QuantizeLinear", "QLinearConv", "DequantizeLinear"};

TEST(QuantisedForm, OfAConvolutionTakesItsBias) {
  TestGraph graph = image_of_bytes();
  quantised_weights(graph, {4, 3, 3, 3}, 0).constant("b", random_floats({4}, 5));
  graph.node("Conv", {"x_f", "w_f", "b"}, {"c"}, {{"pads", std::vector<int64_t>{1, 1, 1, 1}}});
  EXPECT_EQ(brought_to_bytes(quantised_output(graph, "c"), kOneQuantum), kAlone);
}

TEST(QuantisedForm, OfAConvolutionMayHaveAQuantisedBias) {
  TestGraph graph = image_of_bytes();
  quantised_weights(graph, {2, 3, 3, 3}, 0).constant("b", Array::of<int32_t>({2}, {500, -300}));
  graph.constant("b_s", floats({2}, {0.0001F, 0.00011F}))
      .node("DequantizeLinear", {"b", "b_s"}, {"b_f"}, {{"axis", int64_t{0}}})
      .node("Conv", {"x_f", "w_f", "b_f"}, {"c"});
  EXPECT_EQ(brought_to_bytes(quantised_output(graph, "c"), kOneQuantum), kAlone);
}

TEST(QuantisedForm, LeavesOutAReluThatSaturationIs) {
  for (const char* zero_point : {"zero", "y_z"}) {
    TestGraph graph = image_of_bytes();
    quantised_weights(graph, {4, 3, 3, 3}, 0).node("Conv", {"x_f", "w_f"}, {"c"}).node("Relu", {"c"}, {"r"});
    const auto types = brought_to_bytes(quantised_output(graph, "r", zero_point), kOneQuantum);
    if (std::string(zero_point) == "zero")
      EXPECT_EQ(types, kAlone);
    else
      EXPECT_THAT(types, ElementsAre("QuantizeLinear", "DequantizeLinear", "Conv", "Relu", "QuantizeLinear",
                                     "DequantizeLinear"));
  }
}

TEST(QuantisedForm, KeepsAConvolutionWhoseScalesLieAlongItsInputs) {
  TestGraph graph = image_of_bytes();
  quantised_weights(graph, {3, 3, 3, 3}, 1).node("Conv", {"x_f", "w_f"}, {"c"});
  const auto types = brought_to_bytes(quantised_output(graph, "c"), kOneQuantum);
  EXPECT_EQ(std::count(types.begin(), types.end(), "Conv"), 1);
}

TEST(QuantisedForm, KeepsWhatOthersTakeAsFractions) {
  TestGraph graph = image_of_bytes();
  quantised_weights(graph, {4, 3, 3, 3}, 0).node("Conv", {"x_f", "w_f"}, {"c"}).output("c");
  const auto types = brought_to_bytes(quantised_output(graph, "c"), kOneQuantum);
  EXPECT_EQ(std::count(types.begin(), types.end(), "Conv"), 1);
}

TEST(QuantisedForm, OfMatricesIsAProductOfBytes) {
  TestGraph product = quantised_input({fixed(5), fixed(8)});
  quantised_weights(product, {8, 6}, 1).node("MatMul", {"x_f", "w_f"}, {"c"});
  EXPECT_THAT(brought_to_bytes(quantised_output(product, "c"), kOneQuantum),
              ElementsAre("QuantizeLinear", "QLinearMatMul", "DequantizeLinear"));
  TestGraph gemm = quantised_input({fixed(5), fixed(8)});
  quantised_weights(gemm, {6, 8}, 0).constant("b", random_floats({6}, 5));
  gemm.node("Gemm", {"x_f", "w_f", "b"}, {"c"}, {{"transB", int64_t{1}}});
  EXPECT_THAT(brought_to_bytes(quantised_output(gemm, "c"), kOneQuantum),
              ElementsAre("QuantizeLinear", "QGemm", "DequantizeLinear"));
}

TEST(QuantisedForm, OfElementsAndMovesTakesBytes) {
  for (const char* type : {"Add", "Mul"}) {
    TestGraph graph = quantised_input({fixed(5), fixed(8)}).node(type, {"x_f", "x_f"}, {"c"});
    EXPECT_THAT(brought_to_bytes(quantised_output(graph, "c"), kOneQuantum),
                ElementsAre("QuantizeLinear", "QLinear" + std::string(type), "DequantizeLinear"));
  }
  TestGraph joined = quantised_input({fixed(5), fixed(8)});
  joined.node("Concat", {"x_f", "x_f"}, {"c"}, {{"axis", int64_t{1}}});
  EXPECT_THAT(brought_to_bytes(quantised_output(joined, "c"), kOneQuantum),
              ElementsAre("QuantizeLinear", "QLinearConcat", "DequantizeLinear"));
  TestGraph average = image_of_bytes().node("GlobalAveragePool", {"x_f"}, {"c"});
  EXPECT_THAT(brought_to_bytes(quantised_output(average, "c"), kOneQuantum),
              ElementsAre("QuantizeLinear", "QLinearGlobalAveragePool", "DequantizeLinear"));
  TestGraph moved = quantised_input({fixed(5), fixed(8)}).node("Transpose", {"x_f"}, {"c"});
  moved.node("QuantizeLinear", {"c", "x_s", "x_z"}, {"y_q"})
      .node("DequantizeLinear", {"y_q", "x_s", "x_z"}, {"y"})
      .output("y");
  EXPECT_THAT(brought_to_bytes(moved, 0), ElementsAre("QuantizeLinear", "Transpose", "DequantizeLinear"));
}

TEST(QuantisedForm, OfAMaxPoolTakesBytesWhereTheScalesAreTheSame) {
  for (const char* scale : {"x_s", "y_s"}) {
    TestGraph graph =
        image_of_bytes().node("MaxPool", {"x_f"}, {"c"}, {{"kernel_shape", std::vector<int64_t>{2, 2}}});
    graph.node("QuantizeLinear", {"c", scale, "x_z"}, {"y_q"})
        .node("DequantizeLinear", {"y_q", scale, "x_z"}, {"y"})
        .output("y");
    const bool same = std::string(scale) == "x_s";
    EXPECT_EQ(brought_to_bytes(graph, 0).size(), same ? 3U : 5U) << scale;
  }
}

TEST(QuantisedForm, ComputesWhatIsLeftOfConstants) {
  TestGraph graph = quantised_input({fixed(5), fixed(8)});
  quantised_weights(graph, {8, 6}, 1).node("MatMul", {"x_f", "w_f"}, {"y"}).output("y");
  EXPECT_THAT(brought_to_bytes(graph, 1e-5), ElementsAre("QuantizeLinear", "DequantizeLinear", "MatMul"));
}

/// A product of bytes that are found when the network runs, scaled, with a bias.
TestGraph dynamic_product(const Shape& scales) {
  TestGraph graph;
  graph.input("x", {fixed(2), fixed(5), fixed(8)}).constant("w", random_bytes({8, 6}, 3));
  graph.constant("w_s", floats(scales, std::vector<float>(scales.empty() ? 1 : 6, 0.02F)))
      .constant("b", random_floats({6}, 5))
      .node("DynamicQuantizeLinear", {"x"}, {"x_q", "x_s", "x_z"})
      .node("MatMulInteger", {"x_q", "w", "x_z"}, {"i"})
      .node("Cast", {"i"}, {"f"}, {{"to", int64_t{1}}})
      .node("Mul", {"x_s", "w_s"}, {"s"})
      .node("Mul", {"f", "s"}, {"m"});
  return graph;
}

TEST(ScaledProduct, TakesTheBiasBehindIt) {
  for (const Shape& scales : {Shape{}, Shape{6}})
    EXPECT_THAT(brought_to_bytes(dynamic_product(scales).node("Add", {"b", "m"}, {"y"}).output("y"), 1e-5),
                ElementsAre("DynamicQuantizeLinear", "MatMulIntegerToFloat"));
}

TEST(ScaledProduct, NeedsNoBias) {
  EXPECT_THAT(brought_to_bytes(dynamic_product({6}).output("m"), 1e-5),
              ElementsAre("DynamicQuantizeLinear", "MatMulIntegerToFloat"));
}

TEST(ScaledProduct, LeavesSumsThatOthersTake) {
  EXPECT_EQ(brought_to_bytes(dynamic_product({6}).output("m").output("f"), 1e-5).size(), 5U);
}

}  // namespace
}  // namespace tamis::network

#include "network/library/make_library.h"

#include "network/library/run_library.h"
#include "network/passes/graphs.h"
#include "network/passes/reference_run.h"
#include "network/passes/simplify.h"
#include "targets/cpu/schedule/schedule_space.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using Arrays = std::map<std::string, Array, std::less<>>;

LibraryOptions host_options() {
  LibraryOptions options;
  options.name = "net";
  options.machine = *cpu::host_machine();
  return options;
}

/// A model as a library, with what it was made of.
struct Compiled {
  Resolved network;
  std::vector<Layer> layers;
  MadeLibrary made;
};

Result<Compiled> compile(const TestGraph& graph, const LibraryOptions& options) {
  Compiled compiled;
  TAMIS_ASSIGN(compiled.network, resolve(graph.model(), {}));
  simplify(compiled.network);
  TAMIS_ASSIGN(compiled.layers, layers_of(compiled.network));
  TAMIS_ASSIGN(compiled.made, make_library(compiled.network, compiled.layers, options));
  return compiled;
}

Arrays random_inputs(const Library& library) {
  Arrays inputs;
  for (const LibraryPort& port : library.inputs)
    inputs.emplace(port.name, random_floats(port.shape, inputs.size() + 1));
  return inputs;
}

std::string difference(const Array& expected, const Array& given) {
  if (expected.shape() != given.shape()) return "the shapes differ";
  const auto a = expected.values<float>();
  const auto b = given.values<float>();
  float largest = 0;
  for (const float value : a) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(a[i] - b[i]) <= 5e-5F * largest))
      return fmt::format("element {} is {}, not {}", i, b[i], a[i]);
  return {};
}

/// How the library of a graph differs from its reference; empty where it does not.
std::string fault_of(const TestGraph& graph, const LibraryOptions& options = host_options()) {
  const auto compiled = compile(graph, options);
  if (!compiled.ok()) return compiled.error().message;
  const Library& library = compiled->made.library;
  const Arrays inputs = random_inputs(library);
  const auto expected = reference_run(compiled->network, inputs);
  if (!expected.ok()) return expected.error().message;
  const auto given = run_library(library, inputs);
  if (!given.ok()) return given.error().message;
  for (size_t i = 0; i < expected->size(); ++i) {
    const std::string wrong = difference((*expected)[i], (*given)[i]);
    if (!wrong.empty()) return library.outputs[i].name + ": " + wrong;
  }
  return {};
}

TestGraph residual_block() {
  TestGraph graph;
  graph.input("x", {fixed(1), fixed(3), fixed(9), fixed(8)})
      .constant("w1", random_floats({16, 3, 3, 3}, 10))
      .constant("b1", random_floats({16}, 11))
      .constant("w2", random_floats({16, 16, 3, 3}, 12))
      .constant("w3", random_floats({5, 16}, 13))
      .constant("b3", random_floats({5}, 14))
      .node("Conv", {"x", "w1", "b1"}, {"a"}, {{"pads", std::vector<int64_t>{1, 1, 1, 1}}})
      .node("Relu", {"a"}, {"b"})
      .node("MaxPool", {"b"}, {"c"},
            {{"kernel_shape", std::vector<int64_t>{2, 2}}, {"strides", std::vector<int64_t>{2, 2}}})
      .node("Conv", {"c", "w2"}, {"d"}, {{"pads", std::vector<int64_t>{1, 1, 1, 1}}})
      .node("Add", {"d", "c"}, {"e"})
      .node("Relu", {"e"}, {"f"})
      .node("GlobalAveragePool", {"f"}, {"g"})
      .node("Flatten", {"g"}, {"h"})
      .node("Gemm", {"h", "w3", "b3"}, {"y"}, {{"transB", int64_t{1}}})
      .output("y");
  return graph;
}

TEST(MakeLibrary, ComputesAResidualNetwork) { EXPECT_EQ(fault_of(residual_block()), ""); }

/// A depthwise convolution, a pointwise one, and what is added to that.
TestGraph separable_block() {
  TestGraph graph;
  graph.input("x", {fixed(1), fixed(19), fixed(9), fixed(8)})
      .constant("wd", random_floats({19, 1, 3, 3}, 10))
      .constant("bd", random_floats({19}, 11))
      .constant("wp", random_floats({19, 19, 1, 1}, 12))
      .constant("bp", random_floats({19}, 13))
      .node("Conv", {"x", "wd", "bd"}, {"d"},
            {{"group", int64_t{19}}, {"pads", std::vector<int64_t>{1, 1, 1, 1}}})
      .node("Relu", {"d"}, {"r"})
      .node("Conv", {"r", "wp", "bp"}, {"p"})
      .node("Add", {"p", "x"}, {"y"})
      .output("y");
  return graph;
}

/// The default config of each workload, with a latency by its operator.
FindConfig timed_by_operator(double depthwise, double pointwise, double both) {
  return [=](const Workload& workload) -> std::optional<TunedConfig> {
    const cpu::Machine machine = *cpu::host_machine();
    Space space = cpu::schedule_space(workload, machine, 1).value();
    Config config = cpu::default_schedule(workload, machine, 1, space);
    const double latency = workload.op == Operator::depthwise_conv2d   ? depthwise
                           : workload.op == Operator::separable_conv2d ? both
                                                                       : pointwise;
    if (latency == 0) return std::nullopt;
    return TunedConfig{std::move(space), std::move(config), latency};
  };
}

TEST(MakeLibrary, FusesAPairThatIsFasterThanItsParts) {
  LibraryOptions options = host_options();
  options.find_config = timed_by_operator(10, 20, 25);
  EXPECT_EQ(fault_of(separable_block(), options), "");
  const auto compiled = compile(separable_block(), options);
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  EXPECT_EQ(compiled->made.report.pairs.fused.size(), 1);
  EXPECT_EQ(compiled->made.report.pairs.saved_ns, 5);
  EXPECT_EQ(compiled->made.report.layouts.layers_ns, 25);
}

TEST(MakeLibrary, LeavesAPairApartThatIsSlowerOrWasNotTuned) {
  LibraryOptions options = host_options();
  for (const double both : {0.0, 30.0, 35.0}) {
    options.find_config = timed_by_operator(10, 20, both);
    const auto compiled = compile(separable_block(), options);
    ASSERT_TRUE(compiled.ok()) << compiled.error().message;
    EXPECT_EQ(compiled->made.report.pairs.offered, 1);
    EXPECT_EQ(compiled->made.report.pairs.fused.size(), 0) << both;
  }
  options.find_config = timed_by_operator(10, 0, 5);
  const auto compiled = compile(separable_block(), options);
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  EXPECT_EQ(compiled->made.report.pairs.fused.size(), 0) << "a part has no time";
}

TEST(MakeLibrary, MultipliesBatchesByAConstant) {
  for (const auto& [rows, constant] :
       {std::pair<Shape, Shape>{{2, 3, 5}, {2, 5, 4}}, {{1, 3, 5}, {1, 5, 4}}, {{2, 3, 16}, {2, 16, 16}}}) {
    TestGraph graph;
    graph.input("x", {fixed(rows[0]), fixed(rows[1]), fixed(rows[2])})
        .constant("c", random_floats(constant, 10))
        .node("MatMul", {"x", "c"}, {"y"})
        .output("y");
    EXPECT_EQ(fault_of(graph), "") << to_string(constant);
  }
}

TEST(MakeLibrary, ComputesANetworkOfVolumes) {
  TestGraph graph;
  graph.input("x", {fixed(1), fixed(3), fixed(5), fixed(9), fixed(8)})
      .constant("w1", random_floats({16, 3, 3, 3, 3}, 10))
      .constant("b1", random_floats({16}, 11))
      .constant("w2", random_floats({16, 16, 1, 3, 3}, 12))
      .node("Conv", {"x", "w1", "b1"}, {"a"}, {{"pads", std::vector<int64_t>{1, 1, 1, 1, 1, 1}}})
      .node("Relu", {"a"}, {"b"})
      .node("Conv", {"b", "w2"}, {"c"}, {{"pads", std::vector<int64_t>{0, 1, 1, 0, 1, 1}}})
      .node("Add", {"c", "b"}, {"d"})
      .node("GlobalAveragePool", {"d"}, {"y"})
      .output("y");
  EXPECT_EQ(fault_of(graph), "");
  LibraryOptions plain = host_options();
  plain.untuned_layout = Layout::nchw;
  EXPECT_EQ(fault_of(graph, plain), "");
}

Array halves(const Array& array) {
  NewArray<Float16> made(array.shape());
  const auto from = array.values<float>();
  std::transform(from.begin(), from.end(), made.values().begin(), [](float value) { return Float16(value); });
  return std::move(made).finish();
}

TEST(MakeLibrary, ComputesANetworkOfFloat16) {
  const Shape image{1, 3, 9, 8};
  TestGraph graph;
  graph.input("x", {fixed(1), fixed(3), fixed(9), fixed(8)}, ElementType::float16)
      .constant("w1", halves(random_floats({16, 3, 3, 3}, 10)))
      .constant("b1", halves(random_floats({16}, 11)))
      .constant("w2", halves(random_floats({16, 5}, 13)))
      .node("Conv", {"x", "w1", "b1"}, {"a"}, {{"pads", std::vector<int64_t>{1, 1, 1, 1}}})
      .node("Relu", {"a"}, {"b"})
      .node("GlobalAveragePool", {"b"}, {"g"})
      .node("Flatten", {"g"}, {"h"})
      .node("MatMul", {"h", "w2"}, {"m"})
      .node("Softmax", {"m"}, {"y"})
      .output("y");
  const Resolved model = resolve(graph.model(), {}).value();
  const auto compiled = compile(graph, host_options());
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  const Library& library = compiled->made.library;
  EXPECT_EQ(library.inputs[0].type, ElementType::float16);
  EXPECT_EQ(library.outputs[0].type, ElementType::float16);
  const Arrays inputs{{"x", halves(random_floats(image, 1))}};
  const Array expected = reference_run(model, inputs).value().front();
  const auto given = run_library(library, inputs);
  ASSERT_TRUE(given.ok()) << given.error().message;
  ASSERT_EQ(given->front().type(), ElementType::float16);
  for (size_t i = 0; i < expected.values<Float16>().size(); ++i)
    EXPECT_NEAR(static_cast<float>(given->front().values<Float16>()[i]),
                static_cast<float>(expected.values<Float16>()[i]), 4e-3);
}

TEST(MakeLibrary, ConvertsOnlyWhereOrdersDiffer) {
  const auto compiled = compile(residual_block(), host_options());
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  // The input comes with its channels outermost; all else has them innermost, down to a single pixel.
  EXPECT_EQ(compiled->made.report.conversions, 1);
  EXPECT_EQ(compiled->made.report.views, 1);
  EXPECT_EQ(compiled->made.report.untuned.size(), 3);
}

TEST(MakeLibrary, ComputesInPlainOrderWhereThatIsAsked) {
  LibraryOptions options = host_options();
  options.untuned_layout = Layout::nchw;
  EXPECT_EQ(fault_of(residual_block(), options), "");
  const auto compiled = compile(residual_block(), options);
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  EXPECT_EQ(compiled->made.report.conversions, 0);
}

TEST(MakeLibrary, TakesTheTunedConfigAndItsLayout) {
  LibraryOptions options = host_options();
  options.find_config = [&](const Workload& workload) -> std::optional<TunedConfig> {
    if (workload.layout != Layout::nchw && workload.op == Operator::conv2d) return std::nullopt;
    Space space = *cpu::schedule_space(workload, options.machine, 1);
    Config config = cpu::default_schedule(workload, options.machine, 1, space);
    return TunedConfig{std::move(space), std::move(config), 5000};
  };
  const auto compiled = compile(residual_block(), options);
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  EXPECT_EQ(compiled->made.report.tuned, 3);
  EXPECT_EQ(compiled->made.report.layouts.layers_ns, 15000);
  EXPECT_EQ(compiled->made.report.conversions, 0);
  EXPECT_EQ(fault_of(residual_block(), options), "");
}

TEST(MakeLibrary, SharesMemoryAndCode) {
  TestGraph graph;
  graph.input("x", {fixed(1), fixed(16), fixed(8), fixed(8)});
  std::string last = "x";
  for (int i = 0; i < 6; ++i) {
    const std::string number = std::to_string(i);
    graph.constant("w" + number, random_floats({16, 16, 3, 3}, 20 + static_cast<uint64_t>(i)))
        .node("Conv", {last, "w" + number}, {"y" + number}, {{"pads", std::vector<int64_t>{1, 1, 1, 1}}});
    last = "y" + number;
  }
  graph.output(last);
  EXPECT_EQ(fault_of(graph), "");
  const auto compiled = compile(graph, host_options());
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  const Library& library = compiled->made.library;
  EXPECT_EQ(library.kernels.size(), 3);  // the convolution, and a conversion in and out
  EXPECT_EQ(library.steps.size(), 8);
  EXPECT_LT(library.arena_bytes, library.unshared_bytes / 2);
}

TEST(MakeLibrary, FusesWhatComputesElementByElement) {
  TestGraph graph;
  graph.input("x", {fixed(2), fixed(3), fixed(5)})
      .constant("c", random_floats({5}, 30))
      .node("Exp", {"x"}, {"a"})
      .node("Add", {"a", "c"}, {"b"})
      .node("Tanh", {"x"}, {"t"})
      .node("Mul", {"b", "t"}, {"y"})
      .output("y");
  EXPECT_EQ(fault_of(graph), "");
  const auto compiled = compile(graph, host_options());
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  EXPECT_EQ(compiled->made.library.steps.size(), 1);
}

TEST(MakeLibrary, GivesInputsAndConstantsAndOneValueTwice) {
  TestGraph graph;
  graph.input("x", {fixed(2), fixed(3)})
      .constant("c", random_floats({4}, 31))
      .node("Relu", {"x"}, {"y"})
      .node("Reshape", {"y", "s"}, {"z"})
      .constant("s", Array::of<int64_t>({1}, {6}))
      .output("x")
      .output("c")
      .output("y")
      .output("z")
      .output("y")
      .output("x");
  EXPECT_EQ(fault_of(graph), "");
}

TEST(MakeLibrary, TakesTransposesAsTheOrderThatTheyAre) {
  // As ConvNeXt has it: channels last for a product, and back.
  TestGraph graph;
  graph.input("x", {fixed(1), fixed(16), fixed(6), fixed(5)})
      .constant("w", random_floats({16, 1, 3, 3}, 32))
      .constant("m", random_floats({16, 16}, 33))
      .node("Conv", {"x", "w"}, {"a"}, {{"pads", std::vector<int64_t>{1, 1, 1, 1}}, {"group", int64_t{16}}})
      .node("Transpose", {"a"}, {"b"}, {{"perm", std::vector<int64_t>{0, 2, 3, 1}}})
      .node("MatMul", {"b", "m"}, {"c"})
      .node("Transpose", {"c"}, {"d"}, {{"perm", std::vector<int64_t>{0, 3, 1, 2}}})
      .node("Add", {"d", "x"}, {"e"})
      .node("Conv", {"e", "w"}, {"y"}, {{"pads", std::vector<int64_t>{1, 1, 1, 1}}, {"group", int64_t{16}}})
      .output("y");
  EXPECT_EQ(fault_of(graph), "");
  const auto compiled = compile(graph, host_options());
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  EXPECT_EQ(compiled->made.report.views, 2);
  EXPECT_EQ(compiled->made.report.conversions, 2);
}

TEST(MakeLibrary, TurnsMatricesAndTransposedConvolutions) {
  TestGraph graph;
  graph.input("x", {fixed(1), fixed(4), fixed(5), fixed(5)})
      .constant("w", random_floats({4, 8, 3, 3}, 34))
      .constant("m", random_floats({9, 7}, 35))
      .constant("g", random_floats({7, 6}, 36))
      .node("ConvTranspose", {"x", "w"}, {"a"},
            {{"strides", std::vector<int64_t>{2, 2}}, {"pads", std::vector<int64_t>{1, 1, 1, 1}}})
      .node("MatMul", {"a", "m"}, {"b"})
      .node("ReduceMean", {"b"}, {"c"}, {{"axes", std::vector<int64_t>{1, 2}}, {"keepdims", int64_t{0}}})
      .node("Gemm", {"c", "g"}, {"y"})
      .output("y");
  EXPECT_EQ(fault_of(graph), "");
}

TEST(MakeLibrary, IsNotCalledAsAHeaderOrAMacroOfTheSystem) {
  for (const char* name : {"time", "R", "stdio", "int", "", "2", "a b"})
    EXPECT_FALSE(is_library_name(name)) << name;
  for (const char* name : {"timer", "r", "resnet18"}) EXPECT_TRUE(is_library_name(name)) << name;
}

TEST(MakeLibrary, ComputesOperatorsOfWhoseOutputsSomeAreNotTaken) {
  TestGraph graph;
  graph.input("x", {fixed(2), fixed(6)})
      .constant("s", random_floats({6}, 37))
      .node("Split", {"x"}, {"first", "second"}, {{"axis", int64_t{1}}})
      .node("LayerNormalization", {"x", "s"}, {"normal", "mean"})
      .node("Relu", {"second"}, {"y"})
      .node("Neg", {"mean"}, {"z"})
      .output("y")
      .output("z");
  EXPECT_EQ(fault_of(graph), "");
}

TEST(MakeLibrary, KeepsWhatIsNoNumberInReductions) {
  TestGraph graph;
  graph.input("x", {fixed(3)})
      .node("Log", {"x"}, {"l"})
      .node("ReduceMax", {"l"}, {"y"}, {{"axes", std::vector<int64_t>{0}}})
      .output("y");
  const auto compiled = compile(graph, host_options());
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  for (size_t place = 0; place < 3; ++place) {
    std::vector<float> values(3, 1);
    values[place] = -1;  // has no logarithm
    const auto given = run_library(compiled->made.library, {{"x", floats({3}, values)}});
    ASSERT_TRUE(given.ok()) << given.error().message;
    EXPECT_TRUE(std::isnan((*given)[0].values<float>()[0])) << place;
  }
}

TEST(MakeLibrary, MakesZerosOfSubnormalWeights) {
  TestGraph graph;
  std::vector<float> weights(64, 1e-40F);
  weights[0] = 1;
  graph.input("x", {fixed(1), fixed(8)})
      .constant("w", floats({8, 8}, weights))
      .node("MatMul", {"x", "w"}, {"y"})
      .output("y");
  const auto compiled = compile(graph, host_options());
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  const std::vector<std::byte>& file = compiled->made.library.weights;
  for (size_t at = kWeightsHeader; at + sizeof(float) <= file.size(); at += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, file.data() + at, sizeof value);
    EXPECT_TRUE(value == 0 || value == 1) << value;
  }
}

TEST(MakeLibrary, LeavesOutAnInputOnWhichNoOutputDependsAndSaysSo) {
  TestGraph graph;
  graph.input("x", {fixed(4)}).input("idle", {fixed(3)}).node("Relu", {"x"}, {"y"}).output("y");
  const Result<Compiled> compiled = compile(graph, host_options());
  ASSERT_TRUE(compiled.ok()) << compiled.error().message;
  EXPECT_EQ(compiled->made.library.inputs.size(), 1U);
  EXPECT_EQ(compiled->made.report.left_out_inputs, std::vector<std::string>{"idle"});
}

TEST(MakeLibrary, NamesAnOperatorWithoutCode) {
  TestGraph graph;
  graph.input("x", {fixed(1), fixed(2), fixed(3), fixed(3)})
      .input("g", {fixed(1), fixed(2), fixed(2), fixed(2)})
      .node("GridSample", {"x", "g"}, {"y"})
      .output("y");
  EXPECT_EQ(fault_of(graph), "node 0 (GridSample): there is no code generator for GridSample");
}

TEST(MakeLibrary, RefusesANameThatIsNoneInC) {
  LibraryOptions options = host_options();
  options.name = "2 nets";
  EXPECT_EQ(fault_of(residual_block(), options), "\"2 nets\" cannot be the name of a library in C");
}

}  // namespace
}  // namespace tamis::network

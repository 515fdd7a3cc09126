// What follows a sum of float32, in every algorithm: activations, residuals, and what is not a number.
#include "targets/cpu/runtime/loaded_kernel.h"
#include "targets/cpu/support/subject.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

using testing::Subject;
using testing::workload;

struct Way {
  const char* name;
  const char* spec;
  const char* algorithm;  ///< nullptr where there is only one
};

constexpr Way kWays[] = {
    {"Direct", "conv2d:ci=6,h=5,w=4,co=19,k=3,stride=2,pad=1,layout=nhwc", "direct"},
    {"DirectNchw", "conv2d:n=2,ci=5,h=3,w=5,co=18,k=3,pad=1", "direct"},
    {"DirectBlocked", "conv2d:ci=16,h=3,w=4,co=32,k=3,pad=1,layout=nchw16c", "direct"},
    {"Pointwise", "conv2d:ci=70,h=2,w=3,co=20,k=1,layout=nhwc", nullptr},
    {"Im2col", "conv2d:ci=6,h=5,w=4,co=19,k=3,stride=2,pad=1", "im2col"},
    {"Winograd2", "conv2d:ci=8,h=5,w=4,co=19,k=3,pad=1,layout=nhwc", "winograd2"},
    {"Winograd4", "conv2d:ci=16,h=5,w=6,co=16,k=3,pad=1,layout=nchw16c", "winograd4"},
    {"WinogradStride2", "conv2d:ci=8,h=6,w=7,co=19,k=3,stride=2,pad=1,layout=nhwc", "winograd2"},
    {"FewChannels", "conv2d:ci=3,h=5,w=4,co=19,k=3,stride=2,pad=1,layout=nhwc", "direct"},
    {"Grouped", "grouped_conv2d:ci=6,h=4,w=3,co=9,k=3,pad=1,groups=3", nullptr},
    {"Depthwise", "depthwise_conv2d:ci=35,h=4,w=5,k=3,pad=1,layout=nhwc", nullptr},
    {"DepthwiseBlocked", "depthwise_conv2d:ci=32,h=4,w=5,k=3,stride=2,pad=1,layout=nchw16c", nullptr},
    {"Dense", "dense:n=3,ci=70,co=35", nullptr},
    {"Matmul", "matmul:batch=2,m=5,n=35,k=70,transpose_b=1", nullptr},
};

constexpr const char* kActivations[] = {"hard_swish", "silu", "gelu", "sigmoid", "hard_sigmoid", "tanh"};

/// Some configs of an algorithm, evenly spread over the space.
std::vector<Config> configs_of(const Subject& subject, const Way& way, size_t most) {
  const Space& space = subject.space();
  std::vector<Config> found;
  const std::vector<ConfigKey> allowed = space.allowed_keys(Space::kVisitable).value();
  for (const ConfigKey& key : allowed) {
    Config config = space.config(key);
    const auto knob = space.find("algorithm");
    if (way.algorithm != nullptr && knob &&
        std::get<std::string>(space.value(config, *knob)) != way.algorithm)
      continue;
    found.push_back(std::move(config));
  }
  std::vector<Config> spread;
  for (size_t i = 0; i < std::min(most, found.size()); ++i)
    spread.push_back(found[i * found.size() / std::min(most, found.size())]);
  return spread;
}

void expect_right(const Way& way, const std::string& keys) {
  const auto subject = Subject::make("", 1, workload(way.spec + keys), 3);
  ASSERT_TRUE(subject.ok()) << subject.error().message;
  const std::vector<Config> configs = configs_of(*subject, way, 3);
  ASSERT_FALSE(configs.empty());
  for (const Config& config : configs) {
    EXPECT_EQ(subject->overruns(config).value_or("right"), "right") << subject->space().describe(config);
    EXPECT_EQ(subject->interprets_wrongly(config).value_or("right"), "right")
        << subject->space().describe(config);
    EXPECT_EQ(subject->runs_wrongly(config).value_or("right"), "right") << subject->space().describe(config);
  }
}

class EveryEpilogue : public ::testing::TestWithParam<Way> {};

TEST_P(EveryEpilogue, ComputesEachActivation) {
  for (const char* activation : kActivations)
    expect_right(GetParam(), std::string(",activation=") + activation);
}

TEST_P(EveryEpilogue, AddsTheResidualBeforeTheClip) { expect_right(GetParam(), ",residual=1"); }

TEST_P(EveryEpilogue, AddsTheResidualBeforeTheActivationWithoutABias) {
  expect_right(GetParam(), ",residual=1,bias=0,activation=silu");
}

TEST_P(EveryEpilogue, LetsThroughWhatIsNotANumber) {
  for (const char* keys : {"", ",clip_min=-1,clip_max=6", ",clip_min=none,clip_max=0.5", ",activation=gelu",
                           ",activation=hard_swish", ",activation=sigmoid", ",activation=tanh"}) {
    const auto subject = Subject::make("", 1, workload(GetParam().spec + std::string(keys)), 3);
    ASSERT_TRUE(subject.ok()) << subject.error().message;
    WorkloadData data = subject->data();
    std::fill(data.bias.values<float>().begin(), data.bias.values<float>().end(),
              std::numeric_limits<float>::quiet_NaN());
    const Config config = configs_of(*subject, GetParam(), 1).front();
    const auto artifact = subject->build(config);
    ASSERT_TRUE(artifact.ok()) << artifact.error().message;
    const auto loaded = LoadedKernel::load(**artifact, data);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    (*loaded)->run();
    const Tensor output = (*loaded)->output();
    EXPECT_TRUE(std::all_of(output.values<float>().begin(), output.values<float>().end(), [](float value) {
      return std::isnan(value);
    })) << keys;
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, EveryEpilogue, ::testing::ValuesIn(kWays),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace tamis::cpu

// Machine code for processors other than the host computes the reference result: on the host where it has
// what the processor has, under an emulator for AArch64.
#include "targets/cpu/cross/emulated.h"

#include <gtest/gtest.h>

namespace tamis::cpu::testing {
namespace {

constexpr int kConfigs = 6;

const std::vector<std::string> kSpecs = {
    "conv2d:n=2,ci=5,h=6,w=7,co=19,k=3,stride=2,pad=1",
    "conv2d:ci=12,h=6,w=5,co=20,k=3,pad=1,layout=nhwc",  // direct, im2col and Winograd's
    "conv2d:ci=16,h=5,w=6,co=32,k=3,pad=1,layout=nchw16c",
    "conv2d:n=2,ci=20,h=3,w=3,co=40,k=1,layout=nhwc",
    "grouped_conv2d:ci=10,h=4,w=4,co=14,k=3,pad=1,groups=2,layout=nhwc",
    "depthwise_conv2d:ci=21,h=6,w=5,k=3,pad=1,layout=nhwc",
    "dense:n=5,ci=37,co=50",
    "matmul:batch=2,m=7,n=19,k=13,transpose_a=1,transpose_b=1",
    "matmul:batch=2,m=7,n=19,k=13",
    "conv2d:ci=6,h=5,w=5,co=18,k=3,pad=1,type=int8,layout=nhwc",
    "conv2d:ci=16,h=4,w=4,co=16,k=3,pad=1,type=int8,layout=nchw16c",
    "depthwise_conv2d:ci=18,h=5,w=5,k=3,pad=1,type=int8",
    "dense:n=5,ci=37,co=50,type=int8"};

struct Tried {
  Subject subject;
  std::vector<Config> configs;
};

Tried some_configs(const std::string& processor, const std::string& spec) {
  Tried tried{Subject::make(processor, 1, workload(spec), 3).value(), {}};
  Random random(17);
  for (int i = 0; i < kConfigs; ++i) tried.configs.push_back(tried.subject.space().sample(random).value());
  return tried;
}

/// An x86-64 processor that the host may be able to stand in for.
class OnTheHost : public ::testing::TestWithParam<std::string> {};

TEST_P(OnTheHost, ComputesTheReferenceResult) {
  if (!find_machine(GetParam()).value().host)
    GTEST_SKIP() << "this machine cannot run code for " << GetParam();
  for (const std::string& spec : kSpecs) {
    const Tried tried = some_configs(GetParam(), spec);
    for (const Config& config : tried.configs)
      EXPECT_EQ(tried.subject.runs_wrongly(config).value_or("right"), "right")
          << spec << " " << tried.subject.space().describe(config);
  }
}

INSTANTIATE_TEST_SUITE_P(OtherProcessors, OnTheHost,
                         ::testing::Values("x86-64", "haswell", "skylake-avx512", "cascadelake"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::erase(name, '-');
                           return name;
                         });

class Emulated : public ::testing::TestWithParam<std::string> {};

TEST_P(Emulated, ComputesTheReferenceResult) {
  if (!can_emulate()) GTEST_SKIP() << "needs gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user";
  const Tried tried = some_configs("cortex-a72", GetParam());
  const auto outputs = run_emulated(tried.subject, tried.configs);
  ASSERT_TRUE(outputs.ok()) << outputs.error().message;
  for (size_t i = 0; i < tried.configs.size(); ++i)
    EXPECT_EQ(tried.subject.differs((*outputs)[i]).value_or("right"), "right")
        << tried.subject.space().describe(tried.configs[i]);
}

INSTANTIATE_TEST_SUITE_P(OtherProcessors, Emulated, ::testing::ValuesIn(kSpecs));

}  // namespace
}  // namespace tamis::cpu::testing

// Programs of ours that must be found out, so that a program of an operator that passes means something.
#include "targets/gpu/cuda_on_host/host_program.h"

#include <cmath>
#include <cstring>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The body of a kernel `run(float* output)` with so many items in each of two groups.
struct Body {
  std::string text;
  unsigned items = 4;
};

const std::string kCopied = R"(__shared__ __align__(16) float a[4];
    a[threadIdx.x] = 1;
    output[threadIdx.x] = 5;
    __syncthreads();
    if (threadIdx.x == 0) asm volatile("cp.async.ca.shared.global [%0], [%1], 16;" : :
        "r"((unsigned int)__cvta_generic_to_shared(a)), "l"(output) : "memory");
    asm volatile("cp.async.commit_group;" ::: "memory");
    )";
const std::string kReadCopied = "__syncthreads();\noutput[4 + threadIdx.x] = a[threadIdx.x];";

const std::vector<Body> kBodies = {
    {R"(__shared__ float a[4];
        a[threadIdx.x] = threadIdx.x + 10 * blockIdx.x;
        __syncthreads();
        output[4 * blockIdx.x + threadIdx.x] = a[3 - threadIdx.x];)"},
    {R"(__shared__ float a[4];
        a[threadIdx.x] = 1;
        output[4 * blockIdx.x + threadIdx.x] = a[3 - threadIdx.x];)"},
    {"if (threadIdx.x > 0) __syncthreads();"},
    {"output[8] = 1;"},
    {R"(unsigned int to[2];
        if (threadIdx.x > 0) asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];" :
            "=r"(to[0]), "=r"(to[1]) : "r"(0) : "memory");)",
     32},
    {R"(asm volatile("shfl.sync.bfly.b32 %0;" : : "r"(1));)", 32},
    {kCopied + R"(asm volatile("cp.async.wait_group 0;" ::: "memory");)" + kReadCopied},
    {kCopied + kReadCopied}};

/// All bodies, compiled once.
class CudaOnTheHost : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::vector<KernelProgram> programs;
    for (const Body& body : kBodies) {
      KernelProgram program;
      program.source.language = Language::cuda;
      program.source.text = "extern \"C\" __global__ void run(float* output) {\n" + body.text + "\n}\n";
      program.launches = {{"run", {{2, 1, 1}, {body.items, 1, 1}}, 0, {0}}};
      programs.push_back(std::move(program));
    }
    host_ = std::make_unique<HostPrograms>(programs);
  }
  static void TearDownTestSuite() { host_.reset(); }

  /// What went wrong in the body of this number; numbers_ is what it leaves in eight numbers.
  std::string outcome(size_t body) {
    if (!host_->error().empty()) return host_->error();
    std::vector<std::vector<std::byte>> arguments = {std::vector<std::byte>(8 * sizeof(float))};
    const std::string fault = host_->run(body, arguments);
    numbers_.resize(8);
    std::memcpy(numbers_.data(), arguments[0].data(), arguments[0].size());
    return fault;
  }

  static std::unique_ptr<HostPrograms> host_;
  std::vector<float> numbers_;
};
std::unique_ptr<HostPrograms> CudaOnTheHost::host_;

TEST_F(CudaOnTheHost, RunsGroupsOfItemsThatWaitForOneAnother) {
  EXPECT_EQ(outcome(0), "");
  EXPECT_THAT(numbers_, ElementsAre(3, 2, 1, 0, 13, 12, 11, 10));
}

TEST_F(CudaOnTheHost, GivesNoNumberToWhoeverDoesNotWait) {
  EXPECT_EQ(outcome(1), "");
  EXPECT_TRUE(std::isnan(numbers_[0]));
}

TEST_F(CudaOnTheHost, FindsItemsThatDoNotComeToABarrier) {
  EXPECT_THAT(outcome(2), HasSubstr("wait at a barrier"));
}

TEST_F(CudaOnTheHost, FindsStoresBehindAnArgument) {
  EXPECT_THAT(outcome(3), HasSubstr("behind an argument"));
}

TEST_F(CudaOnTheHost, FindsWarpsThatDoNotComeTogetherToAnInstruction) {
  EXPECT_THAT(outcome(4), HasSubstr("together"));
}

TEST_F(CudaOnTheHost, RefusesInstructionsThatItDoesNotKnow) {
  EXPECT_THAT(outcome(5), HasSubstr("no such instruction"));
}

TEST_F(CudaOnTheHost, CopiesLaterNoEarlierThanItMust) {
  EXPECT_EQ(outcome(6), "");
  EXPECT_EQ(numbers_[4], 5);
  EXPECT_EQ(outcome(7), "");
  EXPECT_TRUE(std::isnan(numbers_[4]));
}

}  // namespace
}  // namespace tamis::gpu::testing

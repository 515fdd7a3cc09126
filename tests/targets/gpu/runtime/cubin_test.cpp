#include "targets/gpu/runtime/cubin.h"

#include "targets/gpu/runtime/cubin_writer.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tamis::gpu {
namespace {

using testing::CubinWriter;
using ::testing::HasSubstr;
using testing::WrittenKernel;

std::string code_of(const CubinWriter& writer) { return read_cubin(writer.write()).value().code; }

TEST(Cubin, SaysWhatAKernelNeeds) {
  CubinWriter writer;
  writer.kernels = {{"scale", 40, 16, 256, 512, 2, {8, 8, 4}, std::string(128, 'c')}};
  const Result<CubinFacts> facts = read_cubin(writer.write());
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_EQ(facts->architecture, 90);
  const KernelFacts& kernel = facts->kernels.at("scale");
  EXPECT_EQ(kernel.registers, 40);
  EXPECT_EQ(kernel.frame_bytes, 16U);
  EXPECT_EQ(kernel.most_threads, 256U);
  EXPECT_EQ(kernel.shared_bytes, 512U);
  EXPECT_EQ(kernel.code_bytes, 128U);
  EXPECT_EQ(kernel.barriers, 2);
  const std::vector<KernelParameter> parameters = {{0, 8}, {8, 8}, {16, 4}};
  EXPECT_EQ(kernel.parameters, parameters);
}

TEST(Cubin, KeepsSeveralKernelsApart) {
  CubinWriter writer;
  writer.kernels = {{"first", 10}, {"second", 20}};
  const Result<CubinFacts> facts = read_cubin(writer.write());
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->kernels.at("first").registers, 10);
  EXPECT_EQ(facts->kernels.at("second").registers, 20);
}

TEST(Cubin, KnowsParametersThatNeedMoreThanFourteenBits) {
  CubinWriter writer;
  writer.kernels.front().parameters = {20000, 8};
  const Result<CubinFacts> facts = read_cubin(writer.write());
  ASSERT_TRUE(facts.ok());
  const std::vector<KernelParameter> parameters = {{0, 20000}, {20000, 8}};
  EXPECT_EQ(facts->kernels.at("scale").parameters, parameters);
}

TEST(Cubin, OfAnOlderArchitectureHasNoSharedMemoryOfTheSystem) {
  CubinWriter writer;
  writer.architecture = 80;
  writer.kernels.front().shared_bytes = 512;
  const Result<CubinFacts> facts = read_cubin(writer.write());
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->architecture, 80);
  EXPECT_EQ(facts->kernels.at("scale").shared_bytes, 512U);
}

TEST(Cubin, OfCuda12HasItsArchitectureElsewhere) {
  CubinWriter writer;
  writer.older_abi = true;
  const Result<CubinFacts> facts = read_cubin(writer.write());
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->architecture, 90);
}

TEST(Cubin, HasTheSameCodeWhateverItsNotesSay) {
  CubinWriter one;
  CubinWriter other;
  other.note = "-v -lineinfo";
  EXPECT_EQ(code_of(one), code_of(other));
}

TEST(Cubin, HasOtherCodeWhereAnInstructionDiffers) {
  CubinWriter one;
  CubinWriter other;
  other.kernels.front().code.back() = 'x';
  EXPECT_NE(code_of(one), code_of(other));
}

TEST(Cubin, HasOtherCodeForAnotherArchitecture) {
  CubinWriter one;
  CubinWriter other;
  one.architecture = 80;
  other.architecture = 86;
  EXPECT_NE(code_of(one), code_of(other));
}

TEST(Cubin, MustBeAnElfFile) {
  const Result<CubinFacts> facts = read_cubin("PTX");
  ASSERT_FALSE(facts.ok());
  EXPECT_EQ(facts.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(facts.error().message, HasSubstr("does not begin as a 64-bit ELF file"));
}

TEST(Cubin, MustBeForCuda) {
  std::string bytes = CubinWriter().write();
  bytes[18] = 62;
  const Result<CubinFacts> facts = read_cubin(bytes);
  ASSERT_FALSE(facts.ok());
  EXPECT_THAT(facts.error().message, HasSubstr("its machine is 62, not CUDA's 190"));
}

TEST(Cubin, MustHoldItsSections) {
  const std::string bytes = CubinWriter().write();
  for (const size_t kept : {size_t{64}, bytes.size() - 1, bytes.size() / 2})
    EXPECT_FALSE(read_cubin(bytes.substr(0, kept)).ok()) << kept;
}

RC_GTEST_PROP(CubinProperties, AnyChangeOfItsBytesIsReadOrRefused, ()) {
  std::string bytes = CubinWriter().write();
  const auto changes = *rc::gen::container<std::vector<std::pair<uint16_t, char>>>(
      rc::gen::pair(rc::gen::arbitrary<uint16_t>(), rc::gen::arbitrary<char>()));
  for (const auto& [at, value] : changes) bytes[at % bytes.size()] = value;
  const Result<CubinFacts> facts = read_cubin(bytes);
  const bool refused = !facts.ok() && facts.error().kind == ErrorKind::corrupt;
  RC_ASSERT(facts.ok() || refused);
}

RC_GTEST_PROP(CubinProperties, WhatIsWrittenIsRead, ()) {
  CubinWriter writer;
  WrittenKernel& kernel = writer.kernels.front();
  kernel.registers = *rc::gen::inRange(1U, 256U);
  kernel.shared_bytes = *rc::gen::inRange(0U, 200000U);
  kernel.parameters = *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange(1U, 64U));
  const Result<CubinFacts> facts = read_cubin(writer.write());
  RC_ASSERT(facts.ok());
  const KernelFacts& read = facts->kernels.at("scale");
  RC_ASSERT(read.registers == static_cast<int>(kernel.registers));
  RC_ASSERT(read.shared_bytes == kernel.shared_bytes);
  RC_ASSERT(read.parameters.size() == kernel.parameters.size());
  for (size_t i = 0; i < read.parameters.size(); ++i)
    RC_ASSERT(read.parameters[i].bytes == kernel.parameters[i]);
}

}  // namespace
}  // namespace tamis::gpu

#include "targets/cpu/runtime/loaded_kernel.h"

#include "targets/cpu/support/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

using ::testing::HasSubstr;
using testing::Subject;

Subject dense(const std::string& processor = "") {
  return Subject::make(processor, 1, testing::workload("dense:n=3,ci=5,co=7"), 1).value();
}

/// The error of loading, which is told by the result alone and not printed.
Error error_of(const CpuArtifact& artifact, const WorkloadData& data) {
  ::testing::internal::CaptureStderr();
  const auto loaded = LoadedKernel::load(artifact, data);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_FALSE(loaded.ok());
  return loaded.ok() ? Error{} : loaded.error();
}

TEST(LoadedKernel, RefusesWhatIsNoObject) {
  const Subject subject = dense();
  CpuArtifact artifact = *subject.build(subject.space().config(0)).value();
  artifact.object.bytes = {'n', 'o', 't', 'h', 'i', 'n', 'g'};
  EXPECT_THAT(error_of(artifact, subject.data()).message, HasSubstr("cannot be linked"));
  artifact.object.bytes.clear();
  EXPECT_THAT(error_of(artifact, subject.data()).message, HasSubstr("cannot be linked"));
}

TEST(LoadedKernel, RefusesAnObjectWithoutItsFunctions) {
  const Subject subject = dense();
  const auto artifact = subject.build(subject.space().config(0), {"other", "prepare"}).value();
  EXPECT_THAT(error_of(*artifact, subject.data()).message, HasSubstr("run_call"));
  const auto unprepared = subject.build(subject.space().config(0), {"run", "other"}).value();
  EXPECT_THAT(error_of(*unprepared, subject.data()).message, HasSubstr("prepare_call"));
}

TEST(LoadedKernel, RefusesCodeForAnotherProcessor) {
  if (find_machine("cortex-a72").value().triple == host_machine().value().triple)
    GTEST_SKIP() << "this machine is not another";
  const Subject subject = dense("cortex-a72");
  const auto artifact = subject.build(subject.space().config(0)).value();
  EXPECT_EQ(error_of(*artifact, subject.data()).kind, ErrorKind::unsupported);
}

TEST(LoadedKernel, OfSeveralAtOnceKeepTheirOwnBuffers) {
  const Subject subject = dense();
  const auto artifact = subject.build(subject.space().config(0)).value();
  const auto other_data = make_data(subject.workload(), 2);
  const auto one = LoadedKernel::load(*artifact, subject.data()).value();
  const auto other = LoadedKernel::load(*artifact, other_data).value();
  one->run();
  other->run();
  EXPECT_EQ(subject.differs(one->output()).value_or("right"), "right");
  EXPECT_NE(subject.differs(other->output()).value_or("right"), "right");
}

TEST(AlignedBytes, BeginAtACacheLineAndAreZero) {
  for (const size_t size : {0, 1, 63, 64, 1000}) {
    const AlignedBytes memory = AlignedBytes::create(size).value();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % 64, 0U);
    EXPECT_EQ(memory.size(), size);
    for (size_t i = 0; i < size; ++i) ASSERT_EQ(static_cast<const char*>(memory.data())[i], 0);
  }
}

TEST(AlignedBytes, SayThatThereIsNotSoMuchMemory) {
  for (const size_t size : {size_t{1} << 62, ~size_t{0}}) {
    const auto memory = AlignedBytes::create(size);
    ASSERT_FALSE(memory.ok());
    EXPECT_EQ(memory.error().message,
              "there is no memory for a buffer of " + std::to_string(size) + " bytes");
  }
}

TEST(LoadedKernel, ComputesTheSameFromEachCopyOfItsWeights) {
  const Subject subject = dense();
  const auto artifact = subject.build(subject.space().config(0)).value();
  const auto kernel = LoadedKernel::load(*artifact, subject.data()).value();
  const AlignedBytes memory = AlignedBytes::create(size_t{1} << 14).value();
  ASSERT_TRUE(kernel->copy_weights(memory));
  for (int turn = 0; turn < 20; ++turn) {
    kernel->turn_weights();
    kernel->run();
    EXPECT_EQ(subject.differs(kernel->output()).value_or("right"), "right") << turn;
  }
}

TEST(LoadedKernel, CopiesNothingWhereThereIsNoRoomOrNoWeights) {
  const Subject subject = dense();
  const auto artifact = subject.build(subject.space().config(0)).value();
  const AlignedBytes little = AlignedBytes::create(16).value();
  EXPECT_FALSE(LoadedKernel::load(*artifact, subject.data()).value()->copy_weights(little));
  const Subject product = Subject::make("", 1, testing::workload("matmul:m=3,n=5,k=7,bias=0"), 1).value();
  const auto built = product.build(product.space().config(0)).value();
  const AlignedBytes much = AlignedBytes::create(size_t{1} << 14).value();
  EXPECT_FALSE(LoadedKernel::load(*built, product.data()).value()->copy_weights(much))
      << "both operands are activations";
}

}  // namespace
}  // namespace tamis::cpu

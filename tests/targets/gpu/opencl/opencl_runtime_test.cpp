#include "targets/gpu/runtime/opencl_runtime.h"

#include <cstring>
#include <filesystem>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kDouble = "__kernel void twice(__global int* x, int n) { x[get_global_id(0)] *= n; }";

Deadline soon() { return deadline_after(std::chrono::seconds(60)); }

class OpenClRuntimeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = open_opencl_runtime({});
    if (!opened.ok()) GTEST_SKIP() << opened.error().message;
    runtime_ = std::move(*opened);
  }

  Compiled compile(const std::string& text, const std::vector<std::string>& entries,
                   const std::vector<std::string>& options = {}) {
    Source source;
    source.text = text;
    source.name = "test.cl";
    source.options = options;
    return runtime_->compile(source, entries);
  }

  std::shared_ptr<DeviceBuffer> upload(const std::vector<int32_t>& values) {
    auto buffer = runtime_->allocate(values.size() * 4).value();
    EXPECT_TRUE(runtime_->write(*buffer, std::as_bytes(std::span(values))).ok());
    return buffer;
  }

  static Argument scalar(int32_t value) {
    std::vector<std::byte> bytes(4);
    std::memcpy(bytes.data(), &value, 4);
    return bytes;
  }

  std::unique_ptr<Runtime> runtime_;
};

TEST_F(OpenClRuntimeTest, NamesFoldersOfIncludesOnlyWhereSomethingIsIncluded) {
  Source source;
  source.text = kDouble;
  source.include_folders = {"/a folder/with blanks"};
  const std::vector<std::string> entries{"twice"};
  EXPECT_FALSE(runtime_->compile(source, entries).failure);
  source.text = "#include \"other.h\"\n" + kDouble;
  const Compiled compiled = runtime_->compile(source, entries);
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->verdict, Verdict::build_failed);
  EXPECT_THAT(compiled.failure->message, HasSubstr("neither blanks nor quotes"));
}

TEST_F(OpenClRuntimeTest, KnowsItsDevice) {
  const DeviceFacts& facts = runtime_->facts();
  EXPECT_FALSE(facts.name.empty());
  EXPECT_FALSE(facts.driver.empty());
  EXPECT_GT(facts.group_items, 0U);
  EXPECT_GT(facts.group_sizes[0], 0U);
  EXPECT_GT(facts.shared_bytes, 0U);
  EXPECT_GT(facts.memory_bytes, 0U);
  EXPECT_GT(facts.largest_buffer, 0U);
  EXPECT_GT(facts.compute_units, 0);
}

TEST_F(OpenClRuntimeTest, GivesKernelsAPartOfABuffer) {
  const Compiled compiled = compile(kDouble, {"twice"});
  ASSERT_FALSE(compiled.failure) << compiled.failure->message;
  const size_t in_front = runtime_->facts().buffer_alignment / 4;
  std::vector<int32_t> values(in_front + 6, 7);
  const auto whole = upload(values);
  const auto part = runtime_->part_of(whole, in_front * 4, 16).value();
  const Launch launch{"twice", {{1, 1, 1}, {4, 1, 1}}, 0, {0, 1}};
  const std::vector<Argument> arguments = {part, scalar(3)};
  const auto ran = runtime_->launch(*compiled.program, launch, arguments, soon());
  ASSERT_TRUE(std::holds_alternative<double>(ran)) << std::get<Failure>(ran).message;
  std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(in_front), 4, 21);
  std::vector<int32_t> after(values.size());
  ASSERT_TRUE(runtime_->read(*whole, std::as_writable_bytes(std::span(after))).ok());
  EXPECT_EQ(after, values);
  const auto odd = runtime_->part_of(whole, 1, 16);
  ASSERT_FALSE(odd.ok());
  EXPECT_THAT(odd.error().message, HasSubstr("gives no part of a buffer, 16 bytes from 1 on"));
}

TEST_F(OpenClRuntimeTest, PreparesAndLaunchesOnce) {
  const Compiled compiled = compile(kDouble, {"twice"});
  ASSERT_FALSE(compiled.failure) << compiled.failure->message;
  EXPECT_EQ(compiled.program->parameter_count("twice"), 2U);
  std::vector<int32_t> values(64);
  std::iota(values.begin(), values.end(), 0);
  const std::vector<Argument> arguments = {upload(values), scalar(3)};
  const Launch launch{"twice", {{8, 1, 1}, {8, 1, 1}}, 0, {0, 1}};
  int begun = 0;
  const auto failure = runtime_->prepare(*compiled.program, launch, arguments, soon(), [&] { ++begun; });
  ASSERT_FALSE(failure) << failure->message;
  EXPECT_EQ(begun, 1);
  const auto ran = runtime_->launch(*compiled.program, launch, arguments, soon());
  ASSERT_TRUE(std::holds_alternative<double>(ran)) << std::get<Failure>(ran).message;
  EXPECT_GT(std::get<double>(ran), 0);
  std::vector<int32_t> result(64);
  ASSERT_TRUE(runtime_->read(*std::get<0>(arguments[0]), std::as_writable_bytes(std::span(result))).ok());
  EXPECT_EQ(result[63], 63 * 3);
  const auto again = runtime_->launch(*compiled.program, launch, arguments, soon());
  EXPECT_TRUE(std::holds_alternative<double>(again));
  ASSERT_TRUE(runtime_->read(*std::get<0>(arguments[0]), std::as_writable_bytes(std::span(result))).ok());
  EXPECT_EQ(result[63], 63 * 9);
}

TEST_F(OpenClRuntimeTest, SaysWhatTheCompilerSaysWithoutTemporaryNames) {
  const Compiled compiled = compile("__kernel void k() { nonsense(); }", {"k"});
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->verdict, Verdict::build_failed);
  EXPECT_THAT(compiled.failure->message, HasSubstr("nonsense"));
  EXPECT_THAT(compiled.failure->message, Not(HasSubstr("tempfile_")));
  EXPECT_EQ(compiled.program, nullptr);
}

TEST_F(OpenClRuntimeTest, NamesOptionsThatTheCompilerDoesNotKnow) {
  const Compiled compiled = compile(kDouble, {"twice"}, {"-no-such-option"});
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->verdict, Verdict::build_failed);
  EXPECT_THAT(compiled.failure->message, HasSubstr("-no-such-option"));
}

TEST_F(OpenClRuntimeTest, ListsTheKernelsWhereTheEntryIsNone) {
  const Compiled compiled = compile(kDouble, {"thrice"});
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->message, "the source has no kernel thrice; it has twice");
}

TEST_F(OpenClRuntimeTest, RefusesTheOtherLanguage) {
  Source source;
  source.language = Language::cuda;
  EXPECT_THAT(runtime_->compile(source, {}).failure.value().message, HasSubstr("CUDA C++"));
}

TEST_F(OpenClRuntimeTest, ComputesWhyALaunchDoesNotFit) {
  const Compiled compiled = compile(
      kDouble +
          "__kernel __attribute__((reqd_work_group_size(4, 2, 1))) void fixed() {}"
          "__kernel void big(__global int* x) { __local int a[1 << 26]; a[x[0]] = 1; x[1] = a[x[2]]; }",
      {"twice", "fixed", "big"});
  ASSERT_FALSE(compiled.failure) << compiled.failure->message;
  const DeviceFacts& facts = runtime_->facts();
  const auto fit = [&](const std::string& entry, const Grid& grid, uint64_t shared = 0) {
    return compiled.program->fit(facts, {entry, grid, shared, {}}).failure;
  };
  EXPECT_FALSE(fit("twice", {{1, 1, 1}, {8, 1, 1}}));
  const auto large = fit("twice", {{1, 1, 1}, {facts.group_items, 2, 1}});
  ASSERT_TRUE(large);
  EXPECT_EQ(large->verdict, Verdict::resource_exceeded);
  EXPECT_THAT(large->message, HasSubstr("items"));
  const auto demanded = fit("fixed", {{1, 1, 1}, {2, 4, 1}});
  ASSERT_TRUE(demanded);
  EXPECT_EQ(demanded->verdict, Verdict::launch_failed);
  EXPECT_THAT(demanded->message, HasSubstr("reqd_work_group_size is 4 x 2 x 1"));
  EXPECT_FALSE(fit("fixed", {{1, 1, 1}, {4, 2, 1}}));
  const auto local = fit("big", {{1, 1, 1}, {4, 2, 1}});
  ASSERT_TRUE(local);
  EXPECT_EQ(local->verdict, Verdict::resource_exceeded);
  EXPECT_THAT(local->message, HasSubstr("268435456 bytes of local memory"));
  EXPECT_TRUE(fit("twice", {{1, 1, 1}, {1, 1, 1}}, facts.shared_bytes + 1));
  EXPECT_EQ(fit("twice", {{0, 1, 1}, {1, 1, 1}}).value().verdict, Verdict::launch_failed);
}

TEST_F(OpenClRuntimeTest, NamesTheParameterThatDoesNotTakeItsArgument) {
  const Compiled compiled = compile(kDouble, {"twice"});
  ASSERT_FALSE(compiled.failure);
  const std::vector<Argument> arguments = {upload({1}), std::vector<std::byte>(16)};
  const auto ran = runtime_->launch(*compiled.program, {"twice", {}, 0, {0, 1}}, arguments, soon());
  ASSERT_TRUE(std::holds_alternative<Failure>(ran));
  EXPECT_EQ(std::get<Failure>(ran).verdict, Verdict::launch_failed);
  EXPECT_THAT(std::get<Failure>(ran).message, HasSubstr("parameter 2"));
}

TEST_F(OpenClRuntimeTest, RefusesABufferThatTheDeviceCannotHold) {
  const auto buffer = runtime_->allocate(size_t{1} << 60);
  ASSERT_FALSE(buffer.ok());
  EXPECT_EQ(buffer.error().kind, ErrorKind::io);
}

TEST(OpenClDevices, AreListedWhereTheOneThatIsNamedIsNot) {
  if (const auto any = open_opencl_runtime({}); !any.ok()) GTEST_SKIP() << any.error().message;
  OpenClOptions options;
  options.device = "no such device";
  const auto runtime = open_opencl_runtime(options);
  ASSERT_FALSE(runtime.ok());
  EXPECT_THAT(runtime.error().message, HasSubstr("\"no such device\""));
}

}  // namespace
}  // namespace tamis::gpu

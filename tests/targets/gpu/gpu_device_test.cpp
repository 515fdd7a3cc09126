#include "targets/gpu/gpu_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::ElementsAre;

using Calls = std::vector<std::string>;

class NoProgram final : public CompiledProgram {
 public:
  std::optional<size_t> parameter_count(const std::string&) const override { return std::nullopt; }
};

/// A device without memory that writes down what it is to do.
class WritingRuntime final : public Runtime {
 public:
  explicit WritingRuntime(Calls& calls) : calls_(calls) { facts_.name = "paper"; }
  const DeviceFacts& facts() const override { return facts_; }
  Compiled compile(const Source&, std::span<const std::string>) override { return {}; }
  Result<std::shared_ptr<DeviceBuffer>> allocate(size_t) override { return io_error("there is no memory"); }
  Result<std::shared_ptr<DeviceBuffer>> part_of(const std::shared_ptr<DeviceBuffer>&, size_t,
                                                size_t) override {
    return io_error("there is no memory");
  }
  Status write(DeviceBuffer&, std::span<const std::byte>) override { return {}; }
  Status read(const DeviceBuffer&, std::span<std::byte>) override { return {}; }
  std::optional<Failure> prepare(const CompiledProgram&, const Launch& launch, std::span<const Argument>,
                                 Deadline, const std::function<void()>& begun) override {
    calls_.push_back("prepare " + launch.entry);
    if (begun) begun();
    return std::nullopt;
  }
  std::variant<double, Failure> launch(const CompiledProgram&, const Launch& launch,
                                       std::span<const Argument>, Deadline) override {
    calls_.push_back("launch " + launch.entry);
    return 1000.0;
  }

 private:
  Calls& calls_;
  DeviceFacts facts_;
};

/// Of programs without arguments, whose output the measurer would compare.
class NoArguments final : public ProgramSet {
 public:
  Result<std::vector<ArgumentValue>> arguments(const WorkloadData&) const override {
    return std::vector<ArgumentValue>();
  }
  std::optional<Reference> reference(size_t) const override { return std::nullopt; }
  Tensor output(const std::vector<std::vector<std::byte>>&) const override {
    return Tensor(std::vector<float>{1});
  }
};

/// What a run does until the program is timed.
Calls calls_of(const std::vector<std::string>& entries) {
  Calls calls;
  auto runtime = std::make_shared<SharedRuntime>([&]() -> Result<std::unique_ptr<Runtime>> {
    return std::unique_ptr<Runtime>(std::make_unique<WritingRuntime>(calls));
  });
  const auto device = open_gpu_device(runtime, Caches::warm).value();
  KernelProgram program;
  for (const std::string& entry : entries) program.launches.push_back({entry, {}, 0, {}});
  const GpuArtifact artifact(std::move(program), std::make_shared<NoProgram>(),
                             std::make_shared<NoArguments>());
  RunOptions options;
  options.launching = [&] { calls.emplace_back("launching"); };
  options.begun = [&] { calls.emplace_back("begun"); };
  options.alone = []() -> Status { return io_error("nothing is timed"); };
  EXPECT_EQ(device->run(artifact, {}, options).message, "nothing is timed");
  return calls;
}

TEST(GpuDevice, SaysThatAProgramOfOneLaunchBegins) {
  EXPECT_THAT(calls_of({"a"}), ElementsAre("prepare a", "begun", "launch a"));
}

TEST(GpuDevice, MakesEveryLaunchReadyAndSaysThatTheProgramBeginsWithTheLast) {
  EXPECT_THAT(calls_of({"a", "b", "c"}), ElementsAre("prepare a", "launching", "launch a", "prepare b",
                                                     "launch b", "prepare c", "begun", "launch c"));
}

}  // namespace
}  // namespace tamis::gpu

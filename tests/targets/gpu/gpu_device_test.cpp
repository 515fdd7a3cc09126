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
  explicit WritingRuntime(Calls& calls) : calls_(calls) {
    facts_.name = "paper";
    facts_.group_items = 64;
    facts_.group_sizes = {64, 64, 64};
  }
  const DeviceFacts& facts() const override { return facts_; }
  Compiled compile(const Source&, std::span<const std::string>) override {
    return {std::make_shared<NoProgram>(), std::nullopt};
  }
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
  const auto device = open_gpu_device(runtime, Language::cuda, Caches::warm).value();
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

/// The program of a launch of `entry`, as it is made where its files lie in `folder`.
KernelProgram program_of(const std::string& entry, const std::string& folder) {
  KernelProgram program;
  program.source.text = "the source";
  program.source.include_folders = {folder};
  program.launches.push_back({entry, {}, 0, {}});
  return program;
}

TEST(GpuProgram, IsLoadedWhereItsFilesLieElsewhere) {
  Calls calls;
  WritingRuntime runtime(calls);
  const auto set = std::make_shared<NoArguments>();
  const GpuArtifact built(program_of("a", "/here"), std::make_shared<NoProgram>(), set);
  const std::string packed = pack_program(built, "operators-1");
  const auto load = [&](const std::string& entry, const std::string& code, const std::string& bytes) {
    return load_program(runtime, program_of(entry, "/there"), set, code, bytes);
  };
  const Result<BuildOutcome> loaded = load("a", "operators-1", packed);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_NE(loaded->artifact, nullptr);
  for (const auto& [entry, code] :
       std::vector<std::pair<std::string, std::string>>{{"b", "operators-1"}, {"a", "operators-2"}}) {
    EXPECT_EQ(load(entry, code, packed).error().kind, ErrorKind::unsupported);
    EXPECT_THAT(load(entry, code, packed).error().message,
                ::testing::HasSubstr("its config is another program here"));
  }
  for (size_t size = 0; size < packed.size(); ++size)
    EXPECT_EQ(load("a", "operators-1", packed.substr(0, size)).error().kind, ErrorKind::corrupt) << size;
}

TEST(GpuProgram, ComesWithoutCodeWhereTheSourceIsCompiledThere) {
  Calls calls;
  WritingRuntime runtime(calls);
  const std::vector<std::string> entries = {"a"};
  EXPECT_TRUE(runtime.load({}, entries, "").ok());
  EXPECT_EQ(runtime.load({}, entries, "code").error().kind, ErrorKind::corrupt);
}

/// A device whose clocks a test turns down.
struct Machine {
  double slowdown = 1;
  bool compiles = true;
  std::optional<DeviceClocks> clocks = DeviceClocks{1980, 3201, 0};
  int reference_runs = 0;
  int overwrites = 0;
};

class MachineRuntime final : public Runtime {
 public:
  explicit MachineRuntime(Machine& machine) : machine_(machine) {
    facts_.name = "clocked";
    facts_.compute_units = 2;
    facts_.group_items = 64;
    facts_.cache_bytes = size_t{20} << 20;
  }
  const DeviceFacts& facts() const override { return facts_; }
  Compiled compile(const Source&, std::span<const std::string>) override {
    Compiled compiled;
    if (machine_.compiles) compiled.program = std::make_shared<NoProgram>();
    return compiled;
  }
  Result<std::shared_ptr<DeviceBuffer>> allocate(size_t) override { return std::make_shared<DeviceBuffer>(); }
  Result<std::shared_ptr<DeviceBuffer>> part_of(const std::shared_ptr<DeviceBuffer>&, size_t,
                                                size_t) override {
    return std::make_shared<DeviceBuffer>();
  }
  Status write(DeviceBuffer&, std::span<const std::byte>) override { return {}; }
  Status read(const DeviceBuffer&, std::span<std::byte>) override { return {}; }
  Status overwrite(DeviceBuffer&, std::span<const std::byte>) override {
    ++machine_.overwrites;
    return {};
  }
  std::optional<DeviceClocks> clocks() override { return machine_.clocks; }
  std::optional<Failure> prepare(const CompiledProgram&, const Launch&, std::span<const Argument>, Deadline,
                                 const std::function<void()>& begun) override {
    begun();
    return std::nullopt;
  }
  std::variant<double, Failure> launch(const CompiledProgram&, const Launch& launch,
                                       std::span<const Argument>, Deadline) override {
    machine_.reference_runs += launch.entry == "tamis_reference" ? 1 : 0;
    return 1000.0 * machine_.slowdown;
  }

 private:
  Machine& machine_;
  DeviceFacts facts_;
};

/// What runs of a program on the machine reveal.
class ClockedDevice {
 public:
  explicit ClockedDevice(Machine& machine, Caches caches = Caches::warm)
      : device_(open_gpu_device(std::make_shared<SharedRuntime>([&]() -> Result<std::unique_ptr<Runtime>> {
                                  return std::unique_ptr<Runtime>(std::make_unique<MachineRuntime>(machine));
                                }),
                                Language::cuda, caches)
                    .value()) {}
  Features run() {
    KernelProgram program;
    program.launches.push_back({"a", {}, 0, {}});
    const GpuArtifact artifact(std::move(program), std::make_shared<NoProgram>(),
                               std::make_shared<NoArguments>());
    RunOptions options;
    options.begun = [] {};
    const RunOutcome outcome = device_->run(artifact, {}, options);
    EXPECT_EQ(outcome.verdict, Verdict::valid) << outcome.message;
    return outcome.features;
  }

 private:
  std::unique_ptr<Device> device_;
};

TEST(GpuDevice, SaysHowMuchSlowerThanCalmItWas) {
  Machine machine;
  ClockedDevice device(machine);
  EXPECT_EQ(device.run().get("disturbed"), 0);
  machine.slowdown = 1.5;
  EXPECT_EQ(device.run().get("disturbed"), 1.5);
  machine.slowdown = 1;
  EXPECT_EQ(device.run().get("disturbed"), 0);
}

TEST(GpuDevice, IsNotWatchedWhereTheReferenceCannotBeHad) {
  Machine machine;
  machine.compiles = false;
  ClockedDevice device(machine);
  device.run();
  machine.slowdown = 1.5;
  EXPECT_EQ(device.run().get("disturbed"), 0);
  EXPECT_EQ(machine.reference_runs, 0);
}

TEST(GpuDevice, RecordsClocksBeforeAndAfter) {
  Machine machine;
  machine.clocks->held_back_by = 4;
  ClockedDevice device(machine);
  const Features features = device.run();
  EXPECT_EQ(features.get("clock_before_mhz"), 1980);
  EXPECT_EQ(features.get("clock_after_mhz"), 1980);
  EXPECT_EQ(features.get("memory_clock_mhz"), 3201);
  EXPECT_EQ(features.get("clock_limits"), 4);
  machine.clocks.reset();
  EXPECT_FALSE(device.run().has("clock_before_mhz"));
}

TEST(GpuDevice, WritesOverItsCacheBeforeEveryColdRun) {
  Machine machine;
  ClockedDevice warm(machine, Caches::warm);
  warm.run();
  EXPECT_EQ(machine.overwrites, 0);
  ClockedDevice cold(machine, Caches::cold);
  const double samples = cold.run().get("samples");
  // 22.5 MiB in pieces of 16, before each sample and before the two runs of the warm-up.
  EXPECT_GE(machine.overwrites, 2 * samples);
}

}  // namespace
}  // namespace tamis::gpu

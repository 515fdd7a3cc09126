#include "targets/cpu/cpu_target.h"

#include "tamis/measurer.h"
#include "targets/cpu/runtime/loaded_kernel.h"
#include "targets/cpu/support/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

using ::testing::HasSubstr;

const Settings kOneThread = {{"threads", "1"}};

std::shared_ptr<const Target> cpu_target(const std::string& spec = "cpu") {
  return make_target(spec, kOneThread).value();
}

std::string refusal(const std::string& spec, const Settings& settings = kOneThread) {
  const auto target = make_target(spec, settings);
  EXPECT_FALSE(target.ok()) << spec;
  return target.ok() ? "" : target.error().message;
}

TEST(CpuTarget, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refusal("cpu:fast"), HasSubstr("cpu:mcpu=PROCESSOR"));
  EXPECT_THAT(refusal("cpu:mcpu=hasswell"), HasSubstr("haswell"));
  EXPECT_THAT(refusal("cpu", {{"caches", "lukewarm"}}), HasSubstr("lukewarm"));
  EXPECT_THAT(refusal("cpu", {{"layout", "nhcw"}}), HasSubstr("nhcw"));
  EXPECT_THAT(refusal("cpu", {{"threads", "4096"}}), HasSubstr("4096 threads cannot each have a core"));
  for (const char* threads : {"100000", "-1", "two", "", "1.5", "99999999999999999999"})
    EXPECT_THAT(refusal("cpu", {{"threads", threads}}),
                HasSubstr("--threads is \"" + std::string(threads) + "\"; it must be an integer"));
}

TEST(CpuTarget, BuildsARightProgramAndTimesIt) {
  const auto target = cpu_target();
  const Workload workload = target->resolve("conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1").value().front();
  EXPECT_EQ(workload.type, DataType::float32);
  const SharedTask task = bind_task(target, workload).value();
  const BuildOutcome built = task->build(task->default_config());
  ASSERT_EQ(built.verdict, Verdict::valid) << built.message;
  EXPECT_GT(built.features.get("code_bytes"), 0);
  const auto device = target->open_device({}).value();
  const WorkloadData data = make_data(workload, 1);
  const RunOutcome run = device->run(*built.artifact, data, {});
  EXPECT_EQ(run.verdict, Verdict::valid) << run.message;
  EXPECT_FALSE(run.costs.empty());
  for (const double latency : run.costs) EXPECT_GT(latency, 0);
  EXPECT_EQ(find_difference(workload, data, run.output).value_or("right"), "right");
}

TEST(CpuTarget, BuildsTheSameObjectEveryTime) {
  const SharedTask task =
      bind_task(cpu_target(), testing::workload("conv2d:ci=5,h=6,w=6,co=20,k=3,pad=1")).value();
  const Space& space = task->space();
  Random random(3);
  for (int i = 0; i < 5; ++i) {
    const Config config = space.sample(random).value();
    const auto bytes = [&] {
      return static_cast<const CpuArtifact&>(*task->build(config).artifact).object.bytes;
    };
    EXPECT_EQ(bytes(), bytes()) << space.describe(config);
  }
}

TEST(CpuTarget, BuildsForAProcessorThatItCannotRun) {
  const auto target = cpu_target("cpu:mcpu=cortex-a72");
  if (find_machine("cortex-a72").value().host) GTEST_SKIP() << "this machine is not another";
  const SharedTask task = bind_task(target, testing::workload("dense:n=2,ci=8,co=8")).value();
  EXPECT_EQ(task->build(task->default_config()).verdict, Verdict::valid);
  const auto device = target->open_device({});
  ASSERT_FALSE(device.ok());
  EXPECT_EQ(device.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(device.error().message, HasSubstr("cortex-a72"));
}

}  // namespace
}  // namespace tamis::cpu

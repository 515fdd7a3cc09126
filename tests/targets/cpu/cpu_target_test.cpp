#include "targets/cpu/cpu_target.h"

#include "measure/check.h"
#include "targets/cpu/artifact.h"
#include "targets/cpu/support/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

using ::testing::HasSubstr;

TargetOptions one_thread() {
  TargetOptions options;
  options.threads = 1;
  return options;
}

std::unique_ptr<Target> cpu_target(const std::string& spec = "cpu") {
  return make_target(spec, one_thread()).value();
}

std::string refusal(const std::string& spec, const TargetOptions& options) {
  const auto target = make_target(spec, options);
  EXPECT_FALSE(target.ok()) << spec;
  return target.ok() ? "" : target.error().message;
}

TEST(CpuTarget, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refusal("cpu:fast", one_thread()), HasSubstr("cpu:mcpu=PROCESSOR"));
  EXPECT_THAT(refusal("cpu:mcpu=hasswell", one_thread()), HasSubstr("haswell"));
  TargetOptions options = one_thread();
  options.caches = "lukewarm";
  EXPECT_THAT(refusal("cpu", options), HasSubstr("lukewarm"));
  options = one_thread();
  options.threads = 100'000;
  EXPECT_THAT(refusal("cpu", options), HasSubstr("100000 threads"));
  options.threads = -1;
  EXPECT_THAT(refusal("cpu", options), HasSubstr("-1 threads"));
}

TEST(CpuTarget, BuildsARightProgramAndTimesIt) {
  const auto target = cpu_target();
  const Workload workload = target->workloads("conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1").value().front();
  EXPECT_EQ(workload.type, DataType::float32);
  const Space space = target->space(workload).value();
  const BuildOutcome built = target->build(workload, space, target->default_config(workload, space));
  ASSERT_EQ(built.verdict, Verdict::valid) << built.message;
  EXPECT_GT(built.features.get("code_bytes"), 0);
  const auto device = target->open_device().value();
  const WorkloadData data = make_data(workload, 1);
  const RunOutcome run = device->run(*built.artifact, data, {});
  EXPECT_EQ(run.verdict, Verdict::valid) << run.message;
  EXPECT_FALSE(run.latencies_ns.empty());
  for (const double latency : run.latencies_ns) EXPECT_GT(latency, 0);
  EXPECT_EQ(find_difference(workload, data, run.output).value_or("right"), "right");
}

TEST(CpuTarget, BuildsTheSameObjectEveryTime) {
  const auto target = cpu_target();
  const Workload workload = testing::workload("conv2d:ci=5,h=6,w=6,co=20,k=3,pad=1");
  const Space space = target->space(workload).value();
  Random random(3);
  for (int i = 0; i < 5; ++i) {
    const Config config = space.sample(random).value();
    const auto bytes = [&] {
      return static_cast<const CpuArtifact&>(*target->build(workload, space, config).artifact).object.bytes;
    };
    EXPECT_EQ(bytes(), bytes()) << space.describe(config);
  }
}

TEST(CpuTarget, BuildsForAProcessorThatItCannotRun) {
  const auto target = cpu_target("cpu:mcpu=cortex-a72");
  if (find_machine("cortex-a72").value().host) GTEST_SKIP() << "this machine is no other";
  const Workload workload = testing::workload("dense:n=2,ci=8,co=8");
  const Space space = target->space(workload).value();
  EXPECT_EQ(target->build(workload, space, target->default_config(workload, space)).verdict, Verdict::valid);
  const auto device = target->open_device();
  ASSERT_FALSE(device.ok());
  EXPECT_EQ(device.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(device.error().message, HasSubstr("cortex-a72"));
}

}  // namespace
}  // namespace tamis::cpu

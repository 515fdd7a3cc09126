#include "targets/vta/driver/driver_device.h"

#include "targets/vta/driver/driver_testing.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/simulator.h"

#include <gmock/gmock.h>

namespace tamis::vta {
namespace {

using ::testing::Each;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using DriverDevice = testing::DriverTest;

/// Runs the program and counts the recorded bytes that the simulator leaves otherwise.
size_t differing_bytes(const std::string& path) {
  Result<Program> program = read_program(path);
  EXPECT_TRUE(program.ok()) << (program.ok() ? "" : program.error().message);
  if (!program.ok()) return SIZE_MAX;
  Launch& launch = program->launches.at(0);
  EXPECT_EQ(simulate(*program->hardware, launch, {}).stop, Stop::finished);
  size_t differing = 0;
  size_t compared = 0;
  for (const DramBuffer& buffer : launch.buffers) {
    if (!buffer.after) continue;
    compared += buffer.bytes.size();
    for (size_t i = 0; i < buffer.bytes.size(); ++i)
      differing += buffer.bytes[i] != (*buffer.after)[i] ? 1 : 0;
  }
  EXPECT_GT(compared, 0U);
  return differing;
}

TEST_F(DriverDevice, ComputesTheReferenceOnEveryConfigThatBuilds) {
  const auto device = task_->target().open_device({});
  ASSERT_TRUE(device.ok()) << device.error().message;
  const WorkloadData data = make_data(workload_, 1);
  const Space& space = task_->space();
  int ran = 0;
  for (uint64_t index = 0; index < space.size(); ++index) {
    const BuildOutcome built = task_->build(space.config(index));
    if (built.verdict != Verdict::valid) continue;
    const RunOutcome outcome = (*device)->run(*built.artifact, data, {});
    ASSERT_EQ(to_string(outcome.verdict), "valid") << outcome.message;
    EXPECT_EQ(outcome.output, data.output) << space.describe(space.config(index));
    EXPECT_THAT(outcome.latencies_ns, SizeIs(3));
    EXPECT_THAT(outcome.latencies_ns, Each(Gt(0.0)));
    ++ran;
  }
  EXPECT_GT(ran, 10);
}

TEST_F(DriverDevice, IsNamedAfterItsLibrary) {
  EXPECT_EQ((*task_->target().open_device({}))->name(), "driver:" TAMIS_BUILD_BIN "/test_driver.so");
}

TEST_F(DriverDevice, SavesProgramsThatTheSimulatorReproduces) {
  const std::string path = directory_.file("program.json.gz");
  const WorkloadData data = make_data(workload_, 1);
  const Config config = task_->space().parse(std::vector<std::string>{"tile_h=4", "tile_w=4"}).value();
  const BuildOutcome built = task_->build(config);
  const RunOutcome outcome = (*task_->target().open_device({}))->run(*built.artifact, data, {{}, path});
  ASSERT_EQ(to_string(outcome.verdict), "valid") << outcome.message;
  EXPECT_EQ(differing_bytes(path), 0U);
}

TEST_F(DriverDevice, SaysThatTheLibraryGaveNoDevice) {
  order_fault("no_device");
  const auto device = task_->target().open_device({});
  ASSERT_FALSE(device.ok());
  EXPECT_EQ(device.error().kind, ErrorKind::io);
  EXPECT_THAT(device.error().message, HasSubstr("test_driver.so gave no device"));
}

}  // namespace
}  // namespace tamis::vta

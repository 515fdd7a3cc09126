#include "targets/vta/driver/driver_device.h"

#include "targets/vta/driver/driver_testing.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/simulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    EXPECT_THAT(outcome.costs, SizeIs(3));
    EXPECT_THAT(outcome.costs, Each(Gt(0.0)));
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

MemoryInstruction load(Memory memory, uint32_t dram_base, uint32_t x_size = 1) {
  MemoryInstruction instruction;
  instruction.memory = memory;
  instruction.dram_base = dram_base;
  instruction.y_size = 1;
  instruction.x_size = x_size;
  instruction.x_stride = 1;
  return instruction;
}

/// Two buffers of 4096 bytes at 0x1000 and 0x3000, and a stream of the given instructions.
Launch launch_of(const std::vector<Instruction>& instructions) {
  Launch launch;
  launch.buffers = {{0x1000, std::vector<uint8_t>(4096), BufferRole::input, {}},
                    {0x3000, std::vector<uint8_t>(4096), BufferRole::output, {}}};
  const Codec codec(Hardware{});
  for (const Instruction& instruction : instructions)
    launch.instructions.push_back(codec.encode(instruction));
  return launch;
}

uint32_t dram_base(const Launch& launch, size_t position) {
  return std::get<MemoryInstruction>(*Codec(Hardware{}).decode(launch.instructions[position])).dram_base;
}

TEST(Relocation, MovesEveryAccessWithItsBuffer) {
  MemoryInstruction store = load(Memory::out, 0x3ff0 / 16);
  store.is_store = true;
  Launch launch = launch_of({load(Memory::inp, 0x1000 / 16), load(Memory::wgt, 0x1100 / 256), store,
                             load(Memory::uop, 0x1004 / 4), FinishInstruction{}});
  ASSERT_TRUE(relocate({}, launch, {0x80000000, 0x40000}).ok());
  EXPECT_EQ(dram_base(launch, 0), 0x80000000U / 16);
  EXPECT_EQ(dram_base(launch, 1), 0x80000100U / 256);
  EXPECT_EQ(dram_base(launch, 2), 0x40ff0U / 16);
  EXPECT_EQ(dram_base(launch, 3), 0x80000004U / 4);
  EXPECT_EQ(launch.buffers[0].address, 0x80000000U);
  EXPECT_EQ(launch.buffers[1].address, 0x40000U);
}

TEST(Relocation, LeavesEverythingButTheAddressAlone) {
  MemoryInstruction before = load(Memory::inp, 0x1010 / 16, 3);
  before.dependencies.pop_next = before.dependencies.push_next = true;
  before.sram_base = 77;
  before.x_stride = 5;
  before.y_size = 2;
  before.y_pad_0 = before.x_pad_1 = 1;
  Launch launch = launch_of({before, GemmInstruction{}, AluInstruction{}});
  const std::vector<EncodedInstruction> stream = launch.instructions;
  ASSERT_TRUE(relocate({}, launch, {0x9000, 0x3000}).ok());
  before.dram_base = 0x9010 / 16;
  EXPECT_EQ(launch.instructions[0], Codec(Hardware{}).encode(before));
  EXPECT_EQ(launch.instructions[1], stream[1]);
  EXPECT_EQ(launch.instructions[2], stream[2]);
}

TEST(Relocation, IgnoresInstructionsThatOnlyCarryTokens) {
  Launch launch = launch_of({load(Memory::inp, 0, 0)});
  ASSERT_TRUE(relocate({}, launch, {0x9000, 0x3000}).ok());
  EXPECT_EQ(dram_base(launch, 0), 0U);
}

TEST(Relocation, LeavesUnknownOpcodesToTheDevice) {
  Launch launch = launch_of({});
  launch.instructions = {{7, 0}};
  ASSERT_TRUE(relocate({}, launch, {0x9000, 0x3000}).ok());
  EXPECT_EQ(launch.instructions[0], (EncodedInstruction{7, 0}));
}

TEST(Relocation, RefusesAnAccessOutsideEveryBuffer) {
  Launch launch = launch_of({FinishInstruction{}, load(Memory::inp, 0x2000 / 16)});
  const Status status = relocate({}, launch, {0x9000, 0x3000});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(status.error().message, HasSubstr("instruction 1 accesses DRAM at 0x2000"));
}

TEST(Relocation, RefusesAnAddressThatElementsCannotStartAt) {
  Launch launch = launch_of({load(Memory::wgt, 0x1000 / 256)});
  const Status status = relocate({}, launch, {0x9010, 0x3000});
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("0x9010, which is not a multiple of 256 bytes"));
}

}  // namespace
}  // namespace tamis::vta

// Programs of VTA as bytes: what is believed of a launch that comes from elsewhere.

#include "base/bytes.h"
#include "base/gzip.h"
#include "tamis/random.h"
#include "targets/vta/codegen/artifact.h"
#include "targets/vta/simulator/checks.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/vta_testing.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;
using testing::workload;

/// A program that was built, and its JSON, for tests to change.
class TravellingVta : public ::testing::Test {
 protected:
  TravellingVta() {
    task_ =
        bind_task(make_target("vta", {}).value(), workload("conv2d:ci=16,h=4,w=4,co=16,k=3,pad=1")).value();
    built_ = task_->build(task_->default_config()).artifact;
  }
  const VtaArtifact& artifact() const { return static_cast<const VtaArtifact&>(*built_); }
  Result<std::shared_ptr<const VtaArtifact>> unpack(const std::string& bytes) const {
    VtaArtifact frame = artifact();
    frame.launch = {};
    return unpack_program(std::move(frame), bytes);
  }
  /// Why the program is refused, changed so.
  Error refusal(const std::function<void(VtaArtifact&)>& change) const {
    VtaArtifact changed = artifact();
    change(changed);
    const auto unpacked = unpack(pack_program(changed).value());
    EXPECT_FALSE(unpacked.ok());
    return unpacked.ok() ? Error{} : unpacked.error();
  }
  static DramBuffer& buffer(VtaArtifact& artifact, BufferRole role) {
    for (DramBuffer& one : artifact.launch.buffers)
      if (one.role == role) return one;
    ADD_FAILURE() << "no buffer has the role " << static_cast<int>(role);
    return artifact.launch.buffers.front();
  }

  SharedTask task_;
  std::shared_ptr<const Artifact> built_;
};

constexpr std::array kOperands = {BufferRole::input, BufferRole::weights, BufferRole::bias,
                                  BufferRole::output};

TEST_F(TravellingVta, ComesBackAsItWas) {
  const auto unpacked = unpack(pack_program(artifact()).value());
  ASSERT_TRUE(unpacked.ok()) << unpacked.error().message;
  EXPECT_EQ((*unpacked)->launch.instructions, artifact().launch.instructions);
  EXPECT_EQ((*unpacked)->code_hash(), artifact().code_hash());
}

TEST_F(TravellingVta, IsRefusedByAnotherDevice) {
  const Error error = refusal([](VtaArtifact& changed) { changed.hardware = testing::small_hardware(); });
  EXPECT_EQ(error.kind, ErrorKind::unsupported);
  EXPECT_THAT(error.message,
              HasSubstr("it was built for another device than sim_1x16x16_i8w8a32_15_15_18_17"));
}

TEST_F(TravellingVta, IsRefusedWhereOperandsDoNotFitTheirBuffers) {
  for (const BufferRole role : kOperands) {
    const Error smaller = refusal([&](VtaArtifact& changed) { buffer(changed, role).bytes.resize(16); });
    EXPECT_EQ(smaller.kind, ErrorKind::corrupt);
    EXPECT_THAT(smaller.message, HasSubstr("has 16 bytes, which are not those of its operand"));
    const Error larger = refusal([&](VtaArtifact& changed) { buffer(changed, role).bytes.resize(1 << 20); });
    EXPECT_THAT(larger.message, HasSubstr("a buffer's size is 1048576, and may be at most"));
  }
}

TEST_F(TravellingVta, IsRefusedWhereABufferIsMissingOrTwice) {
  for (const BufferRole role : kOperands) {
    EXPECT_THAT(refusal([&](VtaArtifact& changed) { buffer(changed, role).role = BufferRole::data; }).message,
                HasSubstr("an operand has not one buffer"));
    EXPECT_THAT(refusal([&](VtaArtifact& changed) {
                  DramBuffer again = buffer(changed, role);
                  again.address = 1U << 30;
                  changed.launch.buffers.push_back(std::move(again));
                }).message,
                HasSubstr("an operand has not one buffer"));
  }
}

TEST_F(TravellingVta, IsRefusedWhereBuffersOverlapOrAreTooLargeOrTooMany) {
  EXPECT_THAT(refusal([](VtaArtifact& changed) {
                buffer(changed, BufferRole::output).address = buffer(changed, BufferRole::input).address;
              }).message,
              HasSubstr("overlaps"));
  EXPECT_THAT(
      refusal([](VtaArtifact& changed) { buffer(changed, BufferRole::output).address = 0xfffffff0; }).message,
      HasSubstr("the buffer at 0xfffffff0"));
  EXPECT_THAT(refusal([](VtaArtifact& changed) {
                buffer(changed, BufferRole::uops).bytes.resize((64 << 20) + 4);
              }).message,
              HasSubstr("a buffer's size is 67108868"));
  EXPECT_THAT(refusal([](VtaArtifact& changed) { changed.launch.buffers.resize(17); }).message,
              HasSubstr("the number of its buffers is 17, and may be at most 16"));
}

TEST_F(TravellingVta, IsRefusedWithABiasThatItCannotCarry) {
  EXPECT_THAT(refusal([](VtaArtifact& changed) { changed.bias = static_cast<BiasRoute>(2); }).message,
              HasSubstr("its route of the bias is 2"));
}

TEST_F(TravellingVta, IsRefusedWithMoreInstructionsThanADeviceTakes) {
  const Error error = refusal(
      [](VtaArtifact& changed) { changed.launch.instructions.resize(Hardware().max_instructions + 1); });
  EXPECT_THAT(error.message, HasSubstr("do not fit the device's stream buffer"));
}

/// A board writes wherever it is told to, so what it is told is looked at before.
TEST_F(TravellingVta, IsRefusedBehindADriverWhereATransferLeavesItsBuffer) {
  Launch launch = artifact().launch;
  EXPECT_TRUE(check_transfers(artifact().hardware, launch).ok());
  const Codec codec(artifact().hardware);
  for (EncodedInstruction& encoded : launch.instructions) {
    if (encoded.opcode() != Opcode::store) continue;
    MemoryInstruction store = codec.decode_memory(encoded);
    store.dram_base = 0x0fffffff;
    encoded = codec.encode(store);
  }
  const Status checked = check_transfers(artifact().hardware, launch);
  EXPECT_EQ(checked.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(checked.error().message, HasSubstr("are not within one buffer"));
  launch.instructions[0].low |= 7;
  EXPECT_THAT(check_transfers(artifact().hardware, launch).error().message, HasSubstr("instruction 0"));

  const SharedTask on_board =
      bind_task(make_target("vta", {{"device", "driver:/missing.so"}}).value(), task_->workload()).value();
  const std::string program = task_->save(task_->default_config(), *built_).value();
  EXPECT_TRUE(on_board->load(on_board->default_config(), program).ok());
  auto wild = std::make_shared<VtaArtifact>(artifact());
  wild->launch = launch;
  const std::string wild_program = task_->save(task_->default_config(), *wild).value();
  EXPECT_EQ(on_board->load(on_board->default_config(), wild_program).error().kind, ErrorKind::corrupt);
  EXPECT_TRUE(task_->load(task_->default_config(), wild_program).ok()) << "the simulator looks while it runs";
}

/// With everything around it whole, as somebody makes it on purpose.
TEST_F(TravellingVta, IsReadOrRefusedWhateverItsLaunchSays) {
  const std::string whole = pack_program(artifact()).value();
  ByteReader reader(whole, "a test");
  static_cast<void>(reader.number("bias"));
  const std::string launch = gunzip(reader.text("launch").value(), "a test", 1 << 26).value();
  const auto unpack_launch = [&](const std::string& bytes) {
    ByteWriter writer;
    writer.number(0);
    writer.text(gzip(bytes, "a test").value());
    return unpack(writer.take());
  };
  EXPECT_TRUE(unpack_launch(launch).ok());
  const size_t step = std::max<size_t>(launch.size() / 500, 1);
  for (size_t size = 0; size < launch.size(); size += step)
    EXPECT_EQ(unpack_launch(launch.substr(0, size)).error().kind, ErrorKind::corrupt) << size;
  EXPECT_EQ(unpack_launch(launch + "x").error().kind, ErrorKind::corrupt);
  Random random(3);
  for (int round = 0; round < 500; ++round) {
    std::string damaged = launch;
    for (int i = 0; i < 3; ++i) damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    const auto unpacked = unpack_launch(damaged);
    if (!unpacked.ok()) {
      EXPECT_FALSE(unpacked.error().message.empty());
    }
  }
}

/// Whatever is loaded the simulator runs, or says what is wrong with it.
TEST_F(TravellingVta, RunsOnTheSimulatorWhateverItsInstructionsAre) {
  Random random(11);
  const WorkloadData data = make_data(task_->workload(), 1);
  for (int round = 0; round < 300; ++round) {
    VtaArtifact changed = artifact();
    const int edits = 1 + static_cast<int>(random.below(6));
    for (int i = 0; i < edits; ++i) {
      EncodedInstruction& one = changed.launch.instructions[random.below(changed.launch.instructions.size())];
      (random.below(2) == 0 ? one.low : one.high) ^= uint64_t{1} << random.below(64);
    }
    const auto unpacked = unpack(pack_program(changed).value());
    ASSERT_TRUE(unpacked.ok()) << unpacked.error().message;
    Launch launch = load_operands(**unpacked, data).value();
    const SimulationOutcome outcome = simulate((*unpacked)->hardware, launch, {true, 100'000});
    EXPECT_EQ(outcome.stop == Stop::finished, outcome.message.empty());
    EXPECT_EQ(read_output(**unpacked, launch).size(), data.output.size());
  }
}

}  // namespace
}  // namespace tamis::vta

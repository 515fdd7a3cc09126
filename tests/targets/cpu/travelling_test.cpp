// Programs of the target cpu as bytes: which of them this processor takes.

#include "targets/cpu/travelling.h"

#include "support/sealed_program.h"
#include "tamis/task.h"
#include "targets/cpu/cpu_target.h"
#include "targets/cpu/support/subject.h"

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

using tamis::testing::SealedProgram;
using ::testing::HasSubstr;

/// What pack_program() writes, in its pieces; a test changes one.
struct Pieces {
  std::string cpu, features, vectors;
  uint64_t threads = 0;
  std::string object;
  std::vector<uint64_t> sizes;
  std::string rest;  ///< from whether weights are packed on

  explicit Pieces(const std::string& bytes) {
    ByteReader reader(bytes, "a test");
    cpu = reader.text("cpu").value();
    features = reader.text("features").value();
    vectors = reader.text("vectors").value();
    threads = reader.number("threads").value();
    object = reader.text("object").value();
    for (int i = 0; i < 3; ++i) sizes.push_back(reader.number("size").value());
    rest = bytes.substr(5 * 8 + 3 * 8 + cpu.size() + features.size() + vectors.size() + object.size());
  }
  std::string bytes() const {
    ByteWriter writer;
    for (const std::string* text : {&cpu, &features, &vectors}) writer.text(*text);
    writer.number(threads);
    writer.text(object);
    for (const uint64_t size : sizes) writer.number(size);
    return writer.take() + rest;
  }
};

class TravellingCpu : public ::testing::Test {
 protected:
  static SharedTask task(const std::string& spec = "cpu") {
    const auto target = make_target(spec, {{"threads", "1"}}).value();
    return bind_task(target, target->resolve("dense:ci=20,co=18,type=float32").value().front()).value();
  }
  static std::string saved(const Task& task) {
    return task.save(task.default_config(), *task.build(task.default_config()).artifact).value();
  }
  /// Loading the program of the default config, changed.
  static Result<BuildOutcome> load(const std::function<void(Pieces&)>& change) {
    const SharedTask one = task();
    SealedProgram program(saved(*one));
    Pieces pieces(program.payload);
    change(pieces);
    program.payload = pieces.bytes();
    return one->load(one->default_config(), program.bytes());
  }
  static Error refusal(const std::function<void(Pieces&)>& change) {
    const Result<BuildOutcome> loaded = load(change);
    EXPECT_FALSE(loaded.ok());
    return loaded.ok() ? Error{} : loaded.error();
  }
};

TEST_F(TravellingCpu, NamesTheProcessorThatItWasCompiledFor) {
  const Pieces pieces(SealedProgram(saved(*task())).payload);
  EXPECT_EQ(pieces.cpu, host_machine().value().cpu);
  EXPECT_EQ(pieces.features, host_machine().value().features);
  EXPECT_EQ(pieces.threads, 1U);
  EXPECT_TRUE(load([](Pieces&) {}).ok());
}

TEST_F(TravellingCpu, IsRefusedByAProcessorThatCannotRunIt) {
  const SharedTask foreign =
      task(host_machine().value().triple.starts_with("aarch64") ? "cpu:mcpu=haswell" : "cpu:mcpu=cortex-a72");
  const Result<BuildOutcome> loaded = foreign->load(foreign->default_config(), saved(*foreign));
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(loaded.error().message, HasSubstr("its architecture is missing here"));
}

TEST_F(TravellingCpu, IsRefusedForAProcessorThatNobodyKnows) {
  EXPECT_EQ(refusal([](Pieces& pieces) { pieces.cpu = "znver99"; }).kind, ErrorKind::unsupported);
  EXPECT_THAT(refusal([](Pieces& pieces) { pieces.cpu = "znver99"; }).message,
              HasSubstr("there is no processor \"znver99\""));
  EXPECT_THAT(refusal([](Pieces& pieces) { pieces.features += ",+warp-drive"; }).message,
              HasSubstr("it may use \"warp-drive\", which LLVM does not know here"));
  EXPECT_EQ(refusal([](Pieces& pieces) { pieces.features = "warp drive"; }).kind, ErrorKind::corrupt);
  EXPECT_TRUE(load([](Pieces& pieces) { pieces.features += ",-warp-drive"; }).ok()) << "what it does not use";
}

TEST_F(TravellingCpu, IsRefusedForOtherVectorsAndThreads) {
  EXPECT_THAT(refusal([](Pieces& pieces) { pieces.vectors = "1 registers of 3 bytes"; }).message,
              HasSubstr("whose layouts are others"));
  EXPECT_THAT(refusal([](Pieces& pieces) { pieces.threads = 2; }).message,
              HasSubstr("it was built for 2 threads, and runs here on 1"));
}

TEST_F(TravellingCpu, IsRefusedWithoutAnObjectFileAndWithSizesThatNoProgramHas) {
  EXPECT_THAT(refusal([](Pieces& pieces) {
                pieces.object =
                    "\x7f"
                    "ELF";
              }).message,
              HasSubstr("its code is no object file"));
  EXPECT_THAT(refusal([](Pieces& pieces) { pieces.object.clear(); }).message,
              HasSubstr("its code is no object file"));
  EXPECT_THAT(refusal([](Pieces& pieces) { pieces.object.resize(24); }).message,
              HasSubstr("a program of the target cpu as bytes"));
  EXPECT_THAT(refusal([](Pieces& pieces) { pieces.sizes[1] = uint64_t{1} << 40; }).message,
              HasSubstr("the size of its workspace is 1099511627776"));
  EXPECT_THAT(refusal([](Pieces& pieces) { pieces.rest += "x"; }).message,
              HasSubstr("1 bytes are left behind its end"));
}

TEST_F(TravellingCpu, IsRefusedWherePackingOfWeightsIsMissingOrTooMuch) {
  EXPECT_THAT(refusal([](Pieces& pieces) { pieces.rest[0] = static_cast<char>(pieces.rest[0] ^ 1); }).message,
              HasSubstr("weights, and it does"));
}

TEST_F(TravellingCpu, IsTakenByTheSameProcessorByItsName) {
  // A machine that only builds names the processor of the one that runs, as this one does where LLVM knows
  // it.
  const std::string named = "cpu:mcpu=" + host_machine().value().cpu;
  const auto target = make_target(named, {{"threads", "1"}}).value();
  if (!find_machine(host_machine().value().cpu).value().host)
    GTEST_SKIP() << "this machine hides what its processor has";
  const SharedTask builder = task(named);
  const SharedTask runner = task();
  const Result<BuildOutcome> loaded = runner->load(runner->default_config(), saved(*builder));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const WorkloadData data = make_data(runner->workload(), 1);
  const RunOutcome ran = runner->target().open_device({}).value()->run(*loaded->artifact, data, {});
  EXPECT_EQ(ran.verdict, Verdict::valid) << ran.message;
}

}  // namespace
}  // namespace tamis::cpu

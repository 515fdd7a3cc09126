// Programs as bytes: Task::save and Task::load, and what becomes of bytes that nobody saved.

#include "support/sealed_program.h"
#include "support/temporary_directory.h"
#include "tamis/targets.h"
#include "tamis/task.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

using tamis::testing::SealedProgram;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kTable = std::string(TAMIS_TEST_DATA) + "/tables/tiny_T4.json";
const std::string kLayer = "conv2d:ci=16,h=4,w=4,co=16,k=3,pad=1";

SharedTask task_of(const std::string& target, const std::string& workload, const Settings& settings = {}) {
  const auto made = make_target(target, settings).value();
  return bind_task(made, made->resolve(workload).value().front()).value();
}

/// The program of the default config.
std::string saved(const Task& task) {
  return task.save(task.default_config(), *task.build(task.default_config()).artifact).value();
}

Error refusal(const Task& task, const std::string& bytes) {
  const Result<BuildOutcome> loaded = task.load(task.default_config(), bytes);
  EXPECT_FALSE(loaded.ok());
  return loaded.ok() ? Error{} : loaded.error();
}

TEST(Travelling, BeginsWithWhatTheProgramIsOf) {
  const SharedTask task = task_of("vta", kLayer);
  const SealedProgram program(saved(*task));
  EXPECT_EQ(program.format, 1U);
  EXPECT_THAT(program.target, StartsWith("vta generation="));
  EXPECT_EQ(program.workload, to_spec(task->workload()));
  EXPECT_EQ(program.config, task->space().describe(task->default_config()));
  EXPECT_EQ(program.bytes(), saved(*task));
}

TEST(Travelling, RefusesBytesThatAreNoProgram) {
  const SharedTask task = task_of("vta", kLayer);
  for (const std::string bytes : {"", "x", "tamis program", "\x1f\x8b", "{}"}) {
    const Error error = refusal(*task, bytes);
    EXPECT_EQ(error.kind, ErrorKind::corrupt);
    EXPECT_EQ(error.message, "a program as bytes: it does not begin as programs of tamis do");
  }
  EXPECT_THAT(refusal(*task, "tamis program\nx").message,
              HasSubstr("it ends before the version of its format"));
  EXPECT_THAT(refusal(*task, std::string(kMostProgramBytes + 1, 'x')).message,
              HasSubstr("it has 8388609 bytes, and may have 8388608"));
}

TEST(Travelling, RefusesAProgramOfAnotherRelease) {
  const SharedTask task = task_of("vta", kLayer);
  SealedProgram program(saved(*task));
  program.format = 2;
  const Error error = refusal(*task, program.bytes());
  EXPECT_EQ(error.kind, ErrorKind::unsupported);
  EXPECT_THAT(error.message, HasSubstr("its format has version 2, and this release reads 1"));
}

/// Where a config gave another program than it does now.
TEST(Travelling, RefusesAProgramOfAnotherGeneration) {
  const SharedTask task = task_of("vta", kLayer);
  SealedProgram program(saved(*task));
  program.target = "vta generation=0";
  EXPECT_THAT(refusal(*task, program.bytes()).message,
              HasSubstr("its target is \"vta generation=0\", and here \"vta"));
}

TEST(Travelling, RefusesForeignProgramsAndNamesBoth) {
  const SharedTask task = task_of("vta", kLayer);
  const std::string program = saved(*task);
  const SharedTask larger = task_of("vta", "conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1");
  EXPECT_EQ(refusal(*larger, program).kind, ErrorKind::corrupt);
  EXPECT_THAT(refusal(*larger, program).message,
              AllOf(HasSubstr("its workload is \""), HasSubstr("h=4"), HasSubstr("h=8")));
  EXPECT_THAT(refusal(*task_of("table", kTable), program).message,
              AllOf(HasSubstr("its target is \"vta generation="), HasSubstr("and here \"table\"")));
  const Config other = task->space().config(1);
  EXPECT_THAT(task->load(other, program).error().message,
              AllOf(HasSubstr("its config is \""), HasSubstr(task->space().describe(other))));
}

TEST(Travelling, RefusesAConfigThatIsNotOfTheSpace) {
  const SharedTask task = task_of("vta", kLayer);
  const auto artifact = task->build(task->default_config()).artifact;
  EXPECT_EQ(task->save(Config{}, *artifact).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(task->load(Config{}, saved(*task)).error().kind, ErrorKind::invalid_input);
}

TEST(Travelling, DoesNotMindWhatAWorkloadIsCalled) {
  const SharedTask task = task_of("vta", kLayer);
  Workload renamed = task->workload();
  renamed.name = "the first layer";
  const SharedTask other = bind_task(make_target("vta").value(), renamed).value();
  EXPECT_TRUE(other->load(other->default_config(), saved(*task)).ok());
}

TEST(Travelling, DoesNotMindWhereAFileLies) {
  const TemporaryDirectory directory;
  const std::string copy = directory.file("elsewhere_T4.json");
  std::filesystem::copy_file(kTable, copy);
  const SharedTask task = task_of("table", kTable);
  const SharedTask other = task_of("table", copy);
  const Result<BuildOutcome> loaded = other->load(other->default_config(), saved(*task));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_NE(loaded->artifact, nullptr);
}

TEST(Travelling, SaysWhichTargetCannot) {
  const SharedTask command = task_of("command", std::string(TAMIS_TEST_DATA) + "/spaces/echo.yaml");
  const Error error = command->save(command->default_config(), Artifact()).error();
  EXPECT_EQ(error.kind, ErrorKind::unsupported);
  EXPECT_THAT(error.message,
              HasSubstr("a program of the target command cannot be sent to another machine: what its "
                        "build command made lies on the disk"));
  const SharedTask plain = make_plain_task({Space::create({number_knob("tile", {1, 2})}).value()}).value();
  EXPECT_THAT(plain->save(plain->default_config(), Artifact()).error().message,
              HasSubstr("programs of the target study cannot be written as bytes"));
}

/// Bytes changed, left out and put in.
std::string damaged(std::string bytes) {
  const int edits = *rc::gen::inRange(1, 8);
  for (int i = 0; i < edits && !bytes.empty(); ++i) {
    const size_t at = *rc::gen::inRange<size_t>(0, bytes.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes[at] = *rc::gen::arbitrary<char>();
        break;
      case 2:
        bytes.erase(at, *rc::gen::inRange<size_t>(1, 16));
        break;
      default:
        bytes.insert(at, *rc::gen::element<std::string>("\xff\xff\xff\xff\xff\xff\xff\xff",
                                                        std::string(8, '\0'), "x"));
    }
  }
  return bytes;
}

/// With a hash that is right, as somebody makes them on purpose.
TEST(Travelling, GivesAnOutcomeOrAnErrorWhateverTheTargetsPartSays) {
  const std::vector<SharedTask> tasks = {task_of("vta", kLayer), task_of("table", kTable),
                                         task_of("cpu", kLayer, {{"threads", "1"}}),
                                         task_of("cpu", "dense:ci=20,co=18,type=int8", {{"threads", "1"}})};
  for (const SharedTask& task : tasks) {
    const SealedProgram whole(saved(*task));
    rc::check(task->identity().kind + " loads damaged programs or says why not", [&] {
      SealedProgram program = whole;
      program.payload = damaged(program.payload);
      const Result<BuildOutcome> loaded = task->load(task->default_config(), program.bytes());
      if (loaded.ok()) {
        RC_ASSERT((loaded->verdict == Verdict::valid) == (loaded->artifact != nullptr));
      } else {
        RC_ASSERT(!loaded.error().message.empty());
      }
    });
  }
}

}  // namespace
}  // namespace tamis

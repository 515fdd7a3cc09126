#include "targets/command/description.h"

#include "base/json.h"
#include "support/temporary_directory.h"

#include <fstream>

#include <gmock/gmock.h>

namespace tamis::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Result<ProgramDescription> described(const char* text) { return describe_program({}, text, "folder"); }
std::string refusal(const char* text) {
  const auto program = described(text);
  return program.ok() ? "" : program.error().message;
}

TEST(ProgramDescription, ReadsEverything) {
  const ProgramDescription program =
      described(R"({"build": "make {tile}", "run": ["./run", 3], "environment": {"A": "{tile}", "B": 2},
      "directory": "sub", "latency": "json", "repeat": 3, "exit_codes": {"3": "wrong_result"},
      "messages": {"out of .* memory": "resource_exceeded"}})")
          .value();
  EXPECT_TRUE(program.build->shell);
  EXPECT_FALSE(program.run->shell);
  EXPECT_THAT(program.run->words, ElementsAre("./run", "3"));
  EXPECT_THAT(program.environment, ElementsAre(Pair("A", "{tile}"), Pair("B", "2")));
  EXPECT_EQ(program.directory, "folder/sub");
  EXPECT_EQ(program.repeat, 3);
  EXPECT_THAT(program.exit_codes, ElementsAre(Pair(3, Verdict::wrong_result)));
  EXPECT_TRUE(program.messages.front().first.matches("out of shared memory"));
}

TEST(ProgramDescription, FlagsReplaceWhatAFileSays) {
  CommandSettings settings;
  settings.run = "./mine";
  settings.latency = "wall";
  const auto program = describe_program(settings, R"({"serve": "server"})", "folder").value();
  EXPECT_FALSE(program.serve);
  EXPECT_THAT(program.run->words, ElementsAre("./mine"));
  EXPECT_EQ(program.latency->source, LatencyRule::Source::wall);
  EXPECT_EQ(program.directory, "");
}

TEST(ProgramDescription, ReadsAFileOfItsOwn) {
  const TemporaryDirectory directory;
  std::ofstream(directory.file("p.yaml")) << "run: ./bench {tile}\nlatency: wall\n";
  CommandSettings settings;
  settings.program = directory.file("p.yaml");
  const auto program = describe_program(settings, "", "folder").value();
  EXPECT_THAT(program.run->words, ElementsAre("./bench {tile}"));
  settings.program = directory.file("missing.yaml");
  EXPECT_EQ(describe_program(settings, "", "").error().kind, ErrorKind::not_found);
}

/// A flag that names the objective of the file needs not repeat what the file says of it.
TEST(DeclaredObjective, IsTheFlagsWithWhatItLeavesOpenFromTheFile) {
  SpaceFile file;
  EXPECT_EQ(declared_objective(file, "s").value(), Objective{});
  file.objective = R"({"name": "quality", "unit": "points", "direction": "max"})";
  const Objective own{"quality", "points", Direction::maximise};
  EXPECT_EQ(declared_objective(file, "s").value(), own);
  EXPECT_EQ(declared_objective(file, "s", "quality").value(), own);
  EXPECT_EQ(declared_objective(file, "s", "quality:min").value(),
            (Objective{"quality", "points", Direction::minimise}));
  EXPECT_EQ(declared_objective(file, "s", "energy:J").value(),
            (Objective{"energy", "J", Direction::minimise}));
  EXPECT_EQ(declared_objective(file, "s", "time").value(), Objective{});
  const Error error = declared_objective(file, "s", "other").error();
  EXPECT_THAT(error.message, HasSubstr("--objective: nothing says whether a small or a large other is good"));
  file.objective = R"("quality")";
  EXPECT_THAT(declared_objective(file, "s").error().message, HasSubstr("small or a large quality"));
}

TEST(ProgramDescription, TellsProgramsApart) {
  EXPECT_EQ(described(R"({"serve": "a"})").value().text, described(R"({"serve": "a"})").value().text);
  EXPECT_NE(described(R"({"serve": "a"})").value().text, described(R"({"serve": "b"})").value().text);
  CommandSettings settings;
  settings.serve = "b";
  EXPECT_NE(describe_program(settings, "", "").value().text,
            describe_program(settings, R"({"serve": "a"})", "").value().text);
}

TEST(ProgramDescription, RefusesWhatIsMissing) {
  EXPECT_THAT(refusal(""), HasSubstr("nothing says how a config is run; give --run"));
  EXPECT_THAT(refusal("{}"), HasSubstr("nothing says how a config is run"));
  EXPECT_THAT(refusal(R"({"run": "x"})"), HasSubstr("nothing says where the latency comes from"));
}

TEST(ProgramDescription, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(refusal(R"({"rum": "x"})"), HasSubstr("did you mean \"run\"?"));
  EXPECT_THAT(refusal(R"({"run": 3})"), HasSubstr("\"run\" must be a line for the shell"));
  EXPECT_THAT(refusal(R"({"run": ""})"), HasSubstr("\"run\" must be a line for the shell"));
  EXPECT_THAT(refusal(R"({"run": [["x"]]})"), HasSubstr("\"run\" must be"));
  EXPECT_THAT(refusal(R"({"run": "x", "serve": "y", "latency": "wall"})"),
              HasSubstr("both \"run\" and \"serve\""));
  EXPECT_THAT(refusal(R"({"serve": "y", "repeat": 2})"), HasSubstr("of no use to a server"));
  EXPECT_THAT(refusal(R"({"run": "x", "latency": "wall", "repeat": 0})"), HasSubstr("repeat"));
  EXPECT_THAT(refusal(R"({"run": "x", "latency": "fast"})"), HasSubstr("json, wall, or a pattern"));
  EXPECT_THAT(refusal(R"({"serve": "y", "exit_codes": {"0": "crashed"}})"), HasSubstr("from 1 to 255"));
  EXPECT_THAT(refusal(R"({"serve": "y", "exit_codes": {"1": "crash"}})"), HasSubstr("crash"));
  EXPECT_THAT(refusal(R"({"serve": "y", "exit_codes": {"1": "valid"}})"),
              HasSubstr("not a verdict of a failure"));
  EXPECT_THAT(refusal(R"({"serve": "y", "messages": {"(": "crashed"}})"), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal(R"({"serve": "y", "messages": []})"), HasSubstr("must map patterns"));
  EXPECT_THAT(refusal(R"({"serve": "y", "environment": {"A=B": 1}})"), HasSubstr("not a name of a variable"));
  EXPECT_THAT(refusal(R"({"serve": "y", "environment": {"A": []}})"),
              HasSubstr("must be a text or a number"));
  CommandSettings both;
  both.run = "x";
  both.serve = "y";
  EXPECT_THAT(describe_program(both, "", "").error().message,
              HasSubstr("--run and --serve exclude each other"));
}

}  // namespace
}  // namespace tamis::command

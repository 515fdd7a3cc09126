#include "targets/cpu/runtime/loaded_code.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
void omp_set_num_threads(int threads);
int omp_get_max_threads();
}

namespace tamis::cpu {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A program that stores a number to its only argument.
CompiledObject stores(const std::string& name, double number) {
  const Store store{{"output", {Affine(0)}}, Value::constant(number)};
  const LoweredProgram program{
      name, {{"output", Element::float32, {1}, Storage::argument, true}}, {{{store}}}};
  return compile({program}, host_machine().value(), 1).value();
}

TEST(LoadedCode, RunsTheProgramsOfSeveralObjects) {
  const CompiledObject one = stores("one", 1.5);
  const CompiledObject two = stores("two", 2.5);
  const CompiledObject* objects[] = {&one, &two};
  const auto code = LoadedCode::load(objects).value();
  float output = 0;
  void* pointers[] = {&output, nullptr};
  code->find("one_call").value()(pointers);
  EXPECT_EQ(output, 1.5F);
  code->find("two_call").value()(pointers);
  EXPECT_EQ(output, 2.5F);
}

TEST(LoadedCode, SaysWhichFunctionIsNotThere) {
  const CompiledObject one = stores("one", 1);
  const CompiledObject* object = &one;
  const auto code = LoadedCode::load({&object, 1}).value();
  EXPECT_THAT(code->find("three_call").error().message, HasSubstr("three_call"));
}

TEST(LoadedCode, RefusesTwoFunctionsOfOneName) {
  const CompiledObject one = stores("one", 1);
  const CompiledObject* objects[] = {&one, &one};
  EXPECT_THAT(LoadedCode::load(objects).error().message, HasSubstr("cannot be linked"));
}

/// Two tasks in parallel: each marks the workspace of its thread, and copies the mark to its output.
CompiledObject marks(Team team) {
  const Store mark{{"own", {Affine(0)}}, Value::constant(1)};
  const Store copy{{"output", {Affine::variable("task")}}, Value::load({"own", {Affine(0)}})};
  const LoweredProgram program{"marks",
                               {{"output", Element::float32, {2}, Storage::argument, true},
                                {"own", Element::float32, {16}, Storage::thread_workspace}},
                               {{{For{"task", 2, LoopKind::parallel, {{mark}, {copy}}}}}}};
  return compile({program}, host_machine().value(), 2, {team}).value();
}

/// The marks in the workspaces of two threads after a call on a thread that asks for `threads`.
std::array<float, 2> marked(Team team, int threads) {
  const CompiledObject object = marks(team);
  EXPECT_EQ(object.workspace_bytes, 128);
  const CompiledObject* one = &object;
  const auto code = LoadedCode::load({&one, 1}).value();
  std::array<float, 2> output{};
  std::array<float, 32> workspace{};
  void* pointers[] = {output.data(), workspace.data()};
  const int before = omp_get_max_threads();
  omp_set_num_threads(threads);
  code->find("marks_call").value()(pointers);
  omp_set_num_threads(before);
  EXPECT_THAT(output, ElementsAre(1, 1));
  return {workspace[0], workspace[16]};
}

TEST(LoadedCode, HasATeamOfWhatItWasCompiledFor) {
  EXPECT_THAT(marked(Team::compiled, 1), ElementsAre(1, 1));
}

TEST(LoadedCode, HasATeamOfWhatItsCallerAskedFor) {
  EXPECT_THAT(marked(Team::of_caller, 1), ElementsAre(1, 0));
  EXPECT_THAT(marked(Team::of_caller, 2), ElementsAre(1, 1));
}

}  // namespace
}  // namespace tamis::cpu

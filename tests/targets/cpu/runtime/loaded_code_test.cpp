#include "targets/cpu/runtime/loaded_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

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

}  // namespace
}  // namespace tamis::cpu

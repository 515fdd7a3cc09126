// A program in every form in which a reader can look at it.

#include "targets/cpu/deploy/chosen_program.h"
#include "targets/cpu/emission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const char* const kConvolution = "conv2d:ci=16,h=6,w=6,co=16,k=3,pad=1";

Result<std::vector<ProgramText>> print(const ChosenProgram& chosen, const PrintOptions& options) {
  return print_program(*chosen.task, chosen.config, options);
}

TEST(PrintProgram, ShowsRunAndPrepareInEveryStage) {
  const ChosenProgram chosen = choose_program(kConvolution, {}, 1, "cpu:mcpu=haswell");
  for (const auto& [stage, said] :
       std::vector<std::pair<std::string, std::string>>{{"schedule", "# reduction"},
                                                        {"lowered", "_tile["},
                                                        {"llvm", "define void @"},
                                                        {"assembly", "vfmadd"}}) {
    const auto texts = print(chosen, {stage}).value();
    ASSERT_EQ(texts.size(), 2U);
    EXPECT_EQ(texts[0].title, "run");
    EXPECT_EQ(texts[1].title, "prepare");
    EXPECT_THAT(texts[0].text, HasSubstr(said)) << stage;
  }
}

TEST(PrintProgram, ShowsOnlyRunWhereNothingIsPrepared) {
  EXPECT_EQ(print(choose_program("matmul:m=7,n=21,k=13"), {}).value().size(), 1U);
}

TEST(PrintProgram, BeginsItsStepsWithTheDefinitionAndEndsWithTheProgram) {
  const ChosenProgram chosen = choose_program(kConvolution);
  const auto steps = print(chosen, {"schedule", true}).value();
  const auto whole = print(chosen, {}).value();
  ASSERT_GT(steps.size(), 5U);
  EXPECT_EQ(steps.front().title, "the operator as it is defined");
  EXPECT_THAT(steps.front().text, HasSubstr("weights["));
  EXPECT_THAT(steps.front().text, Not(HasSubstr("unrolled")));
  EXPECT_THAT(steps[1].title, StartsWith("split "));
  EXPECT_EQ(steps[steps.size() - 2].text, whole.front().text);
  EXPECT_EQ(steps.back().title, "prepare");
}

TEST(PrintProgram, IndentsWhatIsInsideALoop) {
  const auto texts = print(choose_program("matmul:m=7,n=21,k=13"), {"lowered"}).value();
  EXPECT_THAT(texts.front().text, StartsWith("run\n  input: float32[1, 7, 13] argument\n"));
  EXPECT_THAT(texts.front().text, HasSubstr(":\n    "));
}

TEST(PrintProgram, RefusesAnUnknownStage) {
  const auto texts = print(choose_program(kConvolution), {"lowerd"});
  ASSERT_FALSE(texts.ok());
  EXPECT_EQ(texts.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(texts.error().message, HasSubstr("did you mean \"lowered\"?"));
}

TEST(PrintProgram, RefusesStepsOfAnotherStage) {
  const auto texts = print(choose_program(kConvolution), {"llvm", true});
  ASSERT_FALSE(texts.ok());
  EXPECT_THAT(texts.error().message, HasSubstr("schedule only"));
}

}  // namespace
}  // namespace tamis::cpu::testing

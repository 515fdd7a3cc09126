#include "space/file/t1.h"

#include "base/json.h"
#include "space/file/space_file.h"
#include "tamis/space.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

SpaceFile space_of(const std::string& text) {
  auto file = parse_space(text, "test.yaml");
  EXPECT_TRUE(file.ok()) << file.error().message;
  return file.ok() ? std::move(*file) : SpaceFile{};
}

TEST(T1Document, HoldsNamesAsTextsAndSplitsByTheirInnerFactor) {
  const SpaceFile file = space_of(
      "tamis: 1\nname: n\nknobs: {s: {split: 4}, o: [x, y], r: [0.5, 1.0], t: {split: 2, parts: 3}}\n"
      "constraints: [s <= 2]");
  const Json json = t1_document(file).value();
  const Json& parameters = json["ConfigurationSpace"]["TuningParameters"];
  EXPECT_EQ(parameters[0]["Values"], "[1, 2, 4]");
  EXPECT_EQ(parameters[3]["Values"], "['[2, 1, 1]', '[1, 2, 1]', '[1, 1, 2]']");
  EXPECT_EQ(parameters[1]["Type"], "string");
  EXPECT_EQ(parameters[1]["Values"], "['x', 'y']");
  EXPECT_EQ(parameters[2]["Type"], "float");
  EXPECT_EQ(parameters[2]["Values"], "[0.5, 1.0]");
  EXPECT_EQ(json["KernelSpecification"]["KernelName"], "n") << "the schema demands a kernel";
  EXPECT_EQ(json["General"]["BenchmarkName"], "n");
}

// Kernel Tuner 1.5.0 misreads `a<=b<=c` without blanks, and Python knows neither `||` nor backquotes.
TEST(T1Document, HoldsConstraintsAsPythonWritesThem) {
  const SpaceFile file = space_of(
      "tamis: 1\nname: spelled\nknobs: {bx: [8, 16, 32], sh: [0, 1]}\n"
      "constraints: ['sh == 0 || bx % 16 == 0', '!(bx == 8 && sh == 1)', '16<=bx*2<=64', '`bx` in(8,16)#no "
      "32',\n"
      "  '-bx**2 < (bx - (sh - 1)) if sh else !sh', 'bx&(bx-1)==0 or [bx,1][-1]==1']");
  const Json conditions = t1_document(file).value()["ConfigurationSpace"]["Conditions"];
  EXPECT_EQ(conditions[0]["Expression"], "sh == 0 or bx % 16 == 0");
  EXPECT_EQ(conditions[0]["Parameters"], Json({"sh", "bx"}));
  EXPECT_EQ(conditions[1]["Expression"], "not (bx == 8 and sh == 1)");
  EXPECT_EQ(conditions[2]["Expression"], "16 <= bx * 2 <= 64");
  EXPECT_EQ(conditions[3]["Expression"], "bx in (8, 16) and True");
  EXPECT_EQ(conditions[4]["Expression"], "(-bx ** 2 < bx - (sh - 1) if sh else not sh) and True");
  EXPECT_EQ(conditions[5]["Expression"], "bx & (bx - 1) == 0 or [bx, 1][-1] == 1");
}

// Run with Kernel Tuner 1.5.0 and python-constraint2: without `and True` it raised at `int` and `not`,
// allowed 32768 where `<` excludes it, and took a difference of a difference for a sum.
TEST(T1Document, HoldsConstraintsSoThatKernelTunerDoesNotMisreadThem) {
  const auto written = [](const std::string& constraint) {
    const SpaceFile file =
        space_of("tamis: 1\nknobs: {a: [8, 16], b: [1, 2], c: [1, 2]}\nconstraints: ['" + constraint + "']");
    return t1_document(file).value()["ConfigurationSpace"]["Conditions"][0]["Expression"].get<std::string>();
  };
  EXPECT_EQ(written("a*b<=64"), "a * b <= 64");
  EXPECT_EQ(written("1<a+b<=c*8"), "1 < a + b <= c * 8");
  EXPECT_EQ(written("a%(b*c)==0"), "a % (b * c) == 0");
  EXPECT_EQ(written("a*b<32768"), "a * b < 32768 and True");
  EXPECT_EQ(written("a-(b-c)<=16"), "a - (b - c) <= 16 and True");
  EXPECT_EQ(written("a//b==8"), "a // b == 8 and True");
  EXPECT_EQ(written("int(a/b)==8"), "int(a / b) == 8 and True");
  EXPECT_EQ(written("!(a==8)"), "not (a == 8) and True");
  EXPECT_EQ(written("a==8||b==1"), "a == 8 or b == 1");
}

TEST(T1Document, HoldsTheObjective) {
  const SpaceFile file = space_of("tamis: 1\nname: n\nknobs: {a: [1, 2]}\nobjective: 'energy:J'\n");
  const Json json = t1_document(file).value();
  EXPECT_EQ(json["General"]["Objective"], "energy:J");
  EXPECT_EQ(space_of(json.dump()).objective, file.objective);
  EXPECT_FALSE(
      t1_document(space_of("tamis: 1\nknobs: {a: [1, 2]}\n")).value()["General"].contains("Objective"));
}

TEST(T1, RefusesConditionsAndObjectivesWhereNobodyWouldReadThem) {
  const auto refusal = [](const char* general, const char* beside) {
    return parse_space(
               std::string(R"({"General": {)") + general +
                   R"(}, "ConfigurationSpace": {"TuningParameters": [{"Name": "a", "Type": "int", "Values": [1, 2]}]})" +
                   beside + "}",
               "f")
        .error()
        .message;
  };
  EXPECT_THAT(refusal("", R"(, "Conditions": [{"Expression": "a > 1"}])"), HasSubstr("move it into that"));
  EXPECT_THAT(refusal(R"("Objectives": "energy:J")", ""), HasSubstr("did you mean \"Objective\"?"));
}

TEST(T1Document, CannotHoldConstraintsOverWhatPythonCannotName) {
  const SpaceFile file = space_of("tamis: 1\nknobs: {odd name: [1, 2]}\nconstraints: ['`odd name` > 1']");
  EXPECT_THAT(t1_document(file).error().message, HasSubstr("\"odd name\" is no name in Python"));
}

// What tune_kernel_T1 of Kernel Tuner 1.5.0 reads without asking whether it is there.
TEST(T1Document, HasWhatKernelTunerDemands) {
  const Json document = t1_document(space_of("tamis: 1\nname: n\nknobs: {a: [1, 2]}")).value();
  const Json& kernel = document["KernelSpecification"];
  for (const char* key :
       {"Language", "KernelName", "KernelFile", "GlobalSize", "LocalSize", "ProblemSize", "Arguments"})
    EXPECT_TRUE(kernel.contains(key)) << key;
  EXPECT_TRUE(kernel["Device"].contains("Name"));
  EXPECT_EQ(document["Search"]["Name"], "brute_force");
  EXPECT_TRUE(document["ConfigurationSpace"]["Conditions"].is_array());
}

TEST(T1Document, HoldsLongRangesAsText) {
  const Json document = t1_document(space_of("tamis: 1\nknobs: {a: {range: [1, 50000]}}")).value();
  EXPECT_EQ(document["ConfigurationSpace"]["TuningParameters"][0]["Values"], "list(range(1, 50001, 1))")
      << "Kernel Tuner takes text only";
}

TEST(T1Document, CannotHoldFormulasOverFactors) {
  const SpaceFile file = space_of("tamis: 1\nknobs: {s: {split: 4}}\nconstraints: ['s[0] > 1']");
  EXPECT_THAT(t1_document(file).error().message, HasSubstr("T1 cannot hold the constraint s[0] > 1"));
}

TEST(T1Document, IsReadBackHoweverLongItIs) {
  const SpaceFile file = space_of("tamis: 1\nknobs: {a: {range: [1, 50000]}, b: [\"it's\", 'a\\\\b']}");
  const auto again = parse_space(t1_document(file).value().dump(), "again");
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->space.fingerprint(), file.space.fingerprint());
}

TEST(T1Document, KeepsEveryNumberExactly) {
  const std::vector<KnobValue> values = {0.5, int64_t{9007199254740993}, int64_t{1} << 62, -3.25, 1e300};
  SpaceFile file;
  file.name = "exact";
  file.space = Space::create({Knob{"k", KnobKind::number, values}}).value();
  const auto again = parse_space(t1_document(file).value().dump(), "again");
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->space.knobs().at(0).values, values);
}

}  // namespace
}  // namespace tamis

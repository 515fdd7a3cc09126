#include "space/file/space_file.h"

#include "base/json.h"
#include "space/allowed_configs.h"
#include "space/file/t1.h"
#include "tamis/random.h"
#include "tamis/space.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string data(const std::string& name) { return std::string(TAMIS_TEST_DATA) + "/spaces/" + name; }

SpaceFile parsed(const std::string& text) {
  auto file = parse_space(text, "test.yaml");
  EXPECT_TRUE(file.ok()) << file.error().message;
  return file.ok() ? std::move(*file) : SpaceFile{};
}

std::string refusal(const std::string& text) {
  const auto file = parse_space(text, "test.yaml");
  EXPECT_FALSE(file.ok()) << text;
  return file.ok() ? "" : file.error().message;
}

/// A space file of one knob.
std::string with_knob(const std::string& knob) { return "tamis: 1\nknobs:\n  a: " + knob + "\n"; }
std::string knob_refusal(const std::string& knob) { return refusal(with_knob(knob)); }

std::string values(const std::string& knob) {
  std::string all;
  const SpaceFile file = parsed(with_knob(knob));
  if (file.space.knobs().empty()) return "";
  for (const KnobValue& value : file.space.knobs()[0].values)
    all += (all.empty() ? "" : " ") + to_string(value);
  return all;
}

struct Published {
  std::string file;
  std::string name;
  uint64_t size;
  uint64_t allowed;
};

class PublishedSpace : public ::testing::TestWithParam<Published> {};

// Counted with tests/data/spaces/count.py, which asks Python about every config of the product.
INSTANTIATE_TEST_SUITE_P(
    All, PublishedSpace,
    ::testing::Values(Published{"gemm_milo_T1.json", "gemm", 663552, 116928},
                      Published{"convolution_milo_T1.json", "convolution_milo", 10240, 4362},
                      Published{"hotspot_milo_T1.json", "hotspot", 4440000, 82984},
                      Published{"dedispersion_milo_T1.json", "dedispersion_milo", 22272, 11130}),
    [](const auto& row) { return row.param.name; });

TEST_P(PublishedSpace, CountsExactlyRight) {
  const auto file = read_space_file(data(GetParam().file));
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->name, GetParam().name);
  EXPECT_EQ(file->space.size(), GetParam().size);
  ASSERT_NE(file->space.enumeration(), nullptr);
  EXPECT_EQ(file->space.enumeration()->count(), GetParam().allowed);
  EXPECT_EQ(file->program, "");
}

TEST_P(PublishedSpace, IsReadBackFromWhatIsWritten) {
  const SpaceFile file = read_space_file(data(GetParam().file)).value();
  const auto again = parse_space(t1_document(file).value().dump(), "again");
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->name, file.name);
  for (size_t i = 0; i < file.space.knobs().size(); ++i) {
    EXPECT_EQ(again->space.knobs()[i].name, file.space.knobs()[i].name);
    EXPECT_EQ(again->space.knobs()[i].values, file.space.knobs()[i].values);
  }
  EXPECT_EQ(again->space.enumeration()->count(), GetParam().allowed);
  EXPECT_EQ(t1_document(*again).value(), t1_document(file).value());
  if (file.default_config) {
    EXPECT_EQ(again->default_config, file.default_config);
  }
}

TEST(SpaceFile, CountsWhatKernelTunerCounts) {
  const SpaceFile file = read_space_file(data("spelled.yaml")).value();
  EXPECT_EQ(count_allowed(file.space), 174U);
  EXPECT_EQ(count_allowed(parse_space(t1_document(file).value().dump(), "again").value().space), 174U);
}

TEST(SpaceFile, ReadsDefaultsOfT1) {
  const SpaceFile file = read_space_file(data("gemm_milo_T1.json")).value();
  ASSERT_TRUE(file.default_config);
  EXPECT_THAT(file.space.describe(*file.default_config), StartsWith("GEMMK=0 MWG=64 NWG=64 KWG=32"));
  EXPECT_FALSE(read_space_file(data("hotspot_milo_T1.json")).value().default_config)
      << "its defaults violate a condition";
}

TEST(SpaceFile, ReadsOurOwnForm) {
  for (const char* name : {"matmul.yaml", "matmul.json"}) {
    const auto file = read_space_file(data(name));
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ(file->name, "matmul");
    EXPECT_EQ(file->space.size(), 4536U);
    ASSERT_NE(file->space.enumeration(), nullptr) << file->not_enumerated;
    EXPECT_EQ(file->space.enumeration()->count(), 1680U);
    EXPECT_EQ(file->space.describe(*file->default_config),
              "tile_m=16 unroll=1 tile_n=8 order=n,m,k use_shared=0 pad=0");
    EXPECT_EQ(file->program, R"({"run":"./matmul --tile {tile_m}"})");
  }
}

TEST(SpaceFile, IsTheSameSpaceInYamlAndInJson) {
  EXPECT_EQ(read_space_file(data("matmul.yaml")).value().space.fingerprint(),
            read_space_file(data("matmul.json")).value().space.fingerprint());
}

TEST(SpaceFile, IsCalledAfterTheFileWhereItHasNoName) {
  EXPECT_EQ(parse_space("tamis: 1\nknobs: {a: [1]}", "/tmp/some.space.yaml").value().name, "some.space");
}

TEST(SpaceFile, ListsValuesInManyWays) {
  EXPECT_EQ(values("[8, 16, 32]"), "8 16 32");
  EXPECT_EQ(values("{values: [8, 16]}"), "8 16");
  EXPECT_EQ(values("list(range(1, 4))"), "1 2 3");
  EXPECT_EQ(values("{values: '[2**i for i in range(3)]'}"), "1 2 4");
  EXPECT_EQ(values("{range: [1, 4]}"), "1 2 3 4");
  EXPECT_EQ(values("{range: [0, 10, 4]}"), "0 4 8");
  EXPECT_EQ(values("{powers_of_two: [3, 64]}"), "4 8 16 32 64");
  EXPECT_EQ(values("{split: 6}"), "[6, 1] [3, 2] [2, 3] [1, 6]");
  EXPECT_EQ(values("{permutation: [x, y]}"), "x,y y,x");
  EXPECT_EQ(values("[true, false]"), "1 0");
  EXPECT_EQ(values("[0.5, 1]"), "0.5 1");
  EXPECT_EQ(values("[nchw, '1', 2]"), "nchw 1 2");
  EXPECT_EQ(values("[[2, 3], [3, 2]]"), "[2, 3] [3, 2]");
}

TEST(SpaceFile, HoldsConditionalKnobsAtTheirFirstValue) {
  const SpaceFile file = parsed(
      "tamis: 1\nknobs:\n  on: [0, 1]\n  name: {values: [x, y], when: on}\n"
      "  split: {split: 4, when: on == 1}\n  number: {range: [5, 7], when: on}\n");
  EXPECT_EQ(file.space.enumeration()->count(), 1U + 2U * 3U * 3U);
  EXPECT_TRUE(file.space.allows(Config{{0, 0, 0, 0}}));
  EXPECT_FALSE(file.space.allows(Config{{0, 1, 0, 0}}));
  EXPECT_FALSE(file.space.allows(Config{{0, 0, 1, 0}}));
  EXPECT_FALSE(file.space.allows(Config{{0, 0, 0, 1}}));
  EXPECT_TRUE(file.space.allows(Config{{1, 1, 2, 2}}));
}

TEST(SpaceFile, OfASpaceThatCannotBeHeldSaysWhy) {
  std::string text = "tamis: 1\nknobs:\n";
  std::string all;
  for (int i = 0; i < 6; ++i) {
    const std::string name = "a" + std::to_string(i);
    text += "  " + name + ": {range: [1, 100]}\n";
    for (int j = 0; j < i; ++j) all += "  - " + name + " != a" + std::to_string(j) + "\n";
  }
  const SpaceFile file = parsed(text + "constraints:\n" + all);
  EXPECT_EQ(file.space.enumeration(), nullptr);
  EXPECT_THAT(file.not_enumerated, HasSubstr("a0, a1, a2, a3, a4, a5"));
  Random random(1);
  EXPECT_TRUE(file.space.sample(random));
}

TEST(SpaceFile, RefusesWhatIsNoSpaceFile) {
  EXPECT_THAT(refusal(""), HasSubstr("test.yaml: the file is empty"));
  EXPECT_THAT(refusal("{\"a\": 1}"), HasSubstr("neither `tamis: 1`"));
  EXPECT_THAT(refusal("just words"), HasSubstr("not a space file"));
  EXPECT_THAT(refusal("{\"knobs\": "), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("a: [1,\nb: 2"), HasSubstr("test.yaml, line 2: not valid YAML"));
  EXPECT_THAT(refusal("knobs: {a: [1]}"), HasSubstr("\"tamis\" is missing"));
  EXPECT_THAT(refusal("tamis: 2\nknobs: {a: [1]}"), HasSubstr("\"tamis\" is 2"));
  EXPECT_THAT(refusal("tamis: 1"), HasSubstr("\"knobs\" is missing"));
  EXPECT_THAT(refusal("tamis: 1\nknobs: {}"), HasSubstr("at least one name"));
  EXPECT_THAT(refusal("tamis: 1\nknob: {a: [1]}"), HasSubstr("did you mean \"knobs\"?"));
}

TEST(SpaceFile, RefusesBadKnobs) {
  EXPECT_THAT(knob_refusal("[]"), HasSubstr("knob \"a\": there are no values"));
  EXPECT_THAT(knob_refusal("[1, 1]"), HasSubstr("the value 1 is listed twice"));
  EXPECT_THAT(knob_refusal("5"), HasSubstr("a list of values is expected, found number"));
  EXPECT_THAT(knob_refusal("[null]"), HasSubstr("found null"));
  EXPECT_THAT(knob_refusal("{}"), HasSubstr("found none"));
  EXPECT_THAT(knob_refusal("{range: [1, 2], split: 4}"), HasSubstr("\"range\" and \"split\""));
  EXPECT_THAT(knob_refusal("{rnage: [1, 2]}"), HasSubstr("did you mean \"range\"?"));
  EXPECT_THAT(knob_refusal("{range: [2, 1]}"), HasSubstr("the first number, 2, is above the last, 1"));
  EXPECT_THAT(knob_refusal("{range: [1, 9, 0]}"), HasSubstr("the step must be at least 1"));
  EXPECT_THAT(knob_refusal("{range: [1, 1000000]}"), HasSubstr("more than 100000 values"));
  EXPECT_THAT(knob_refusal("{powers_of_two: [0, 4]}"), HasSubstr("no power of two"));
  EXPECT_THAT(knob_refusal("{powers_of_two: [5, 7]}"), HasSubstr("no power of two"));
  EXPECT_THAT(knob_refusal("{powers_of_two: 4}"), HasSubstr("[FIRST, LAST] is expected"));
  EXPECT_THAT(knob_refusal("{split: 0}"), HasSubstr("\"split\" is 0"));
  EXPECT_THAT(knob_refusal("{split: 720720, parts: 8}"), HasSubstr("more than 100000 values"));
  EXPECT_THAT(knob_refusal("{values: [1], parts: 2}"), HasSubstr("\"parts\" belongs to \"split\""));
  EXPECT_THAT(knob_refusal("{permutation: [a, b, c, d, e, f, g, h, i]}"), HasSubstr("one to 8 names"));
  EXPECT_THAT(knob_refusal("{permutation: [a, a]}"), HasSubstr("listed twice"));
  EXPECT_THAT(knob_refusal("[[2, 3], [2, 2]]"), HasSubstr("same product"));
  EXPECT_THAT(knob_refusal("[[2, 3], 6]"), HasSubstr("splits cannot be mixed"));
  EXPECT_THAT(knob_refusal("[[0, 3]]"), HasSubstr("integers of at least 1"));
  EXPECT_THAT(knob_refusal("import os"), HasSubstr("should end before \"os\""));
  EXPECT_THAT(knob_refusal("{values: [1, 2], when: 'b == 1'}"), HasSubstr("there is no knob \"b\""));
}

TEST(SpaceFile, RefusesBadConstraintsAndDefaults) {
  const std::string knobs = "tamis: 1\nknobs: {a: [1, 2], b: [x, y]}\n";
  EXPECT_THAT(refusal(knobs + "constraints: a < 2"), HasSubstr("a list of formulas is expected"));
  EXPECT_THAT(refusal(knobs + "constraints: [a < 2, 7]"), HasSubstr("number 2: a formula in one text"));
  EXPECT_THAT(refusal(knobs + "constraints: [a <]"), HasSubstr("constraints, number 1"));
  EXPECT_THAT(refusal(knobs + "constraints: [c < 1]"), HasSubstr("there is no knob \"c\""));
  EXPECT_THAT(refusal(knobs + "default: [1]"), HasSubstr("default: a mapping"));
  EXPECT_THAT(refusal(knobs + "default: {a: 3}"), HasSubstr("the knob a has no value \"3\""));
  EXPECT_THAT(refusal(knobs + "default: {c: 3}"), HasSubstr("there is no knob \"c\""));
  EXPECT_THAT(refusal(knobs + "constraints: [a > 1]\ndefault: {b: x}"),
              HasSubstr("the constraint a > 1 excludes the config a=1 b=x"));
}

TEST(SpaceFile, TellsWhatIsLikelyGood) {
  const std::string knobs = "tamis: 1\nknobs: {a: [1, 2, 4], b: [x, y], s: {split: 4}}\n";
  const auto hints = [&](const std::string& text) {
    const SpaceFile file = parsed(knobs + "likely_good: " + text);
    return to_json(file.space.knobs(), file.space.hints()).dump();
  };
  EXPECT_EQ(hints("{a: 2}"), R"([{"a":[2]}])");
  EXPECT_EQ(hints("[{b: [y, x], a: [4, 1]}, {b: y}]"), R"([{"a":[1,4],"b":["x","y"]},{"b":["y"]}])");
  EXPECT_EQ(hints("{s: [2, 2]}"), R"([{"s":[[2,2]]}])");
  EXPECT_EQ(hints("{s: [[2, 2], [1, 4]]}"), R"([{"s":[[2,2],[1,4]]}])");
  EXPECT_EQ(hints("{s: 4}"), R"([{"s":[[1,4]]}])");
  EXPECT_EQ(hints("[]"), "[]");
  // It changes nothing of what the space allows.
  EXPECT_EQ(parsed(knobs + "likely_good: {a: 2}").space.fingerprint(), parsed(knobs).space.fingerprint());
  const SpaceFile limited = parsed(knobs + "constraints: [a > 1]\nlikely_good: {a: 2}");
  EXPECT_EQ(limited.space.hints().size(), 1U) << "a space that was enumerated keeps it";
}

TEST(SpaceFile, RefusesWhatCannotBeLikelyGood) {
  const std::string knobs = "tamis: 1\nknobs: {tile: [1, 2, 4], order: [rows, columns]}\nlikely_good: ";
  EXPECT_THAT(refusal(knobs + "{tle: 2}"), HasSubstr("there is no knob \"tle\"; did you mean \"tile\"?"));
  EXPECT_THAT(
      refusal(knobs + "[{tile: 1}, {tile: [2, 7]}]"),
      HasSubstr("likely_good, number 2: the knob tile has no value \"7\"; the nearest that it has is 4"));
  EXPECT_THAT(refusal(knobs + "{order: row}"), HasSubstr("has no value \"row\"; did you mean \"rows\"?"));
  EXPECT_THAT(refusal(knobs + "{tile: []}"), HasSubstr("no value of the knob tile is given"));
  EXPECT_THAT(refusal(knobs + "{}"), HasSubstr("names no knob"));
  EXPECT_THAT(refusal(knobs + "tile"), HasSubstr("a mapping from knobs to values is expected"));
  EXPECT_THAT(refusal(knobs + "[tile]"), HasSubstr("number 1: a mapping from knobs to values is expected"));
  std::string many = "[";
  for (size_t i = 0; i <= kMostHints; ++i) many += "{tile: 1},";
  EXPECT_THAT(refusal(knobs + many + "]"), HasSubstr("there are more than 1000"));
}

TEST(SpaceFile, RefusesBadT1) {
  const auto t1 = [](const std::string& parameters, const std::string& conditions) {
    return refusal(R"({"ConfigurationSpace": {"TuningParameters": )" + parameters + R"(, "Conditions": )" +
                   conditions + "}}");
  };
  EXPECT_THAT(refusal(R"({"ConfigurationSpace": 1})"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(refusal(R"({"ConfigurationSpace": {}})"), HasSubstr("\"TuningParameters\" is missing"));
  EXPECT_THAT(t1("{}", "[]"), HasSubstr("\"TuningParameters\" must be an array"));
  EXPECT_THAT(t1("[1]", "[]"), HasSubstr("parameter 1"));
  EXPECT_THAT(t1(R"([{"Name": "a"}])", "[]"), HasSubstr("\"Values\" is missing"));
  EXPECT_THAT(t1(R"([{"Name": "a", "Values": "[1,"}])", "[]"), HasSubstr("\"a\", Values"));
  EXPECT_THAT(t1(R"([{"Name": "a", "Values": [1]}, {"Name": "a", "Values": [1]}])", "[]"),
              HasSubstr("two knobs are called a"));
  EXPECT_THAT(t1(R"([{"Name": "a", "Values": [1]}])", R"([{"Expression": "b > 1"}])"),
              HasSubstr("condition 1"));
  EXPECT_THAT(t1(R"([{"Name": "a", "Values": [1]}])", R"([{}])"), HasSubstr("\"Expression\" is missing"));
}

std::string t1_with(const std::string& members) {
  return R"({"ConfigurationSpace": {"TuningParameters": [
      {"Name": "bx", "Type": "int", "Values": "[8, 16, 32, 64]", "Default": 8},
      {"Name": "by", "Type": "int", "Values": "[1, 2, 4, 8]", "Default": 1}])" +
         members + "}}";
}

TEST(SpaceFile, ReadsConditionsOfT1HoweverTheyAreCalled) {
  for (const char* name : {"Conditions", "conditions", "Constraints", "constraints", "Restrictions"}) {
    const SpaceFile file =
        parsed(t1_with(std::string(", \"") + name + R"(": [{"Expression": "bx * by <= 64"}])"));
    EXPECT_EQ(count_allowed(file.space), 10U) << name;
  }
  EXPECT_EQ(count_allowed(parsed(t1_with(R"(, "conditions": ["bx * by <= 64"])")).space), 10U);
  const SpaceFile both = parsed(t1_with(
      R"(, "Conditions": [{"expression": "bx * by <= 64"}], "Constraints": [{"Expression": "bx > 8"}])"));
  EXPECT_EQ(count_allowed(both.space), 6U) << "none of them is passed over";
}

TEST(SpaceFile, RefusesMembersOfT1ThatItDoesNotKnow) {
  EXPECT_THAT(refusal(t1_with(R"(, "Condition": [])")), HasSubstr("did you mean \"Conditions\"?"));
  EXPECT_THAT(refusal(t1_with(R"(, "Filters": [])")), HasSubstr("known are: TuningParameters, Conditions"));
  EXPECT_THAT(refusal(t1_with(R"(, "Conditions": [{"Expresion": "bx > 1"}])")),
              HasSubstr("did you mean \"Expression\"?"));
  EXPECT_THAT(refusal(R"({"ConfigurationSpace": {"TuningParameters": [{"Name": "a", "Value": "[1]"}]}})"),
              HasSubstr("did you mean \"Values\"?"));
}

// Python allows as many of 16.
TEST(SpaceFile, ReadsConditionsAsPythonUsersWriteThem) {
  const auto allowed = [](const std::string& condition) {
    return count_allowed(parsed(t1_with(R"(, "Conditions": [{"Expression": ")" + condition + "\"}]")).space);
  };
  EXPECT_EQ(allowed("int(bx / by) % 4 == 0"), 13U);
  EXPECT_EQ(allowed("(bx if by > 1 else 8) <= 32"), 13U);
  EXPECT_EQ(allowed("round(bx / by) <= 32"), 15U);
  EXPECT_EQ(allowed("(bx & (bx - 1)) == 0"), 16U);
  EXPECT_EQ(allowed("bx in range(16, 64, 16)  # no 64"), 8U);
  EXPECT_EQ(allowed("lambda p: p['bx'] * p['by'] <= 64"), 10U);
  EXPECT_EQ(allowed("sum([bx, by]) <= 20 and any(v == 4 for v in (bx, by))"), 2U);
}

TEST(SpaceFile, HoldsNumbersAsTheyStandOrNotAtAll) {
  EXPECT_EQ(values("[9223372036854775807, 0.1]"), "9223372036854775807 0.1");
  EXPECT_EQ(values("['18446744073709551616', x]"), "18446744073709551616 x");
  EXPECT_THAT(knob_refusal("[1, 9223372036854775808]"), HasSubstr("9223372036854775808 cannot be held"));
  EXPECT_THAT(knob_refusal("[9007199254740993.0]"), HasSubstr("put quotes around it"));
  EXPECT_THAT(knob_refusal("[0.12345678901234567890]"), HasSubstr("0.12345678901234567890 cannot be held"));
  EXPECT_THAT(knob_refusal("[0.0, -0.0]"), HasSubstr("0 and -0 are the same number"));
  EXPECT_THAT(knob_refusal("[1e16, 10000000000000000]"), HasSubstr("are the same number"));
  const auto json = [](const std::string& all) { return R"({"tamis": 1, "knobs": {"a": [)" + all + "]}}"; };
  EXPECT_THAT(refusal(json("18446744073709551615")), HasSubstr("18446744073709551615 cannot be held"));
  EXPECT_THAT(refusal(json("123456789012345678901234567890")), HasSubstr("cannot be held"));
  EXPECT_THAT(refusal(json("1e400")), HasSubstr("1e400 cannot be held"));
  EXPECT_EQ(parsed(json(R"("a\"1e400", 2.50, -1e-3)")).space.size(), 3U);
}

/// A program would get another text than the one that stands in the file; as values of other things they are
/// texts.
TEST(SpaceFile, RefusesNumbersOfYamlThatWouldComeOutInAnotherForm) {
  for (const auto& [value, other] :
       {std::pair{"010", "10"}, std::pair{"1.50", "1.5"}, std::pair{"-007", "-7"}, std::pair{"00.5", "0.5"}})
    EXPECT_THAT(parse_space(fmt::format("tamis: 1\nknobs: {{a: [{}, 3]}}\n", value), "t").error().message,
                AllOf(HasSubstr(fmt::format("the number {} would reach a program as {}", value, other)),
                      HasSubstr("put quotes around it")));
  const SpaceFile file = parse_space(
                             "tamis: 1\nknobs: {a: ['010', '1.50'], b: [1.0, 0.5, 1e3, 0]}\n"
                             "program: {run: x, environment: {A: 010, B: 9007199254740993.0}}\n",
                             "t")
                             .value();
  EXPECT_EQ(file.space.knobs()[0].values, (std::vector<KnobValue>{"010", "1.50"}));
  EXPECT_THAT(file.program, AllOf(HasSubstr("\"A\":\"010\""), HasSubstr("\"B\":\"9007199254740993.0\"")));
}

TEST(SpaceFile, RefusesAKeyThatOccursTwice) {
  EXPECT_THAT(refusal(R"({"tamis": 1, "knobs": {"a": [1], "a": [2]}})"), HasSubstr("\"a\" occurs twice"));
  EXPECT_THAT(refusal("tamis: 1\nknobs:\n  a: [1]\n  a: [2]\n"), HasSubstr("\"a\" occurs twice"));
}

TEST(SpaceFile, RefusesTooManyConstraints) {
  std::string few = "tamis: 1\nknobs: {a: {range: [1, 100000]}, b: [1]}\nconstraints:\n";
  for (int i = 0; i < 41; ++i) few += "  - a < 5\n";
  EXPECT_THAT(refusal(few), HasSubstr("number 41: too many constraints over knobs with many values"));
  std::string many = "tamis: 1\nknobs: {a: [1, 2]}\nconstraints:\n";
  for (int i = 0; i < 10001; ++i) many += "  - a < 5\n";
  EXPECT_THAT(refusal(many), HasSubstr("more than 10000 constraints"));
}

TEST(SpaceFile, TakesAProductOfAnySize) {
  std::string text = "tamis: 1\nknobs:\n";
  for (int i = 0; i < 170; ++i) text += fmt::format("  flag{}: ['', '-f{}', '-fno-{}']\n", i, i, i);
  const Result<SpaceFile> file = parse_space(text, "test.yaml");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_FALSE(file->space.countable());
  EXPECT_EQ(size_text(file->space), "about 1.3e81");
  EXPECT_EQ(file->not_enumerated, "");
  const Result<SpaceFile> few =
      parse_space(text + "constraints: [\"flag0 == '-f0' or flag169 == '-f169'\"]\n", "test.yaml");
  ASSERT_TRUE(few.ok()) << few.error().message;
  EXPECT_EQ(few->not_enumerated, "");
  Random random(1);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(few->space.allows(few->space.sample(random).value()));
}

TEST(SpaceFile, IsNotFoundWhereThereIsNone) {
  EXPECT_EQ(read_space_file("/no/such/file.yaml").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace tamis

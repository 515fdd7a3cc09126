#include "exchange/row_members.h"

#include "base/file.h"
#include "exchange/row_collector.h"
#include "support/temporary_directory.h"
#include "tamis/formats.h"

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

std::vector<std::string> listed(const RowMembers& row) {
  std::vector<std::string> members;
  for (const auto& [key, value] : row.all()) members.push_back(std::string(key) + "=" + std::string(value));
  return members;
}

TEST(RowMembers, AreTheTextsOfAnObject) {
  RowMembers row;
  ASSERT_TRUE(row.read(R"( {"a": 1e3, "b": ["x", {"c": NaN}] , "d" : "e\u00e9"} )").ok());
  EXPECT_THAT(listed(row), ElementsAre("a=1e3", R"(b=["x", {"c": NaN}])", R"(d="e\u00e9")"));
  EXPECT_EQ(text_or_empty(row.find("d")), "eé");
  EXPECT_EQ(text_or_empty(row.find("a")), "");
  size_t place = 0;
  EXPECT_EQ(row.find("d", place), R"("e\u00e9")");
  EXPECT_EQ(place, 2U);
  EXPECT_FALSE(row.find("c"));
}

TEST(RowMembers, HaveKeysWithoutEscapes) {
  RowMembers row;
  const std::string text = R"({"t\u0069me": 1, "k\"": 2})";
  ASSERT_TRUE(row.read(text).ok());
  EXPECT_EQ(row.find("time"), "1");
  EXPECT_EQ(row.find("k\""), "2");
}

TEST(RowMembers, SayWhetherTheKeysChange) {
  RowMembers row;
  ASSERT_TRUE(row.read(R"({"a": 1, "b": 2})").ok());
  const size_t layout = row.layout();
  ASSERT_TRUE(row.read(R"({"a": 3, "b": 4})").ok());
  EXPECT_EQ(row.layout(), layout);
  ASSERT_TRUE(row.read(R"({"b": 3, "a": 4})").ok());
  EXPECT_NE(row.layout(), layout);
}

TEST(RowMembers, AreRefusedWhereTheyAreWrong) {
  RowMembers row;
  EXPECT_THAT(row.read("7").error().message, HasSubstr("not an object"));
  EXPECT_FALSE(row.read(R"({"a": 1)").ok());
  EXPECT_FALSE(row.read(R"({"a": 1} x)").ok());
  EXPECT_FALSE(row.read(R"({"a": 1, "b": 2, "a": 3})").ok()) << "which of them counts, nobody knows";
  EXPECT_TRUE(row.read(R"({"a": 1})").ok());
  EXPECT_FALSE(row.read(R"({"a": 1, "a": 1})").ok());
}

TEST(RowMembers, AreTakenFromATextOneObjectAfterTheOther) {
  RowMembers row;
  JsonCursor cursor(R"([{"a": 1}, 5, {"b": 2}])");
  bool first = true;
  ASSERT_TRUE(cursor.enter('[') && cursor.element(first));
  EXPECT_TRUE(row.read_next(cursor).ok());
  EXPECT_EQ(row.find("a"), "1");
  ASSERT_TRUE(cursor.element(first));
  EXPECT_FALSE(row.read_next(cursor).ok());
  ASSERT_TRUE(cursor.element(first));
  EXPECT_TRUE(row.read_next(cursor).ok());
  EXPECT_EQ(row.find("b"), "2");
  EXPECT_FALSE(cursor.element(first));
  EXPECT_TRUE(cursor.at_end());
}

TEST(KnobValueFromText, IsWhatTheJsonIs) {
  EXPECT_EQ(knob_value_from_text("-12").value(), KnobValue(int64_t{-12}));
  EXPECT_EQ(knob_value_from_text("2.5e1").value(), KnobValue(25.0));
  EXPECT_EQ(knob_value_from_text(R"("a\tb")").value(), KnobValue(std::string("a\tb")));
  EXPECT_EQ(knob_value_from_text("true").value(), KnobValue(int64_t{1}));
  EXPECT_EQ(knob_value_from_text("null").value(), KnobValue(std::string("None")));
  EXPECT_EQ(knob_value_from_text("[1,2]").value(), KnobValue(std::string("[1, 2]")));
  EXPECT_FALSE(knob_value_from_text("9223372036854775808").ok());
  EXPECT_FALSE(knob_value_from_text("99999999999999999999999").ok()) << "no double comes in its place";
  EXPECT_FALSE(knob_value_from_text("NaN").ok());
}

TEST(UnixMs, IsReadFromTimesAsProgramsWriteThem) {
  constexpr int64_t kMs = 1795834043746;  // 2026-11-28 02:47:23.746 UTC
  for (const char* text :
       {"2026-11-28 02:47:23.746+00:00", "2026-11-28T02:47:23.746Z", "2026-11-28 02:47:23.746 UTC",
        "2026-11-28T02:47:23.746", "2026-11-28 03:47:23.746+01:00", "2026-11-28 03:47:23.746+0100",
        "2026-11-27T23:17:23.746-03:30"})
    EXPECT_EQ(unix_ms_of(text), kMs) << text;
  for (const char* text :
       {"", "2026-11-28", "2026-13-28 02:47:23", "2026-11-28 02:61:23", "2026-11-28 02:47:", "yesterday",
        "1950-01-01 00:00:00", "2026-11-28 02:47:-3", "2026-11--8 02:47:23"})
    EXPECT_EQ(unix_ms_of(text), 0) << text;
}

TEST(KeptNumber, IsWhatIsWritten) {
  EXPECT_EQ(kept_number("12").value(), KnobValue(int64_t{12}));
  EXPECT_EQ(kept_number("9007199254740993").value(), KnobValue(int64_t{9007199254740993}));
  EXPECT_EQ(kept_number("1.5").value(), KnobValue(1.5));
  EXPECT_EQ(kept_number("1.50e0").value(), KnobValue(1.5));
  EXPECT_EQ(kept_number("9007199254740992.0").value(), KnobValue(9007199254740992.0));
  EXPECT_EQ(kept_number("0.0").value(), KnobValue(0.0));
  for (const char* number : {"9007199254740993.0", "0.1000000000000000055511", "-0.0", "-0", "-0e5", "1e400",
                             "1e-400", "18446744073709551616", "NaN", "Infinity"})
    EXPECT_EQ(kept_number(number).error().kind, ErrorKind::corrupt) << number;
}

TEST(KnobValueFromText, RefusesNumbersInAListThatAreNotKept) {
  EXPECT_EQ(knob_value_from_text("[1.5, 2]").value(), KnobValue(std::string("[1.5, 2]")));
  EXPECT_THAT(knob_value_from_text("[9007199254740993.0]").error().message, HasSubstr("more digits"));
  EXPECT_EQ(knob_value_from_text("null").value(), KnobValue(std::string("None")));
  EXPECT_EQ(knob_value_from_text("\"9007199254740993.0\"").value(),
            KnobValue(std::string("9007199254740993.0")));
}

/// A file of each format with two rows, the second of which has this value of the knob `a`.
std::vector<std::pair<std::string, std::string>> files_with(const std::string& value) {
  return {
      {"t4", fmt::format(R"({{"results": [
{{"configuration": {{"a": 1}}, "invalidity": "correct", "measurements": [{{"name": "time", "value": 1, "unit": "ms"}}],
  "objectives": ["time"]}},
{{"configuration": {{"a": {}}}, "invalidity": "correct", "measurements": [{{"name": "time", "value": 2, "unit": "ms"}}],
  "objectives": ["time"]}}]}})",
                         value)},
      {"kernel-tuner", fmt::format(R"({{"tune_params_keys": ["a"], "tune_params": {{"a": [1, {0}]}},
"cache": {{"1": {{"a": 1, "time": 1}}, "2": {{"a": {0}, "time": 2}}}}}})",
                                   value)},
      {"ktt", fmt::format(R"({{"Metadata": {{"TimeUnit": "Milliseconds", "KttVersion": "2.2"}}, "Results": [
{{"Status": "Ok", "TotalDuration": 1, "Configuration": [{{"Name": "a", "Value": 1}}]}},
{{"Status": "Ok", "TotalDuration": 2, "Configuration": [{{"Name": "a", "Value": {}}}]}}]}})",
                          value)},
      {"clblast", fmt::format(R"({{"kernel_family": "x", "results": [{{"time": 1, "parameters": {{"a": 1}}}},
{{"time": 2, "parameters": {{"a": {}}}}}]}})",
                              value)},
      {"pyatf",
       fmt::format(R"({{"tuning_parameters": [{{"name": "a", "range": {{"values": [1, {0}]}}}}], "history": [
{{"configuration": {{"a": 1}}, "valid": true, "cost": 1}},
{{"configuration": {{"a": {0}}}, "valid": true, "cost": 2}}]}})",
                   value)},
      {"helion",
       fmt::format("generation,status,perf_ms,config\n0,ok,1,Config(a=1)\n0,ok,2,Config(a={})\n", value)}};
}

/// Numbers that would come out as others cost their row, which is told of; nothing changes in silence.
TEST(ForeignNumbers, AreKeptOrRefused) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("some");
  for (const char* value : {"9007199254740993.0", "0.1000000000000000055511", "-0.0", "18446744073709551616"})
    for (const auto& [format, text] : files_with(value)) {
      ASSERT_TRUE(write_file(path, text).ok());
      const auto file = read_trials(path);
      ASSERT_TRUE(file.ok()) << format << " " << value << ": " << file.error().message;
      EXPECT_EQ(file->format, format);
      EXPECT_EQ(file->left_out, 1U) << format << " " << value;
      ASSERT_FALSE(file->skipped.empty()) << format << " " << value;
      EXPECT_THAT(file->skipped[0], AllOf(HasSubstr("row 2"), HasSubstr(value))) << format;
      EXPECT_THAT(file->sets[0].space.knobs()[0].values, ElementsAre(KnobValue(int64_t{1}))) << format;
    }
  for (const auto& [format, text] : files_with("2.5")) {
    ASSERT_TRUE(write_file(path, text).ok());
    const TrialFile file = read_trials(path).value();
    EXPECT_THAT(file.sets[0].space.knobs()[0].values, ElementsAre(KnobValue(int64_t{1}), KnobValue(2.5)))
        << format;
  }
}

}  // namespace
}  // namespace tamis

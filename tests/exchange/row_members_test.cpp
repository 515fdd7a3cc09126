#include "exchange/row_members.h"

#include "exchange/row_collector.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

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

}  // namespace
}  // namespace tamis

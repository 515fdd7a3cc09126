// The cursor takes what a JSON parser takes, and gives every value as it stands.

#include "exchange/json_cursor.h"

#include "base/json.h"
#include "tamis/random.h"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

const std::string kText = R"( {"a": [1, -2.5e3, "x\"y\u00e9\ud83d\ude00", true, null, {}], "b\n": {"c": 0.5},
  "long string of more than eight": "coffee and so on", "d": []} )";

bool takes(std::string_view text) {
  JsonCursor cursor(text);
  cursor.raw();
  return cursor.ok() && cursor.at_end();
}

TEST(JsonCursor, WalksFromMemberToMember) {
  JsonCursor cursor(kText);
  ASSERT_TRUE(cursor.enter('{'));
  std::string text;
  std::string_view key;
  for (bool first = true; cursor.member(first, key);) {
    text += std::string(key) + "=";
    text += std::string(cursor.raw()) + ";";
  }
  EXPECT_TRUE(cursor.ok() && cursor.at_end());
  EXPECT_THAT(text, HasSubstr("b\n={\"c\": 0.5};"));
  EXPECT_THAT(text, HasSubstr("d=[];"));
}

TEST(JsonCursor, ReplacesEscapes) {
  EXPECT_EQ(json_string(R"("x\"y\u00e9\ud83d\ude00\n")"), "x\"y\xC3\xA9\xF0\x9F\x98\x80\n");
  EXPECT_EQ(json_string(R"("half a pair \ud83d.")"), "half a pair \xEF\xBF\xBD.");
  EXPECT_EQ(json_string(R"("\q")"), std::nullopt);
  EXPECT_EQ(json_string("7"), std::nullopt);
}

TEST(JsonCursor, KnowsNumbersAndTheWordsOfPython) {
  EXPECT_EQ(json_number("-2.5e3"), -2500.0);
  EXPECT_TRUE(std::isnan(json_number("NaN").value()));
  EXPECT_EQ(json_number("-Infinity"), -INFINITY);
  EXPECT_EQ(json_number("1e999"), INFINITY);
  EXPECT_EQ(json_number("true"), std::nullopt);
  EXPECT_EQ(json_number("\"1\""), std::nullopt);
  EXPECT_TRUE(is_json_integer("-18446744073709551616"));
  EXPECT_FALSE(is_json_integer("1.0"));
  for (const char* good : {"NaN", "[Infinity, -Infinity, nan, inf]"}) EXPECT_TRUE(takes(good)) << good;
  for (const char* bad :
       {"01", "1.", ".5", "+1", "1e", "tru", "[1,]", "{\"a\":1,}", "{a:1}", "[1 2]", "\"\t\"", ""})
    EXPECT_FALSE(takes(bad)) << bad;
}

TEST(JsonCursor, SaysWhereItEnds) {
  JsonCursor cursor("{\"a\": 1,\n \"b\": tru}");
  cursor.raw();
  EXPECT_EQ(cursor.fault(), "not valid JSON: a value is expected (line 2, column 7)");
  EXPECT_FALSE(takes(std::string(300, '[') + std::string(300, ']')));
}

TEST(JsonCursor, TakesBracketsWithoutLookingAtWhatIsInThem) {
  JsonCursor cursor(R"([1 2 {"]": "}"}] 7)");
  EXPECT_EQ(cursor.bracketed(), R"([1 2 {"]": "}"}])");
  EXPECT_EQ(cursor.bracketed(), "");
  EXPECT_EQ(cursor.raw(), "7");
  JsonCursor open("[{}");
  EXPECT_EQ(open.bracketed(), "");
  EXPECT_FALSE(open.ok());
}

TEST(JsonCursor, TakesWhatAParserTakes) {
  const std::string spice = "{}[]\",:\\ 0-1.eE\ntu";
  Random random(5);
  for (int i = 0; i < 20000; ++i) {
    std::string text = kText;
    for (uint64_t edits = random.below(3); edits > 0; --edits)
      text[random.below(text.size())] = spice[random.below(spice.size())];
    if (random.below(4) == 0) text.resize(random.below(text.size()));
    // Escapes are looked at only where a string is taken.
    if (Json::accept(text)) {
      EXPECT_TRUE(takes(text)) << text;
    }
    if (takes(text) && text.find('\\') == std::string::npos) {
      EXPECT_TRUE(Json::accept(text)) << text;
    }
  }
}

}  // namespace
}  // namespace tamis

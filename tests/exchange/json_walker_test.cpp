#include "exchange/json_walker.h"

#include "base/json.h"
#include "base/not_finite.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

struct Walked {
  std::vector<std::pair<std::string, std::string>> items;
  bool cut_off = false;
  bool damaged = false;
};

Walked walk(std::string_view text) {
  JsonWalker walker(text);
  Walked walked;
  while (walker.next()) {
    const std::string key(walker.key());
    walked.items.emplace_back(key, walker.value());
  }
  walked.cut_off = walker.is_cut_off();
  walked.damaged = walker.is_damaged();
  return walked;
}

TEST(JsonWalker, GivesMembersAndElementsAsTheyStand) {
  const Walked object = walk(R"( {"a": 1, "b":[1, {"c": "]}"}] , "d" : "x\"}", "e":{} } )");
  EXPECT_THAT(object.items, ElementsAre(Pair("a", "1"), Pair("b", R"([1, {"c": "]}"}])"),
                                        Pair("d", R"("x\"}")"), Pair("e", "{}")));
  EXPECT_FALSE(object.cut_off || object.damaged);
  EXPECT_THAT(walk("[1, NaN,\"x\"]").items, ElementsAre(Pair("", "1"), Pair("", "NaN"), Pair("", "\"x\"")));
  EXPECT_THAT(walk("{}").items, IsEmpty());
  EXPECT_THAT(walk("3").items, IsEmpty());
}

TEST(JsonWalker, SaysWhereTheTextIsCutOff) {
  for (const char* text :
       {"{\"a\": 1", "{\"a\": 1,", "{\"a\": {\"b\": 2}", "{\"a\"", "{\"a\":", "{", "[1, [2"}) {
    EXPECT_TRUE(walk(text).cut_off) << text;
    EXPECT_FALSE(walk(text).damaged) << text;
  }
  EXPECT_THAT(walk("{\"a\": {\"b\": 2}, \"c\": {\"d\"").items,
              ElementsAre(Pair("a", "{\"b\": 2}"), Pair("c", "")));
}

TEST(JsonWalker, AllowsTheCommaThatAnOpenFileEndsWith) {
  const Walked open = walk("{\"a\": 1,\n\"b\": 2,");
  EXPECT_THAT(open.items, ElementsAre(Pair("a", "1"), Pair("b", "2")));
  EXPECT_TRUE(open.cut_off);
}

TEST(JsonWalker, StopsAtDamage) {
  for (const char* text : {"{\"a\" 1}", "{a: 1}", "[1 2]", "[,]"}) EXPECT_TRUE(walk(text).damaged) << text;
}

TEST(JsonMembers, HaveTheRestOfTheTextWhereItIsCutOff) {
  const auto members = json_members("{\"a\": [\"x\"], \"cache\": {\"1\": {}, \"2\"");
  EXPECT_EQ(members.at("cache"), "{\"1\": {}, \"2\"");
  EXPECT_EQ(json_text_of(members, "a"), "x");
  EXPECT_EQ(json_text_of(members, "cache"), "");
}

TEST(ParseRow, DoesWhatTheParserOfPythonsJsonDoes) {
  for (const std::string text : {R"({"a": [1, {"b": "x:{"}], "c": NaN})", R"({"a": 1, "a": 2})",
                                 R"({"a": {"b": 1, "b": 2}})", "{\"a\": ", "3", "[-Infinity]", "\"\\\"\""}) {
    const auto seen = parse_row(text);
    const auto wanted = parse_python_json(text, "the row");
    ASSERT_EQ(seen.ok(), wanted.ok()) << text;
    if (seen.ok()) {
      EXPECT_EQ(seen->dump(), wanted->dump()) << text;
    }
  }
  EXPECT_FALSE(parse_row(std::string(300, '[') + std::string(300, ']')).ok());
}

}  // namespace
}  // namespace tamis

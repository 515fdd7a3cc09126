#include "base/json.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

Json parsed(const std::string& text) {
  auto json = parse_json(text, "test");
  EXPECT_TRUE(json.ok()) << json.error().message;
  return *json;
}

TEST(ParseJson, KeepsTheOrderOfMembers) {
  EXPECT_EQ(parsed(R"({"z": 1, "a": 2})").dump(), R"({"z":1,"a":2})");
}

TEST(ParseJson, SaysWhereItStopped) {
  const auto json = parse_json("{\n  \"a\": }", "suite.json");
  ASSERT_FALSE(json.ok());
  EXPECT_EQ(json.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(json.error().message, HasSubstr("suite.json"));
  EXPECT_THAT(json.error().message, HasSubstr("line 2"));
}

TEST(ParseJson, RefusesMalformedText) {
  for (const char* text :
       {"", " ", "{", "[1,]", "{\"a\" 1}", "nul", "1 2", "// c\n1", "\"\xff\"", "\"abc", "[1e999]"})
    EXPECT_FALSE(parse_json(text, "test").ok()) << text;
}

TEST(ParseJson, NamesANumberThatIsTooLarge) {
  for (const std::string& number : std::vector<std::string>{"1e999", "-1e999", "1" + std::string(400, '0')}) {
    const auto parsed = parse_json("{\"a\": [1, " + number + "]}", "program.json");
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().kind, ErrorKind::corrupt);
    EXPECT_EQ(parsed.error().message, "program.json: the number " + number.substr(0, 80) +
                                          " is too large; at most 1.798e+308 can be read");
  }
}

TEST(ParseJson, RefusesAKeyThatOccursTwice) {
  const auto json = parse_json(R"({"a": {"n": 1, "m": [{"n": 2}], "n": 3}})", "test");
  ASSERT_FALSE(json.ok());
  EXPECT_THAT(json.error().message, HasSubstr("\"n\" occurs twice"));
  EXPECT_TRUE(parse_json(R"([{"n": 1}, {"n": {"n": 2}}])", "test").ok());
}

TEST(ParseJson, RefusesDeepNestingButNotBracketsInStrings) {
  EXPECT_TRUE(parse_json(std::string(200, '[') + std::string(200, ']'), "test").ok());
  EXPECT_THAT(parse_json(std::string(1'000'000, '['), "test").error().message, HasSubstr("nested deeper"));
  EXPECT_TRUE(parse_json("\"" + std::string(1000, '[') + "\\\"[\"", "test").ok());
}

TEST(JsonObject, ReadsMembers) {
  const Json json = parsed(R"({"n": 7, "x": 1.5, "on": true, "name": "C2"})");
  const JsonObject object(json, "workload");
  EXPECT_EQ(*object.integer("n", 1, 10), 7);
  EXPECT_EQ(*object.number("x"), 1.5);
  EXPECT_EQ(*object.number("n"), 7.0);
  EXPECT_EQ(*object.boolean_or("on", false), true);
  EXPECT_EQ(*object.string("name"), "C2");
  EXPECT_TRUE(object.has("n"));
  EXPECT_FALSE(object.has("m"));
  EXPECT_TRUE(object.allow_only({"n", "x", "on", "name"}).ok());
}

TEST(JsonObject, FallsBackOnlyForMissingKeys) {
  const Json json = parsed(R"({"n": "seven"})");
  const JsonObject object(json, "workload");
  EXPECT_EQ(*object.integer_or("m", 3, 1, 10), 3);
  EXPECT_EQ(*object.boolean_or("m", true), true);
  EXPECT_EQ(*object.string_or("m", "none"), "none");
  EXPECT_FALSE(object.integer_or("n", 3, 1, 10).ok());
  EXPECT_FALSE(object.boolean_or("n", true).ok());
}

TEST(JsonObject, NamesObjectAndKeyInErrors) {
  const Json json = parsed(R"({"stride": 99, "pad": 1.5, "k": 18446744073709551615, "name": 3})");
  const JsonObject object(json, "layers.json");
  EXPECT_EQ(object.integer("stride", 1, 10).error().message,
            "layers.json: \"stride\" is 99; it must lie between 1 and 10");
  EXPECT_THAT(object.integer("pad", 0, 10).error().message, HasSubstr("must be an integer, found 1.5"));
  EXPECT_THAT(object.integer("k", 0, 10).error().message, HasSubstr("must be an integer"));
  EXPECT_THAT(object.integer("h", 0, 10).error().message, HasSubstr("\"h\" is missing"));
  EXPECT_THAT(object.string("name").error().message, HasSubstr("must be a string"));
  EXPECT_THAT(object.number("h").error().message, HasSubstr("layers.json"));
  EXPECT_THAT(object.allow_only({"strides", "pad", "k", "name"}).error().message,
              HasSubstr("did you mean \"strides\"?"));
}

TEST(JsonObject, RefusesWhatIsNoObject) {
  for (const char* text : {"[]", "3", "null", "\"x\""}) {
    const Json json = parsed(text);
    const JsonObject object(json, "test");
    EXPECT_FALSE(object.allow_only({}).ok());
    EXPECT_FALSE(object.has("a"));
    EXPECT_FALSE(object.integer_or("a", 1, 0, 2).ok());
    EXPECT_FALSE(object.boolean_or("a", true).ok());
    EXPECT_FALSE(object.string_or("a", "").ok());
    EXPECT_FALSE(object.number("a").ok());
  }
}

TEST(JsonObject, DoesNotThrowOverStringsThatAreNotUtf8) {
  const Json json = {{"n", "\xff\xfe"}};
  EXPECT_FALSE(JsonObject(json, "test").integer("n", 0, 1).ok());
}

TEST(JsonObject, KeepsMessagesShort) {
  const Json json = {{"n", std::string(100'000, 'x')}};
  EXPECT_LT(JsonObject(json, "test").integer("n", 0, 1).error().message.size(), 200U);
}

TEST(PythonJson, WritesNumbersAndTextAsPythonDoes) {
  EXPECT_EQ(
      python_json(Json::parse(R"([1e9,1.0,0.1,1e16,1e-5,123456789012345680.0,-0.0,1,-2,true,null,"é\n\""])")),
      R"([1000000000.0, 1.0, 0.1, 1e+16, 1e-05, 1.2345678901234568e+17, -0.0, 1, -2, true, null, "\u00e9\n\""])");
  EXPECT_EQ(python_json(Json::parse(R"({"a":[],"b":{}})")), R"({"a": [], "b": {}})");
}

}  // namespace
}  // namespace tamis

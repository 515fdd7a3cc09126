#include "space/file/yaml.h"

#include "base/json.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

std::string json(const std::string& text) {
  const auto parsed = parse_yaml(text, "t");
  return parsed.ok() ? parsed->dump() : parsed.error().message;
}

TEST(Yaml, BecomesJson) {
  EXPECT_EQ(json("a: 1\nb:\n  - x\n  - {c: 2.5}\n"), R"({"a":1,"b":["x",{"c":2.5}]})");
  EXPECT_EQ(json("[~, null, true, False, -3, +4, 1e3, .5]"), "[null,null,true,false,-3,4,1000.0,0.5]");
  EXPECT_EQ(json("['1', \"true\", yes, 1 2, nan, -, 0x10]"), R"(["1","true","yes","1 2","nan","-","0x10"])");
  EXPECT_EQ(json("{z: 1, a: 2}"), R"({"z":1,"a":2})") << "in the order of the text";
  EXPECT_EQ(json("&x {a: 1}"), R"({"a":1})");
  EXPECT_EQ(json("{a: &x [1], b: *x}"), R"({"a":[1],"b":[1]})");
}

/// What a tag says of a value would be passed over.
TEST(Yaml, RefusesTags) {
  for (const char* text : {"a: !!str 5", "a: !!int \"5\"", "a: !own [1]", "!!map {a: 1}", "a: !!seq [1]"})
    EXPECT_THAT(json(text), HasSubstr("line 1: the tag ")) << text;
  EXPECT_THAT(json("a: &x {b: 1}\nc: {<<: *x}"), HasSubstr("line 2: merge keys"));
  EXPECT_EQ(json("a: \"5\"\nb: '!!str'"), R"({"a":"5","b":"!!str"})");
}

TEST(Yaml, RefusesWhatIsNotOneDocument) {
  EXPECT_THAT(json("a: 1\n---\nb: 2\n"), HasSubstr("t: one document is expected, but there are more"));
  EXPECT_THAT(json("# only a comment\n"), HasSubstr("there is no document"));
  EXPECT_THAT(json("a: 1\na: 2\n"), HasSubstr("t, line 2: the key \"a\" occurs twice"));
  EXPECT_THAT(json("? [1]\n: 2\n"), HasSubstr("a key must be a text"));
  EXPECT_THAT(json("a: *nothing"), HasSubstr("t, line 1: not valid YAML"));
  EXPECT_THAT(json("a: 1\n  b: 2\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(json("\t- a"), HasSubstr("t"));
}

TEST(Yaml, RefusesAliasesOfWhatHoldsThem) {
  EXPECT_THAT(json("&a [*a]"), HasSubstr("t, line 1: an alias stands for something that holds it"));
  EXPECT_THAT(json("&a {x: [1, *a]}"), HasSubstr("an alias stands for"));
  EXPECT_EQ(json("[&a [1, &b x], *a, *b]"), R"([[1,"x"],[1,"x"],"x"])");
  EXPECT_EQ(json("{&k a: 1, b: ~, c: }"), R"({"a":1,"b":null,"c":null})");
}

TEST(Yaml, RefusesHostileDocuments) {
  EXPECT_THAT(json(std::string(70, '[') + std::string(70, ']')), HasSubstr("nested deeper than 64 levels"));
  EXPECT_THAT(json(std::string(100000, '[')), HasSubstr("not valid YAML"));
  EXPECT_THAT(json(std::string(100000, '-')), HasSubstr("-"));
  std::string dashes;
  for (int i = 0; i < 50000; ++i) dashes += "- ";
  EXPECT_THAT(json(dashes), HasSubstr("not valid YAML"));
  EXPECT_THAT(json(std::string(2 << 20, 'a')), HasSubstr("more than 1 MiB"));
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 1; j < 10; ++j) bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_THAT(json(bomb), HasSubstr("more than 1000000 values"));
}

}  // namespace
}  // namespace tamis

#include "targets/command/placeholders.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

namespace tamis::command {
namespace {

using ::testing::HasSubstr;

Space placeholder_space() {
  return Space::create(
             {number_knob("tile", {4, 8}), name_knob("order", {"m,n", "it's"}), split_knob("k", 8, 3)})
      .value();
}

std::string filled(const std::string& text, const Config& config, bool quoted = false) {
  const Space all = placeholder_space();
  const auto parsed = TextTemplate::parse(text, all.knobs(), "text");
  EXPECT_TRUE(parsed.ok()) << parsed.error().message;
  return parsed->fill(all, config, {"/tmp/s", "board 1"}, quoted);
}

std::string placeholder_refusal(const std::string& text) {
  const auto parsed = TextTemplate::parse(text, placeholder_space().knobs(), "\"run\"");
  return parsed.ok() ? "" : parsed.error().message;
}

TEST(Placeholders, FillInKnobs) {
  const Config config = placeholder_space().parse(std::vector<std::string>{"tile=8", "k=2x2"}).value();
  EXPECT_EQ(filled("--tile={tile} -o {order}", config), "--tile=8 -o m,n");
  EXPECT_EQ(filled("{k} {k[0]} {k[1]} {k[2]}", config), "2x2 2 2 2");
  EXPECT_EQ(filled("{scratch}/x {device} {index}", config),
            "/tmp/s/x board 1 " + std::to_string(placeholder_space().index(config)));
}

TEST(Placeholders, LeaveBracesThatAreNone) {
  const Config config = placeholder_space().config(0);
  EXPECT_EQ(filled("awk '{{print}}' ${HOME}", config), "awk '{print}' ${HOME}");
  EXPECT_EQ(filled("awk '{print $1}' {} {a:{1}} {\"a\": {\"b\": 1}}", config),
            "awk '{print $1}' {} {a:{1}} {\"a\": {\"b\": 1}}");
  EXPECT_EQ(filled("{{tile}} {tile}} {{ {tile", config), "{tile} 4} {{ {tile");
  EXPECT_EQ(filled("$", config), "$");
  EXPECT_EQ(filled("${", config), "${");
  EXPECT_EQ(filled("", config), "");
}

TEST(Placeholders, QuoteForTheShellWhatNeedsIt) {
  const Config config = placeholder_space().parse(std::vector<std::string>{"order=it's"}).value();
  EXPECT_EQ(filled("{tile} {order} {device}", config, true), "4 'it'\\''s' 'board 1'");
}

TEST(Placeholders, RefuseUnknownNames) {
  EXPECT_THAT(placeholder_refusal("{tilee}"),
              HasSubstr("\"run\": there is no knob for the placeholder {tilee}; did you mean \"tile\"?"));
  EXPECT_THAT(placeholder_refusal("{tile[0]}"), HasSubstr("it is not a split"));
  EXPECT_THAT(placeholder_refusal("{k[3]}"), HasSubstr("its factors are 0 to 2"));
  EXPECT_THAT(placeholder_refusal("{k[x]}"), HasSubstr("its factors are 0 to 2"));
  EXPECT_THAT(placeholder_refusal("{k[1}"), HasSubstr("its factors are 0 to 2"));
  EXPECT_THAT(placeholder_refusal("awk '{print}'"), HasSubstr("doubled: {{print}}"));
}

TEST(Placeholders, KnowWhetherTheyDependOnTheConfig) {
  const auto depends = [](const char* text) {
    return TextTemplate::parse(text, placeholder_space().knobs(), "t").value().depends_on_config();
  };
  EXPECT_FALSE(depends("x {device}"));
  EXPECT_TRUE(depends("{tile}"));
  EXPECT_TRUE(depends("{scratch}"));
}

TEST(Placeholders, NeverCrashOnAnyText) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const Space all = placeholder_space();
    const auto parsed = TextTemplate::parse(text, all.knobs(), "text");
    if (parsed.ok()) parsed->fill(all, all.config(0), {});
  }));
}

}  // namespace
}  // namespace tamis::command

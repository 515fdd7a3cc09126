// Options of strategies as users set them: read by name, checked, and documented.
#include "search/strategy_options.h"

#include "base/file.h"
#include "search/search_fixture.h"
#include "tamis/strategies.h"

#include <cstdlib>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;
using options::option_text;
using ::testing::HasSubstr;

StrategyChoice parse(const std::string& text) {
  const Result<StrategyChoice> choice = parse_strategy(text);
  EXPECT_TRUE(choice.ok()) << (choice.ok() ? "" : choice.error().message);
  return choice.ok() ? *choice : StrategyChoice{};
}

std::string error_of(const std::string& text) {
  const Result<StrategyChoice> choice = parse_strategy(text);
  EXPECT_FALSE(choice.ok()) << text;
  return choice.ok() ? "" : choice.error().message;
}

TEST(ParseStrategy, TakesANameAlone) {
  EXPECT_EQ(parse("tamis"), (StrategyChoice{"tamis", {}}));
  EXPECT_EQ(to_string(parse("grid")), "grid");
}

TEST(ParseStrategy, TakesOptionsInAnyOrderAndFormAndWritesThemInOne) {
  EXPECT_EQ(to_string(parse("tamis:validity_power=1:caution=1.50")), "tamis:caution=1.5:validity_power=1");
  EXPECT_EQ(to_string(parse("tamis:depth=3:caution=1.5")), "tamis:caution=1.5:depth=3");
  EXPECT_EQ(parse("rl:depth=5:clip=1e-1"), parse("rl:clip=0.1:depth=05"));
  EXPECT_EQ(to_string(parse("tamis:heeds_setbacks=false")), "tamis:heeds_setbacks=false");
  EXPECT_EQ(to_string(parse("forest:random_share=-0")), "forest:random_share=0");
}

TEST(ParseStrategy, LeavesOutDefaults) {
  EXPECT_EQ(to_string(parse("tamis:caution=2.0:candidates=20000:heeds_setbacks=true")), "tamis");
  for (const StrategyKind& kind : strategy_kinds())
    for (const StrategyOption& option : kind.options)
      EXPECT_EQ(to_string(parse(kind.name + ":" + option.name + "=" + option.default_value)), kind.name);
}

TEST(ParseStrategy, ReadsWhatItWrites) {
  for (const StrategyKind& kind : strategy_kinds())
    for (const StrategyOption& option : kind.options) {
      if (option.type == OptionType::boolean) continue;
      for (const double value : {option.least, option.most}) {
        const std::string text = fmt::format("{}:{}={}", kind.name, option.name, value);
        EXPECT_EQ(to_string(parse(text)), option_text(value) == option.default_value ? kind.name : text);
      }
    }
}

TEST(ParseStrategy, SuggestsTheNearestName) {
  EXPECT_THAT(error_of("tamsi:caution=1"), HasSubstr("did you mean \"tamis\"?"));
  EXPECT_THAT(error_of("tamis:cauton=1"),
              HasSubstr("strategy \"tamis\" has no option \"cauton\"; did you mean \"caution\"?"));
  EXPECT_THAT(error_of("grid:depth=1"), HasSubstr("strategy \"grid\" has no options"));
}

TEST(ParseStrategy, NamesOptionAndRangeOfAValueThatDoesNotFit) {
  EXPECT_THAT(error_of("tamis:caution=0"), HasSubstr("option \"caution\" of strategy \"tamis\" cannot be "
                                                     "\"0\"; give a number from 0.01 to 100"));
  for (const char* text : {"ml2:depth=17", "ml2:depth=2.5", "ml2:depth=", "ml2:depth=x", "ml2:depth=-1"})
    EXPECT_THAT(error_of(text), HasSubstr("give an integer from 1 to 16")) << text;
  for (const char* text : {"tamis:caution=nan", "tamis:caution=inf", "tamis:caution=1e999"})
    EXPECT_THAT(error_of(text), HasSubstr("give a number from")) << text;
  EXPECT_THAT(error_of("tamis:sameness=yes"), HasSubstr("give true or false"));
  for (const char* text : {"tamis:products=2", "tamis:products=", "tamis:products=auto"})
    EXPECT_THAT(error_of(text), HasSubstr("give true or false")) << text;
  EXPECT_THAT(error_of("tamis:invalid_cost=11"), HasSubstr("give a number from 0 to 10, or auto"));
  EXPECT_THAT(error_of("tamis:caution=auto"), HasSubstr("give a number from 0.01 to 100"));
}

TEST(ParseStrategy, RefusesWhatSetsNothingOrTheSameTwice) {
  for (const char* text : {"tamis:", "tamis:caution", "tamis:=1", "tamis::caution=1"})
    EXPECT_THAT(error_of(text), HasSubstr("write tamis:OPTION=VALUE")) << text;
  EXPECT_THAT(error_of("tamis:caution=1:caution=1"), HasSubstr("given twice"));
}

TEST(MakeStrategy, ChecksOptions) {
  const SharedTask task = make_task(small_space());
  const auto unknown = make_strategy("tamis", "", *task, {.options = {{"cauton", "1"}}});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, ErrorKind::not_found);
  const auto random = make_strategy("random", "", *task, {.options = {{"caution", "1"}}});
  EXPECT_FALSE(random.ok());
  EXPECT_TRUE(make_strategy("tamis", "validity", *task, {.options = {{"caution", "1"}}}).ok());
}

std::vector<uint64_t> proposals(const std::string& strategy, const StrategyOptions& options) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  const auto made = make_strategy(strategy, "none", *task, {.seed = 3, .options = options}).value();
  return indexes(space, search(*made, space, small_memory, 100));
}

TEST(MakeStrategy, TakesOptionsToHeart) {
  EXPECT_NE(proposals("tamis", {{"caution", "0.5"}}), proposals("tamis", {}));
  EXPECT_EQ(proposals("tamis", {{"caution", "2"}}), proposals("tamis", {}));
  EXPECT_NE(proposals("tamis", {{"depth", "1"}}), proposals("tamis", {}));
  EXPECT_NE(proposals("tamis", {{"products", "true"}}), proposals("tamis", {}));
  EXPECT_EQ(proposals("tamis", {{"products", "false"}}), proposals("tamis", {}));
  EXPECT_NE(proposals("autotvm", {{"depth", "1"}}), proposals("autotvm", {}));
  EXPECT_NE(proposals("ml2", {{"depth", "1"}}), proposals("ml2", {}));
  EXPECT_NE(proposals("genetic", {{"population", "10"}}), proposals("genetic", {}));
}

/// Values to try an option with: its least one, and the largest of those that cost nothing.
std::vector<std::string> ends_of(const StrategyOption& option) {
  if (option.type == OptionType::boolean) return {"true", "false"};
  if (option.type == OptionType::integer) return {option_text(option.least)};
  return {option_text(option.least), option_text(option.most)};
}

TEST(MakeStrategy, SearchesWithEveryOptionAtItsEnds) {
  const Space space = small_space();
  const SharedTask task = make_task(space);
  for (const StrategyKind& kind : strategy_kinds())
    for (const StrategyOption& option : kind.options)
      for (const std::string& value : ends_of(option)) {
        const SearchOptions options{.seed = 1, .options = {{option.name, value}}};
        const auto made = make_strategy(kind.name, "none", *task, options);
        ASSERT_TRUE(made.ok()) << made.error().message;
        EXPECT_EQ(search(**made, space, small_memory, 1000).size(), space.size())
            << kind.name << ":" << option.name << "=" << value;
      }
}

/// The tables of the page, one for each strategy that has options.
std::string tables() {
  std::string text;
  for (const StrategyKind& kind : strategy_kinds()) {
    if (kind.options.empty()) continue;
    text +=
        fmt::format("\n## {}\n\n| option | default | values | what it is |\n|---|---|---|---|\n", kind.name);
    for (const StrategyOption& option : kind.options)
      text += fmt::format("| `{}` | {} | {} | {} |\n", option.name, option.default_value,
                          allowed_values(option), option.description);
  }
  return text;
}

/// TAMIS_UPDATE_GOLDEN=1 writes the tables of the page anew.
TEST(StrategyOptions, AreDocumented) {
  const std::string path = std::string(TAMIS_TEST_DATA) + "/../../docs/reference/strategy-options.md";
  const std::string page = read_file(path).value();
  const size_t begin = page.find("\n## ");
  ASSERT_NE(begin, std::string::npos);
  if (std::getenv("TAMIS_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file(path, page.substr(0, begin) + tables()).ok());
    return;
  }
  EXPECT_EQ(page.substr(begin), tables()) << "run again with TAMIS_UPDATE_GOLDEN=1 to write the tables";
}

}  // namespace
}  // namespace tamis

#include "experiment/trial_columns.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Space kSpace = Space::create({number_knob("tile", {1, 2, 4}), name_knob("layout", {"nchw", "nhwc"}),
                                    split_knob("s", 4, 2)})
                         .value();

Trial trial(uint64_t number, uint64_t index, Verdict verdict, double latency_ns) {
  Trial made;
  made.number = number;
  made.config = kSpace.config(index);
  made.verdict = verdict;
  if (verdict == Verdict::valid) made.costs = {latency_ns};
  made.proposer = number % 2 == 0 ? "random" : "tamis";
  made.features.set("cycles",
                    verdict == Verdict::valid ? latency_ns / 10 : std::numeric_limits<double>::quiet_NaN());
  return made;
}

std::vector<Trial> trials() {
  return {trial(0, 0, Verdict::valid, 400), trial(1, 1, Verdict::crashed, 0),
          trial(2, 5, Verdict::valid, 100), trial(3, 8, Verdict::valid, 300),
          trial(4, 17, Verdict::build_failed, 0)};
}

std::vector<uint64_t> numbers(const std::vector<Trial>& some) {
  std::vector<uint64_t> all;
  for (const Trial& one : some) all.push_back(one.number);
  return all;
}

std::vector<uint64_t> where(const std::string& formula) {
  auto kept = trials_where(kSpace, trials(), formula);
  EXPECT_TRUE(kept.ok()) << kept.error().message;
  return kept.ok() ? numbers(*kept) : std::vector<uint64_t>();
}

TEST(TrialsWhere, TakesFormulasOverKnobsAndOtherColumns) {
  EXPECT_THAT(where("tile == 4"), ElementsAre(2, 3, 4));
  EXPECT_THAT(where("tile == 4 and layout == 'nhwc'"), ElementsAre(2, 4));
  EXPECT_THAT(where("latency_ns < 350"), ElementsAre(2, 3));
  EXPECT_THAT(where("latency_ns < 350 or verdict == 'crashed'"), ElementsAre(2, 3));
  EXPECT_THAT(where("verdict == 'crashed' or verdict == 'valid' and tile < 2"), ElementsAre(0, 1));
  EXPECT_THAT(where("cycles * 10 == latency_ns"), ElementsAre(0, 2, 3));
  EXPECT_THAT(where("number % 2 == 1 and proposer == 'tamis'"), ElementsAre(1, 3));
  EXPECT_THAT(where("not (latency_ns < 350)"), ElementsAre(0));
  EXPECT_THAT(where("1"), ElementsAre(0, 1, 2, 3, 4));
}

TEST(TrialsWhere, TellsWhatIsWrongWithAFormula) {
  EXPECT_THAT(trials_where(kSpace, trials(), "latncy_ns < 3").error().message, HasSubstr("latency_ns"));
  EXPECT_FALSE(trials_where(kSpace, trials(), "layout").ok());
  EXPECT_FALSE(trials_where(kSpace, trials(), "").ok());
}

TEST(TrialsWhere, OfNoTrialsIsNone) {
  EXPECT_TRUE(trials_where(kSpace, {}, "latency_ns < 3 and verdict == 'valid'").value().empty());
}

TEST(TrialColumn, IsFoundByName) {
  const std::vector<Trial> all = trials();
  const auto cell = [&](const std::string& name, size_t i) {
    return find_column(kSpace, all, name).value().cell(all[i]);
  };
  EXPECT_EQ(cell("number", 3), KnobValue(int64_t{3}));
  EXPECT_EQ(cell("index", 4), KnobValue(int64_t{17}));
  EXPECT_EQ(cell("verdict", 1), KnobValue("crashed"));
  EXPECT_EQ(cell("latency_ns", 0), KnobValue(400.0));
  EXPECT_EQ(cell("latency_ns", 1), std::nullopt);
  EXPECT_EQ(cell("cycles", 2), KnobValue(10.0));
  EXPECT_EQ(cell("cycles", 1), std::nullopt);
  EXPECT_EQ(cell("layout", 2), KnobValue("nhwc"));
  EXPECT_EQ(cell("s", 4), KnobValue(std::vector<int64_t>{1, 4}));
  EXPECT_EQ(cell("config", 0), KnobValue("tile=1 layout=nchw s=1"));
  EXPECT_THAT(find_column(kSpace, all, "tiles").error().message, HasSubstr("did you mean \"tile\""));
}

TEST(TrialColumn, OfAKnobGoesBeforeOthersOfTheName) {
  const Space space = Space::create({number_knob("latency_ns", {7})}).value();
  Trial one;
  one.config = space.config(0);
  one.costs = {3};
  EXPECT_EQ(find_column(space, std::vector{one}, "latency_ns").value().cell(one), KnobValue(int64_t{7}));
  EXPECT_EQ(trials_where(space, {one}, "latency_ns == 7").value().size(), 1U);
}

TEST(SortBy, PutsTrialsWithoutACellLast) {
  std::vector<Trial> all = trials();
  const TrialColumn latency = find_column(kSpace, all, "latency_ns").value();
  sort_by(latency, false, all);
  EXPECT_THAT(numbers(all), ElementsAre(2, 3, 0, 1, 4));
  sort_by(latency, true, all);
  EXPECT_THAT(numbers(all), ElementsAre(0, 3, 2, 1, 4));
}

TEST(GroupBy, CountsAndSummarises) {
  const std::vector<Trial> all = trials();
  const auto groups = group_by(find_column(kSpace, all, "tile").value(), all);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].key, KnobValue(int64_t{1}));
  EXPECT_EQ(groups[2].trials, 3U);
  EXPECT_EQ(groups[2].valid, 2U);
  EXPECT_EQ(groups[2].best, 100);
  EXPECT_EQ(groups[2].median, 200);
  EXPECT_TRUE(std::isinf(groups[1].best));
  const auto by_cycles = group_by(find_column(kSpace, all, "cycles").value(), all);
  ASSERT_EQ(by_cycles.size(), 4U);
  EXPECT_EQ(by_cycles[0].key, std::nullopt);
  EXPECT_EQ(by_cycles[0].trials, 2U);
}

}  // namespace
}  // namespace tamis

#include "tamis/trial_set.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

TrialSet three() {
  const Space space = Space::create({number_knob("k", {1, 2, 3})}).value();
  std::vector<Trial> trials(3);
  for (size_t i = 0; i < trials.size(); ++i) {
    trials[i].number = i;
    trials[i].config = space.config(i);
    trials[i].costs = {10.0 - static_cast<double>(i)};
  }
  trials[2].verdict = Verdict::crashed;
  trials[2].costs.clear();
  return named_trials("w", space, trials);
}

TEST(OnlyBest, LeavesTheFastestValidTrial) {
  const TrialSet best = only_best(three());
  ASSERT_EQ(best.trials.size(), 1U);
  EXPECT_EQ(best.trials[0].number, 1U);
  EXPECT_EQ(best.workload.name, "w");
}

TEST(OnlyBest, LeavesTheWinnerOfTheFinals) {
  TrialSet set = three();
  set.finals = Finals{};
  set.finals->after_trials = 3;
  set.finals->finalists = {{0, Verdict::valid, "", 1, {4.0}}, {1, Verdict::valid, "", 1, {5.0}}};
  const TrialSet best = only_best(set);
  ASSERT_EQ(best.trials.size(), 1U);
  EXPECT_EQ(best.trials[0].number, 0U);
  EXPECT_EQ(best.trials[0].cost(), 4.0);
}

TEST(OnlyBest, LeavesNothingWhereNothingWasValid) {
  TrialSet set = three();
  set.trials.erase(set.trials.begin(), set.trials.begin() + 2);
  EXPECT_TRUE(only_best(set).trials.empty());
}

TEST(FindRecorded, FindsNothingInASetThatListsNoConfigs) {
  const TrialSet set = three();
  EXPECT_EQ(find_recorded(set, set.trials[0].config), nullptr);
}

}  // namespace
}  // namespace tamis

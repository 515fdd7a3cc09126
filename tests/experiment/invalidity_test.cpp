#include "experiment/invalidity.h"

#include "experiment/study_testing.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(Invalidity, CountsEveryConfigOnceForEveryKnob) {
  const auto table = recorded("vta/resnet18.C9.csv");
  const Invalidity found = count_invalid(*table);
  EXPECT_EQ(found.table, "resnet18.C9");
  EXPECT_EQ(found.counts.trials, 480U);
  EXPECT_EQ(found.counts.invalid, 440U);
  ASSERT_FALSE(found.knobs.empty());
  for (const KnobCounts& knob : found.knobs) {
    uint64_t trials = 0;
    for (const ValueCounts& value : knob.values) trials += value.counts.trials;
    EXPECT_EQ(trials, 480U) << knob.knob;
    EXPECT_GT(knob.values.size(), 1U);
  }
}

TEST(Invalidity, PutsTheKnobThatTellsTheMostFirst) {
  const Invalidity found = count_invalid(*recorded("vta/resnet18.C9.csv"));
  EXPECT_EQ(found.knobs.front().knob, "tile_ci");
  for (size_t i = 1; i < found.knobs.size(); ++i)
    EXPECT_LE(found.knobs[i].information, found.knobs[i - 1].information);
  // All valid configs have tile_ci == 1.
  for (size_t i = 1; i < found.knobs.front().values.size(); ++i)
    EXPECT_EQ(found.knobs.front().values[i].counts.invalid, found.knobs.front().values[i].counts.trials);
}

TEST(Invalidity, KnowsThatAnIrrelevantKnobTellsNothing) {
  TrialSet table;
  table.workload.name = "two";
  table.space = *Space::create({number_knob("decides", {1, 2}), number_knob("idle", {1, 2})});
  for (uint64_t i = 0; i < 4; ++i) {
    Trial trial;
    trial.config = table.space.config(i);
    trial.verdict = trial.config.choices[0] == 0 ? Verdict::valid : Verdict::run_failed;
    table.trials.push_back(trial);
  }
  const Invalidity found = count_invalid(table);
  ASSERT_EQ(found.knobs.size(), 2U);
  EXPECT_EQ(found.knobs[0].knob, "decides");
  EXPECT_DOUBLE_EQ(found.knobs[0].information, 1.0);
  EXPECT_DOUBLE_EQ(found.knobs[1].information, 0.0);
}

}  // namespace
}  // namespace tamis

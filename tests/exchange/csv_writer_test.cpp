// A CSV table that is written is one that is read: no two columns have one name.

#include "exchange/csv.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// One valid trial of 5 ns, of a space with one knob of this name.
TrialSet one_trial(const std::string& knob, const Features& features) {
  Trial trial;
  trial.costs = {5};
  trial.features = features;
  TrialSet set = named_trials("w", Space::create({number_knob(knob, {1})}).value(), {});
  trial.config = set.space.config(0);
  set.trials.push_back(trial);
  return set;
}

TEST(WriteCsvFile, PutsTheLatencyOfATrialBeforeAFeatureOfThatName) {
  const TrialSet set = one_trial("k", {{{"latency_ns", 99}}});
  const TrialText written = write_csv_file({&set, 1}).value();
  EXPECT_EQ(written.text, "workload,index,k,verdict,latency_ns,message\nw,0,1,valid,5,\n");
  EXPECT_THAT(written.skipped, ElementsAre("the feature \"latency_ns\" of 1 trial of w: CSV has another "
                                           "column of this name"));
}

TEST(WriteCsvFile, LeavesOutFeaturesThatAreCalledLikeAnotherColumn) {
  const TrialSet set =
      one_trial("k", {{{"k", 2}, {"verdict", 3}, {"message", 4}, {"", 5}, {"latency_ns", 5}, {"size", 6}}});
  const TrialText written = write_csv_file({&set, 1}).value();
  EXPECT_EQ(written.text, "workload,index,k,verdict,latency_ns,size,message\nw,0,1,valid,5,6,\n");
  EXPECT_THAT(written.skipped, ElementsAre(HasSubstr("\"\" of 1 trial of w"), HasSubstr("\"k\""),
                                           HasSubstr("\"message\""), HasSubstr("\"verdict\"")));
  EXPECT_TRUE(read_csv(written.text, "test.csv").ok());
}

TEST(WriteCsvFile, RefusesAKnobThatIsCalledLikeAnotherColumn) {
  for (const char* knob : {"workload", "index", "verdict", "message", "latency_ns", "final_latency_ns", ""}) {
    const TrialSet set = one_trial(knob, {});
    const auto written = write_csv_file({&set, 1});
    ASSERT_FALSE(written.ok()) << knob;
    EXPECT_EQ(written.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(written.error().message, HasSubstr(std::string("w: the knob \"") + knob + "\""));
    EXPECT_THAT(written.error().message, HasSubstr("the format t4 can hold it"));
  }
}

}  // namespace
}  // namespace tamis

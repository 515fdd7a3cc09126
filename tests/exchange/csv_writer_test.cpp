// A CSV table that is written is one that is read: no two columns have one name.

#include "exchange/csv.h"
#include "exchange/stored_trials.h"

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

/// Energy, throughput and scores below zero come back as the values that they are, best the same way.
TEST(WriteCsvFile, OfAnotherObjectiveIsReadBackWithItsNameUnitAndDirection) {
  for (const Objective& objective :
       {Objective{"GFLOP/s", "", Direction::maximise}, Objective{"energy", "J", Direction::minimise},
        Objective{"score, all", "", Direction::maximise}}) {
    TrialSet set = named_trials("w", Space::create({number_knob("k", {1, 2, 3})}).value(), {});
    set.objective = objective;
    for (const double value : {-3.5, 0.0, 200.0}) {
      Trial trial;
      trial.number = set.trials.size();
      trial.config = set.space.config(trial.number);
      trial.costs = {objective.cost_of(value)};
      trial.features.set("latency_ns", 12);
      set.trials.push_back(trial);
    }
    const TrialText text = write_csv_file({&set, 1}).value();
    EXPECT_THAT(text.text, HasSubstr(csv_cell("objective:" + to_string(objective))));
    const TrialFile file = csv_format().read(text.text, "test.csv", {}).value();
    EXPECT_EQ(file.left_out, 0U);
    ASSERT_EQ(file.sets.size(), 1U);
    EXPECT_EQ(file.sets[0].objective, objective);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(file.sets[0].trials.at(i).costs, set.trials[i].costs);
  }
}

/// The objective of the user is a column by its name, scaled where it is a time.
TEST(ReadCsv, TakesTheColumnThatTheUserNames) {
  const std::string text =
      "workload,index,k,verdict,latency_ns,GB/s,t,message\nw,0,1,valid,5,9,2,\nw,1,2,valid,4,7,3,\n";
  const auto best = [&](const char* objective) {
    const StoredFile file =
        csv_format().open(text, "test.csv", {parse_objective_request(objective).value()}).value();
    const TrialSet set = unstored(file.sets.front(), true);
    return std::pair(to_string(set.objective), set.trials[0].costs.at(0));
  };
  EXPECT_EQ(best("GB/s"), std::pair(std::string("GB/s::max"), -9.0));
  EXPECT_EQ(best("t:us:min"), std::pair(std::string("t:us:min"), 2000.0));
  EXPECT_EQ(best("latency"), std::pair(std::string("latency"), 5.0));
  const auto refusal = [&](const char* objective) {
    return csv_format().open(text, "test.csv", {parse_objective_request(objective).value()}).error().message;
  };
  EXPECT_EQ(best("latency:ns"), std::pair(std::string("latency"), 5.0));
  EXPECT_EQ(best("latency_ns"), std::pair(std::string("latency_ns:ns:min"), 5.0));
  EXPECT_THAT(refusal("latency_ns:us"), HasSubstr("its latency_ns is in ns, not in us"));
  EXPECT_THAT(refusal("latency:ms"), HasSubstr("its latency_ns is in ns, not in ms"));
  EXPECT_THAT(refusal("time:ms"), HasSubstr("its latency_ns is in ns, not in ms"));
  EXPECT_THAT(refusal("t"), HasSubstr("small or a large t is good"));
  const std::string energy =
      "workload,index,k,verdict,latency_ns,objective:energy:J:min,message\nw,0,1,valid,5,9,\n";
  const auto of_energy = [&](const char* objective) {
    return csv_format().open(energy, "test.csv", {parse_objective_request(objective).value()});
  };
  EXPECT_THAT(of_energy("energy:mJ").error().message, HasSubstr("its energy is in J, not in mJ"));
  EXPECT_EQ(of_energy("energy").value().sets[0].head.objective,
            (Objective{"energy", "J", Direction::minimise}));
  EXPECT_TRUE(of_energy("latency").value().sets[0].head.objective.is_latency());
  EXPECT_THAT(refusal("energy"), HasSubstr("there is no column \"energy\"; there is latency_ns, GB/s, t"));
}

}  // namespace
}  // namespace tamis

#include "cpu_peers/tuned_configs.h"

#include "log/log_fixture.h"

#include <gmock/gmock.h>

namespace tamis::peers {
namespace {

using ::testing::HasSubstr;

class TunedConfigsTest : public LogTest {
 protected:
  /// Writes a session with a trial for each latency; the trial's number is its config's index.
  void write(const SessionRecord& record, const std::vector<double>& latencies_ns) {
    Log log = Log::open(path_, LogMode::read_write).value();
    const int64_t id = log.add_session(record).value();
    std::vector<Trial> trials;
    for (const double latency : latencies_ns) {
      trials.push_back(trial(trials.size()));
      trials.back().costs = {latency};
    }
    ASSERT_TRUE(log.append(id, trials).ok());
  }
  Result<Config> find(const SessionRecord& record, const Space& wanted) const {
    TAMIS_ASSIGN(const TunedConfigs tuned, TunedConfigs::read(path_));
    return tuned.find(record.target_identity, record.workload, wanted);
  }
};

TEST_F(TunedConfigsTest, FindsTheFastestTrialWhateverTheWorkloadsName) {
  SessionRecord record = session();
  write(record, {5, 3, 4});
  record.workload.name = "another name";
  EXPECT_EQ(find(record, space()).value(), space().config(1));
}

TEST_F(TunedConfigsTest, PrefersTheFasterSession) {
  write(session(), {5, 3});
  write(session(), {2, 7});
  EXPECT_EQ(find(session(), space()).value(), space().config(0));
}

TEST_F(TunedConfigsTest, HeedsTheFinals) {
  write(session(), {5, 3});
  {
    Log log = Log::open(path_, LogMode::read_write).value();
    Finals finals;
    finals.after_trials = 2;
    finals.finalists = {{0, Verdict::valid, "", 1, {4}}, {1, Verdict::valid, "", 1, {6}}};
    ASSERT_TRUE(log.append(1, finals).ok());
  }
  EXPECT_EQ(find(session(), space()).value(), space().config(0));
}

TEST_F(TunedConfigsTest, RefusesWhatWasTunedElsewhere) {
  write(session(), {5});
  SessionRecord elsewhere = session();
  elsewhere.target_identity = "another processor";
  const auto config = find(elsewhere, space());
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().kind, ErrorKind::not_found);
  EXPECT_THAT(config.error().message, HasSubstr("another processor"));
}

TEST_F(TunedConfigsTest, RefusesAConfigOfOtherKnobs) {
  write(session(), {5});
  const auto config = find(session(), Space::create({number_knob("unroll", {0, 4})}).value());
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(config.error().message, HasSubstr("other knobs"));
}

TEST_F(TunedConfigsTest, RefusesALogThatIsNotThere) {
  EXPECT_EQ(TunedConfigs::read(path_).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace tamis::peers

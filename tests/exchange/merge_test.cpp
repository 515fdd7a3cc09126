// Several logs become one, in which nothing is lost and nothing stands twice.

#include "support/temporary_directory.h"
#include "tamis/import.h"

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

Space space() { return Space::create({number_knob("k", {1, 2, 3, 4, 5, 6, 7, 8})}).value(); }

SessionRecord record(const std::string& workload, int64_t started) {
  SessionRecord made;
  made.target_spec = "vta";
  made.target_identity = "vta 1";
  made.workload.name = workload;
  made.knobs = knobs_to_text(space());
  made.space_fingerprint = space().fingerprint();
  made.strategy = "random";
  made.initializer = "none";
  made.batch = 8;
  made.started_unix_ms = started;
  return made;
}

Trial trial(uint64_t number, double latency_ns) {
  Trial made;
  made.number = number;
  made.config = space().config(number % 8);
  made.costs = {latency_ns};
  made.features.set("cycles", std::numeric_limits<double>::quiet_NaN());
  return made;
}

class Merge : public ::testing::Test {
 protected:
  Log open(const std::string& name) const {
    return Log::open(directory_.file(name), LogMode::read_write).value();
  }
  /// A log with one session of so many trials.
  std::string log(const std::string& name, const SessionRecord& session, size_t trials,
                  double latency_ns = 1.0) const {
    Log made = open(name);
    const int64_t id = made.add_session(session).value();
    for (size_t i = 0; i < trials; ++i) EXPECT_TRUE(made.append(id, std::vector{trial(i, latency_ns)}).ok());
    return directory_.file(name);
  }
  MergeReport merge(const std::vector<std::string>& paths) const {
    Log output = open("out");
    const auto report = merge_logs(paths, output);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : MergeReport();
  }
  std::vector<std::string> workloads() const {
    std::vector<std::string> names;
    const auto sessions = open("out").sessions().value();
    for (const SessionRecord& session : sessions) names.push_back(session.workload.name);
    return names;
  }

  const TemporaryDirectory directory_;
};

TEST_F(Merge, HoldsEverySessionOldestFirst) {
  const std::string late = log("late", record("late", 300), 2);
  const std::string early = log("early", record("early", 100), 3);
  const MergeReport report = merge({late, early});
  EXPECT_EQ(report.added, 2U);
  EXPECT_EQ(report.trials, 5U);
  EXPECT_THAT(workloads(), ElementsAre("early", "late"));
}

TEST_F(Merge, TakesTheSameSessionOnce) {
  const std::string a = log("a", record("w", 1), 4);
  std::filesystem::copy(a, directory_.file("b"));
  EXPECT_EQ(merge({a, directory_.file("b")}).added, 1U);
  const MergeReport again = merge({a, directory_.file("b"), directory_.file("out")});
  EXPECT_EQ(again.known, 3U);
  EXPECT_EQ(again.trials, 0U);
  EXPECT_THAT(workloads(), ElementsAre("w"));
}

TEST_F(Merge, JoinsACopyThatWentOn) {
  const std::string shorter = log("a", record("w", 1), 2);
  const std::string longer = log("b", record("w", 1), 5);
  const MergeReport report = merge({shorter, longer});
  EXPECT_EQ(report.added, 1U);
  EXPECT_EQ(report.extended, 1U);
  EXPECT_THAT(open("out").trials(1).value(), SizeIs(5));
}

TEST_F(Merge, KeepsCopiesApartThatWentOnDifferently) {
  const std::string a = log("a", record("w", 1), 2);
  std::filesystem::copy(a, directory_.file("b"));
  ASSERT_TRUE(open("a").append(1, std::vector{trial(2, 7.0)}).ok());
  ASSERT_TRUE(open("b").append(1, std::vector{trial(2, 9.0)}).ok());
  EXPECT_EQ(merge({a, directory_.file("b")}).added, 2U);
  EXPECT_THAT(open("out").trials(1).value(), SizeIs(3));
  EXPECT_THAT(open("out").trials(2).value(), SizeIs(3));
  EXPECT_EQ(merge({a, directory_.file("b")}).known, 2U);
}

TEST_F(Merge, KeepsSessionsApartThatDifferInTheirSettings) {
  SessionRecord other = record("w", 1);
  other.seed = 1;
  const MergeReport report = merge({log("a", record("w", 1), 2), log("b", other, 2)});
  EXPECT_EQ(report.added, 2U);
}

TEST_F(Merge, KeepsFinalsAndAsks) {
  const std::string a = log("a", record("w", 1), 3);
  Finals finals;
  finals.after_trials = 3;
  finals.device = "core";
  finals.finalists = {{1, Verdict::valid, "", 2, {1.5, 2.5}}};
  const AskRecord ask{0, 3, 3, {}};
  {
    Log source = open("a");
    ASSERT_TRUE(source.append(1, finals).ok());
    ASSERT_TRUE(source.append(1, ask).ok());
  }
  // Once into an empty log, and once where the session is there without them.
  log("out", record("w", 1), 3);
  EXPECT_EQ(merge({a}).extended, 1U);
  EXPECT_EQ(merge({a}).known, 1U);
  EXPECT_EQ(open("out").finals(1).value(), finals);
  EXPECT_THAT(open("out").asks(1).value(), ElementsAre(ask));
  Log fresh = open("fresh");
  ASSERT_TRUE(merge_logs({a}, fresh).ok());
  EXPECT_EQ(fresh.finals(1).value(), finals);
}

TEST_F(Merge, KeepsNetworks) {
  const std::string a = log("a", record("w", 200), 1);
  const std::string b = log("b", record("v", 100), 1);
  ASSERT_TRUE(open("a").add_network({0, "net", 1, 200, {{0, 1, 4}}}).ok());
  ASSERT_TRUE(open("b").add_network({0, "other", 1, 100, {{0, 1, 2}}}).ok());
  merge({a, b});
  // The session that began later has the greater number there.
  const std::vector<NetworkRecord> all = {{1, "net", 1, 200, {{0, 2, 4}}}, {2, "other", 1, 100, {{0, 1, 2}}}};
  EXPECT_EQ(open("out").networks().value(), all);
  merge({a, b, directory_.file("out")});
  EXPECT_EQ(open("out").networks().value(), all);
}

TEST_F(Merge, JoinsNetworksOfACopyThatWentOn) {
  const std::string a = log("a", record("w", 1), 1);
  ASSERT_TRUE(open("a").add_network({0, "net", 2, 1, {{0, 1, 4}}}).ok());
  std::filesystem::copy(a, directory_.file("b"));
  {
    Log more = open("b");
    ASSERT_EQ(more.add_session(record("v", 2)).value(), 2);
    ASSERT_TRUE(more.append(1, NetworkLayer{1, 2, 3}).ok());
  }
  merge({a, directory_.file("b")});
  EXPECT_EQ(open("out").networks().value(),
            (std::vector{NetworkRecord{1, "net", 2, 1, {{0, 1, 4}, {1, 2, 3}}}}));
}

TEST_F(Merge, RefusesWhatIsNoLogBeforeItWrites) {
  const std::string a = log("a", record("w", 1), 1);
  Log output = open("out");
  EXPECT_FALSE(merge_logs({a, directory_.file("missing")}, output).ok());
  EXPECT_THAT(output.sessions().value(), SizeIs(0));
}

/// Finals that the output has already are known, others of the same session are another one's; none get lost.
TEST_F(Merge, KeepsOlderFinals) {
  const auto finals_after = [](uint64_t trials, double latency_ns) {
    Finals finals;
    finals.after_trials = trials;
    finals.finalists = {{1, Verdict::valid, "", 1, {latency_ns}}};
    return finals;
  };
  const std::string a = log("a", record("w", 1), 3);
  const std::string b = log("b", record("w", 1), 3);
  ASSERT_TRUE(open("a").append(1, finals_after(3, 1.5)).ok());
  ASSERT_TRUE(open("b").append(1, finals_after(3, 2.5)).ok());
  log("out", record("w", 1), 5);
  ASSERT_TRUE(open("out").append(1, finals_after(3, 1.5)).ok());
  ASSERT_TRUE(open("out").append(1, finals_after(5, 4.5)).ok());
  EXPECT_EQ(merge({a}).known, 1U);
  EXPECT_EQ(merge({b}).added, 1U);
  EXPECT_EQ(open("out").finals(1).value(), finals_after(5, 4.5));
  EXPECT_EQ(open("out").finals(1, 3).value(), finals_after(3, 1.5));
  EXPECT_EQ(open("out").finals(2).value(), finals_after(3, 2.5));
}

/// Whatever is recorded of a session counts, but its number in the log.
TEST_F(Merge, TakesNoSessionForAnotherThatDiffersInOneField) {
  std::vector<SessionRecord> others(14, record("w", 1));
  others[0].target_spec = "cpu";
  others[1].target_identity = "other";
  others[2].workload.shape.h = 7;
  others[3].workload.name = "v";
  others[4].knobs = R"([{"name": "k", "kind": "number", "values": [1, 2, 3, 4, 5, 6, 7, 9]}])";
  others[5].space_fingerprint = "other";
  others[6].strategy = "other";
  others[7].initializer = "other";
  others[8].seed = 3;
  others[9].batch = 3;
  others[10].learnt_from = "3:other";
  others[11].started_unix_ms = 3;
  others[12].constraints = R"(["k > 1"])";
  others[13].id = 3;
  for (const SessionRecord& other : others)
    EXPECT_EQ(same_but_for_id(other, record("w", 1)), other.id == 3) << other.workload.name;
}

/// An older copy adds at most finals that say nothing any more.
TEST_F(Merge, CountsAnOlderCopyAsKnown) {
  const std::string older = log("a", record("w", 1), 3);
  Finals finals;
  finals.after_trials = 3;
  finals.finalists = {{1, Verdict::valid, "", 1, {1.5}}};
  ASSERT_TRUE(open("a").append(1, finals).ok());
  log("out", record("w", 1), 5);
  const MergeReport report = merge({older});
  EXPECT_EQ(report.extended, 0U);
  EXPECT_EQ(report.known, 1U);
  EXPECT_EQ(report.trials, 0U);
  EXPECT_EQ(open("out").finals(1, 3).value(), finals);
}

}  // namespace
}  // namespace tamis

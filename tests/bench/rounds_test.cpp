#include "cpu_peers/rounds.h"

#include "bench/scripted_peer.h"

#include <limits>

#include <gtest/gtest.h>

namespace tamis::peers {
namespace {

using testing::ScriptedPeer;
using testing::small_task;

RoundOptions quick() {
  RoundOptions options;
  options.rounds = 3;
  options.turn_ms = 0.1;
  return options;
}

TaskOutcome measure(std::vector<ScriptedPeer::Script> scripts) {
  Peers peers;
  for (auto& script : scripts) peers.push_back(std::make_unique<ScriptedPeer>(std::move(script)));
  return measure_in_rounds(small_task(), peers, quick());
}

TEST(Rounds, MeasureAPeerThatIsRight) {
  const TaskOutcome outcome = measure({{.output = {1, 2, 3, 4.4F}}});
  ASSERT_EQ(outcome.peers.size(), 1);
  EXPECT_FALSE(outcome.peers[0].fault);
  EXPECT_EQ(outcome.peers[0].implementation, "script");
  EXPECT_FALSE(outcome.peers[0].samples.calls_ns.empty());
  EXPECT_LE(outcome.peers[0].samples.minimum_ns(), outcome.peers[0].samples.median_ns());
}

TEST(Rounds, FlagAPeerThatComputesAWrongResult) {
  const TaskOutcome outcome = measure({{.output = {1, 2, 3, 5}}});
  EXPECT_TRUE(outcome.peers[0].wrong);
  EXPECT_TRUE(outcome.peers[0].fault);
  EXPECT_TRUE(outcome.peers[0].samples.calls_ns.empty());
}

TEST(Rounds, FlagAPeerThatComputesNoNumber) {
  EXPECT_TRUE(measure({{.output = {1, std::numeric_limits<float>::quiet_NaN(), 3, 4}}}).peers[0].wrong);
}

TEST(Rounds, FlagAPeerThatComputesTooLittle) { EXPECT_TRUE(measure({{.output = {1, 2, 3}}}).peers[0].wrong); }

TEST(Rounds, KeepWhyAPeerCannotRun) {
  const TaskOutcome outcome = measure({{.name = "mute", .output = {}, .supported = false}});
  EXPECT_EQ(outcome.peers[0].fault, "mute cannot do this");
  EXPECT_FALSE(outcome.peers[0].wrong);
}

TEST(Rounds, DropAFormThatIsHopelessInItsFamily) {
  const std::vector<float> right = {1, 2, 3, 4};
  const std::chrono::milliseconds slow(3);
  const TaskOutcome outcome = measure({{.name = "fast", .output = right},
                                       {.name = "slow", .output = right, .takes = slow},
                                       {.name = "alone", .family = kTamis, .output = right, .takes = slow}});
  EXPECT_EQ(outcome.peers[1].rounds, 2);
  EXPECT_EQ(outcome.peers[2].rounds, 3) << "no other form of its family is faster";
}

TEST(Rounds, MeasureTheArithmeticUnitsBeforeEachRoundAndAfterTheLast) {
  const TaskOutcome outcome = measure({});
  ASSERT_EQ(outcome.rates.size(), 4);
  for (const FmaRate& rate : outcome.rates) EXPECT_LE(rate.typical, rate.fastest);
}

}  // namespace
}  // namespace tamis::peers

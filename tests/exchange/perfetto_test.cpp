#include "exchange/perfetto.h"

#include "base/json.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kStart = 1'700'000'000'000;

Trial traced_trial(uint64_t number, int64_t end_ms, int64_t run_ms, const std::string& device) {
  Trial trial;
  trial.number = number;
  trial.config = {{static_cast<uint32_t>(number % 4)}};
  trial.measured = !device.empty();
  trial.verdict = trial.measured ? Verdict::valid : Verdict::build_failed;
  if (trial.measured) trial.costs = {100.0 - static_cast<double>(number)};
  if (!trial.measured) trial.message = "it \"broke\"\n";
  trial.device = device;
  trial.build_ns = 2'000'000;
  trial.run_ns = run_ms * 1'000'000;
  trial.finished_unix_ms = kStart + end_ms;
  return trial;
}

TrialSet traced_set(std::vector<Trial> trials) {
  TrialSet set =
      named_trials("a layer", Space::create({number_knob("tile", {1, 2, 4, 8})}).value(), std::move(trials));
  set.started_unix_ms = kStart;
  return set;
}

Json events_of(const TrialText& text) { return Json::parse(text.text).at("traceEvents"); }

/// Slices by the name of their track.
std::map<std::string, std::vector<Json>> slices_of(const Json& events) {
  std::map<std::pair<int, int>, std::string> names;
  for (const Json& event : events)
    if (event.at("name") == "thread_name")
      names[{event.at("pid"), event.at("tid")}] = event.at("args").at("name");
  std::map<std::string, std::vector<Json>> slices;
  for (const Json& event : events)
    if (event.at("ph") == "X") slices[names.at({event.at("pid"), event.at("tid")})].push_back(event);
  return slices;
}

TEST(PerfettoTrace, HasATrackForEachDeviceAndOneForBuilds) {
  const TrialText text =
      perfetto_format()
          .write(std::vector{traced_set({traced_trial(0, 10, 5, "board a"), traced_trial(1, 12, 4, "board b"),
                                         traced_trial(2, 20, 0, "")})})
          .value();
  const auto slices = slices_of(events_of(text));
  ASSERT_EQ(slices.at("board a").size(), 1);
  EXPECT_EQ(slices.at("board a")[0].at("ts"), 5000);
  EXPECT_EQ(slices.at("board a")[0].at("dur"), 5000);
  EXPECT_EQ(slices.at("board a")[0].at("name"), "100 ns");
  EXPECT_EQ(slices.at("board a")[0].at("args").at("config"), "tile=1");
  EXPECT_EQ(slices.at("board b").size(), 1);
  EXPECT_EQ(slices.at("builds").size(), 3);
  EXPECT_EQ(slices.at("builds")[2].at("args").at("message"), "it \"broke\"\n");
}

/// Of trials of a device that ends are known to the ms only.
TEST(PerfettoTrace, MovesRunsApartThatOverlapByARounding) {
  const TrialText text =
      perfetto_format()
          .write(std::vector{traced_set({traced_trial(0, 10, 5, "board"), traced_trial(1, 14, 5, "board"),
                                         traced_trial(2, 15, 8, "board")})})
          .value();
  const auto slices = slices_of(events_of(text));
  ASSERT_EQ(slices.at("board").size(), 2);
  EXPECT_EQ(slices.at("board")[1].at("ts"), 10'000);
  EXPECT_EQ(slices.at("board")[1].at("dur"), 4'000);
  EXPECT_EQ(slices.at("board (2)").size(), 1);  // it cannot have been: so nothing is hidden
}

TEST(PerfettoTrace, CountsTheBestSoFar) {
  const TrialText text =
      perfetto_format()
          .write(std::vector{traced_set({traced_trial(0, 10, 1, "board"), traced_trial(5, 14, 1, "board"),
                                         traced_trial(3, 16, 1, "board")})})
          .value();
  std::vector<double> best;
  for (const Json& event : events_of(text))
    if (event.at("ph") == "C") best.push_back(event.at("args").at("ns"));
  EXPECT_EQ(best, (std::vector<double>{100, 95}));
}

TEST(PerfettoTrace, SaysWhatHasNoTimes) {
  Trial without = traced_trial(0, 0, 1, "board");
  without.finished_unix_ms = 0;
  const auto none = perfetto_format().write(std::vector{traced_set({without})});
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.error().message, HasSubstr("when trials ended"));
  const TrialText text =
      perfetto_format().write(std::vector{traced_set({without, traced_trial(1, 5, 1, "board")})}).value();
  ASSERT_EQ(text.skipped.size(), 1);
  EXPECT_THAT(text.skipped[0], HasSubstr("1 trial of a layer"));
}

TEST(PerfettoTrace, SaysThatThereAreNoTrials) {
  const auto none = perfetto_format().write(std::vector{traced_set({})});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().message, "there are no trials to write");
}

TEST(PerfettoTrace, IsChosenByItsEnding) {
  EXPECT_EQ(choose_format("", "run.perfetto.json").value()->name, "perfetto");
  EXPECT_EQ(choose_format("", "run.perfetto.json.gz").value()->name, "perfetto");
  EXPECT_NE(choose_format("", "run.json").value()->name, "perfetto");
}

}  // namespace
}  // namespace tamis

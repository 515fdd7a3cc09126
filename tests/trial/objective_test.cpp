#include "tamis/objective.h"

#include "base/json.h"
#include "tamis/trial.h"

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using testing::HasSubstr;

const Objective kScore{"score", "points", Direction::maximise};
const Objective kEnergy{"energy", "J", Direction::minimise};

TEST(Objective, IsALatencyWhereNothingElseIsSaid) {
  EXPECT_TRUE(Objective{}.is_latency());
  EXPECT_EQ(parse_objective("latency").value(), Objective{});
  EXPECT_EQ(parse_objective("time").value(), Objective{});
  EXPECT_EQ(to_string(Objective{}), "latency");
}

TEST(Objective, IsReadWithUnitAndDirection) {
  EXPECT_EQ(parse_objective("energy:J").value(), kEnergy);
  EXPECT_EQ(parse_objective("score:points:max").value(), kScore);
  EXPECT_EQ(parse_objective("score::max").value(), (Objective{"score", "", Direction::maximise}));
  EXPECT_EQ(parse_objective("score:max").value(), (Objective{"score", "", Direction::maximise}));
  EXPECT_EQ(parse_objective("Score:MAXIMIZE").value().direction, Direction::maximise);
  for (const Objective& one : {kScore, kEnergy, Objective{"x", "", Direction::minimise}})
    EXPECT_EQ(parse_objective(to_string(one)).value(), one);
}

TEST(Objective, KnowsTheDirectionsOfKernelTuner) {
  // kernel_tuner 1.5.0, util.py, the defaults of get_objective_defaults.
  for (const char* name :
       {"fitness", "GFLOP/s", "TFLOP/s", "GB/s", "TB/s", "GFLOPS/W", "TFLOPS/W", "GFLOP/J"})
    EXPECT_EQ(known_direction(name), Direction::maximise) << name;
  for (const char* name : {"time", "energy", "cost", "loss"})
    EXPECT_EQ(known_direction(name), Direction::minimise) << name;
  EXPECT_EQ(known_direction("score"), std::nullopt);
  EXPECT_EQ(parse_objective("speed:GFLOP/s").value().direction, Direction::maximise);
}

TEST(Objective, IsRefusedWhereNothingTellsTheDirection) {
  EXPECT_THAT(parse_objective("score").error().message, HasSubstr("score::min or score::max"));
  EXPECT_THAT(parse_objective("").error().message, HasSubstr("NAME[:UNIT][:min|max]"));
  EXPECT_THAT(parse_objective("a:b:c:max").error().message, HasSubstr("NAME[:UNIT][:min|max]"));
}

TEST(Objective, HasTheLeastCostAtItsBest) {
  EXPECT_LT(kScore.cost_of(44), kScore.cost_of(36));
  EXPECT_LT(kScore.cost_of(1), kScore.cost_of(-1));
  EXPECT_LT(kEnergy.cost_of(-1), kEnergy.cost_of(0.5));
  EXPECT_FALSE(std::signbit(kScore.cost_of(0)));
  for (const double value : {-3.5, 0.0, 1e-9, 7e20}) {
    EXPECT_EQ(kScore.value_of(kScore.cost_of(value)), value);
    EXPECT_EQ(kEnergy.value_of(kEnergy.cost_of(value)), value);
  }
}

TEST(Objective, CountsTimesInNanoseconds) {
  const Objective time = parse_objective("kernel:ms").value();
  EXPECT_TRUE(time.is_latency());
  EXPECT_EQ(time.cost_of(2), 2e6);
  EXPECT_EQ(time.value_of(2e6), 2);
  EXPECT_EQ(time.show(2e6), "2.000 ms");
  // How long a battery lasts is a time, too, but no latency.
  EXPECT_FALSE(parse_objective("life:s:max").value().is_latency());
}

TEST(Objective, ShowsAValueInItsOwnUnit) {
  EXPECT_EQ(kScore.show(kScore.cost_of(44)), "44 points");
  EXPECT_EQ(kEnergy.show(0.0125), "0.0125 J");
  EXPECT_EQ(Objective{}.show(41.5), "41.5 ns");
  EXPECT_EQ((Objective{"x", "", Direction::minimise}).show(-2), "-2");
  EXPECT_EQ(kScore.show(std::numeric_limits<double>::infinity()), "-");
}

TEST(Objective, TakesEveryFiniteValueButOfALatencyOnlyTimes) {
  EXPECT_TRUE(kEnergy.check(-3).ok());
  EXPECT_TRUE(kScore.check(0).ok());
  EXPECT_THAT(kScore.check(std::nan("")).error().message, HasSubstr("score"));
  EXPECT_FALSE(kScore.check(std::numeric_limits<double>::infinity()).ok());
  EXPECT_EQ(Objective{}.check(0).error().message, check_latency_ns(0).error().message);
}

TEST(Objective, TellsGainsWhereRatiosMeanSomething) {
  EXPECT_EQ(Objective{}.gain(50, 100), 2);
  EXPECT_EQ(kScore.gain(kScore.cost_of(100), kScore.cost_of(50)), 2);
  EXPECT_EQ(kScore.gain(kScore.cost_of(1), kScore.cost_of(-1)), std::nullopt);
  EXPECT_TRUE(Objective::is_within(101, 100, 1));
  EXPECT_FALSE(Objective::is_within(102, 100, 1));
  EXPECT_TRUE(Objective::is_within(kScore.cost_of(99), kScore.cost_of(100), 1));
  EXPECT_FALSE(Objective::is_within(kScore.cost_of(98), kScore.cost_of(100), 1));
}

TEST(Objective, IsJsonAndBack) {
  for (const Objective& one : {Objective{}, kScore, kEnergy})
    EXPECT_EQ(objective_from_json(to_json(one), "it").value(), one);
  EXPECT_EQ(objective_from_json(Json("energy:J"), "it").value(), kEnergy);
  EXPECT_EQ(objective_from_json(Json{{"name", "energy"}, {"unit", "J"}}, "it").value(), kEnergy);
  EXPECT_THAT(objective_from_json(Json{{"name", "score"}}, "it").error().message, HasSubstr("direction"));
  EXPECT_THAT(objective_from_json(Json{{"name", "score"}, {"direction", "up"}}, "it").error().message,
              HasSubstr("neither min nor max"));
  EXPECT_THAT(objective_from_json(Json{{"name", "a"}, {"units", "J"}}, "it").error().message,
              HasSubstr("units"));
}

TEST(TimeUnit, IsKnownInEveryDialect) {
  for (const char* unit : {"s", "S", "sec", "secs", "second", "Seconds"})
    EXPECT_EQ(time_unit_ns(unit), 1e9) << unit;
  for (const char* unit : {"ms", "msec", "Millisecond", "milliseconds", "MS"})
    EXPECT_EQ(time_unit_ns(unit), 1e6) << unit;
  for (const char* unit : {"us", "µs", "μs", "usec", "usecs", "microsecond", "Microseconds"})
    EXPECT_EQ(time_unit_ns(unit), 1e3) << unit;
  for (const char* unit : {"ns", "nanoseconds", "Nanosecond"}) EXPECT_EQ(time_unit_ns(unit), 1) << unit;
  for (const char* unit : {"", "ss", "m", "J", "GFLOP/s", "secss"})
    EXPECT_EQ(time_unit_ns(unit), std::nullopt) << unit;
}

}  // namespace
}  // namespace tamis

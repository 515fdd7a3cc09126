#include "exchange/t4.h"

#include "base/file.h"
#include "base/json.h"
#include "support/json_schema.h"
#include "support/temporary_directory.h"

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Space t4_space() {
  return Space::create({split_knob("tile", 8, 2), split_knob("deep", 4, 3), number_knob("threads", {1, 2}),
                        name_knob("layout", {"nchw", "nh\"wc"})})
      .value();
}

/// A trial with every verdict, the valid one among them with two samples.
std::vector<Trial> trials() {
  std::vector<Trial> all;
  for (const Verdict verdict : kVerdicts) {
    Trial trial;
    trial.number = all.size();
    trial.config = t4_space().config(all.size() * 3);
    trial.verdict = verdict;
    trial.build_ns = 2'500'000;
    trial.finished_unix_ms = 1'700'000'000'007;
    trial.features.set("cycles", 1234);
    trial.features.set("lost", std::numeric_limits<double>::quiet_NaN());
    if (verdict == Verdict::valid) {
      trial.costs = {1e6, 3e6};
    } else {
      trial.message = "it needs 3, \"2\" are there\n(" + std::string(to_string(verdict)) + ")";
    }
    all.push_back(std::move(trial));
  }
  return all;
}

std::string written() {
  TrialSet set = named_trials("resnet18.C2", t4_space(), trials());
  for (Trial& trial : set.trials)
    if (trial.verdict != Verdict::build_failed) trial.device = "a board";
  set.started_unix_ms = 1'700'000'000'000;
  return write_t4(set);
}

class PublishedSchema : public ::testing::TestWithParam<const char*> {};

TEST_P(PublishedSchema, AcceptsWhatIsWritten) {
  const std::optional<bool> fits = fits_schema(TAMIS_TEST_DATA "/t4/" + std::string(GetParam()), written());
  if (!fits) GTEST_SKIP() << "python3-jsonschema is missing";
  EXPECT_TRUE(*fits);
}

INSTANTIATE_TEST_SUITE_P(T4, PublishedSchema,
                         ::testing::Values("T4-1.1.0.schema.json", "T4-15c1ebb.schema.json"));

TEST(WriteT4, HasTheMembersThatReadersLookFor) {
  const Json json = parse_json(written(), "T4").value();
  EXPECT_EQ(json.at("schema_version"), "1.0.0");
  EXPECT_EQ(json.at("metadata").at("timeunit"), "milliseconds");
  EXPECT_EQ(json.at("metadata").at("device"), "a board");
  EXPECT_EQ(json.at("metadata").at("timestamp"), "2023-11-14T22:13:20.000Z");
  ASSERT_EQ(json.at("results").size(), kVerdicts.size());
  const Json& valid = json.at("results").at(0);
  EXPECT_EQ(valid.at("timestamp"), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(valid.at("configuration"),
            (Json{{"tile", 1}, {"deep", "1x1"}, {"threads", 1}, {"layout", "nchw"}}));
  EXPECT_EQ(valid.at("times"),
            (Json{{"runtimes", {1.0, 3.0}}, {"compilation", 2.5}, {"compilation_time", 2.5}}));
  EXPECT_EQ(valid.at("invalidity"), "correct");
  EXPECT_EQ(valid.at("correctness"), 1);
  EXPECT_EQ(valid.at("objectives"), Json::array({"time"}));
  EXPECT_EQ(valid.at("measurements"),
            (Json::array({Json{{"name", "time"}, {"value", 2.0}, {"unit", "milliseconds"}},
                          Json{{"name", "cycles"}, {"value", 1234}, {"unit", ""}}})));
  EXPECT_EQ(json.at("results").at(4).at("correctness"), 0);
}

/// autotuning_methodology 1.1.0 cannot load a table whose values are all written as integers.
TEST(WriteT4, WritesMeasuredNumbersAsRealOnes) {
  EXPECT_THAT(written(), ::testing::HasSubstr("\"name\": \"time\", \"value\": 2.0, "));
  EXPECT_THAT(written(), ::testing::HasSubstr("\"runtimes\": [1.0, 3.0], \"compilation\": 2.5, "));
}

TEST(WriteT4, KeepsVerdictsAndMessages) {
  const TrialSet table = read_t4(written(), "table", "test").value();
  const std::vector<Trial> before = trials();
  size_t left_out = 0;
  for (const Trial& trial : before) {
    if (trial.verdict == Verdict::rejected || trial.verdict == Verdict::device_lost) {
      ++left_out;  // a table has neither what a constraint excludes nor what tells nothing of its config
      continue;
    }
    const auto same = [&](const Trial& other) { return other.number == trial.number; };
    const auto read = std::find_if(table.trials.begin(), table.trials.end(), same);
    ASSERT_NE(read, table.trials.end());
    EXPECT_EQ(read->verdict, trial.verdict);
    EXPECT_EQ(read->message, trial.message);
    EXPECT_EQ(read->build_ns, trial.build_ns);
    if (trial.verdict == Verdict::valid) {
      EXPECT_THAT(read->costs, ElementsAre(2e6));
    }
  }
  EXPECT_EQ(table.trials.size() + left_out, before.size());
}

TEST(WriteT4, IsReadBackWithEveryLatencyThatCanBe) {
  std::vector<Trial> some(3);
  for (size_t i = 0; i < some.size(); ++i) {
    some[i].config = t4_space().config(i);
    some[i].costs = {std::array{kLeastLatencyNs, 412'000.0, kMostLatencyNs}[i]};
  }
  const TrialSet table = read_t4(write_t4(named_trials("", t4_space(), some)), "table", "test").value();
  ASSERT_EQ(table.trials.size(), some.size());
  for (size_t i = 0; i < some.size(); ++i) EXPECT_EQ(table.trials[i].costs, some[i].costs);
}

TEST(ReadT4, KeepsMeasurementsAsFeaturesWhereAsked) {
  const std::string text =
      R"({"results": [
{"configuration": {"x": 1}, "invalidity": "correct", "objectives": ["time"],
 "measurements": [{"name": "time", "value": 2, "unit": "ms"}, {"name": "registers", "value": 28, "unit": ""}]},
{"configuration": {"x": 2}, "invalidity": "runtime", "objectives": ["time"], "measurements": []}]})";
  const TemporaryDirectory directory;
  const std::string path = directory.file("registers_T4.json");
  ASSERT_TRUE(write_file(path, text).ok());
  ReadOptions options;
  EXPECT_TRUE(read_recorded_table(path, options).value().trials[0].features.values.empty());
  options.features = {"registers"};
  const TrialSet set = read_recorded_table(path, options).value();
  EXPECT_EQ(set.trials[0].features.get("registers"), 28);
  EXPECT_TRUE(set.trials[1].features.values.empty());
  options.features = {"spills"};
  const auto refused = read_recorded_table(path, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message,
              HasSubstr("no row has a number as its measurement \"spills\"; the first has time, registers"));
}

TEST(WriteT4, TrustsAVerdictOnlyWhereItFitsTheInvalidity) {
  std::string text = written();
  const std::string word = "\"invalidity\": \"correctness\"";
  text.replace(text.find(word), word.size(), "\"invalidity\": \"runtime\"");
  const TrialSet table = read_t4(text, "table", "test").value();
  const auto read = std::find_if(table.trials.begin(), table.trials.end(), [](const Trial& trial) {
    return kVerdicts[trial.number] == Verdict::wrong_result;
  });
  ASSERT_NE(read, table.trials.end());
  EXPECT_EQ(read->verdict, Verdict::run_failed);
}

TEST(WriteT4, OfNoTrialsIsStillATable) {
  EXPECT_EQ(parse_json(write_t4(named_trials("", t4_space(), {})), "T4").value().at("results"),
            Json::array());
}

TEST(VerdictT4, KeepsValidityBothWays) {
  for (const Verdict verdict : kVerdicts) {
    const std::string_view word = t4_invalidity(verdict);
    EXPECT_EQ(word == "correct", verdict == Verdict::valid) << to_string(verdict);
    ASSERT_TRUE(verdict_from_t4(word).ok()) << word;
    EXPECT_EQ(t4_invalidity(*verdict_from_t4(word)), word);
  }
}

TEST(VerdictT4, RefusesOtherWords) {
  EXPECT_THAT(verdict_from_t4("broken").error().message, ::testing::HasSubstr("\"broken\""));
}

/// The direction, which T4 has no member for, comes back too.
TEST(WriteT4, KeepsAnObjectiveThatIsNoLatency) {
  for (const Objective& objective :
       {Objective{"quality", "%", Direction::maximise}, Objective{"energy", "J", Direction::minimise}}) {
    TrialSet set = named_trials("w", Space::create({number_knob("k", {1, 2, 3})}).value(), {});
    set.objective = objective;
    for (const double value : {-3.5, 0.0, 200.0}) {
      Trial trial;
      trial.config = set.space.config(set.trials.size());
      trial.costs = {objective.cost_of(value)};
      trial.features.set(objective.name, 5);  // a name that occurs twice is refused by other readers
      set.trials.push_back(trial);
    }
    const std::string text = write_t4(set);
    const Json row = parse_json(text, "T4").value().at("results").at(2);
    EXPECT_EQ(row.at("objectives"), Json::array({objective.name}));
    EXPECT_EQ(row.at("measurements"),
              (Json::array({Json{{"name", objective.name}, {"value", 200}, {"unit", objective.unit}}})));
    const TrialSet back = read_t4(text, "w", "t4").value();
    EXPECT_EQ(back.objective, objective);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(back.trials.at(i).costs, set.trials[i].costs);
  }
}

TEST(WriteT4, NamesADeviceOnlyWhereItIsTheOnlyOne) {
  TrialSet set = named_trials("w", t4_space(), trials());
  set.trials[0].device = "one";
  set.trials[1].device = "another";
  EXPECT_FALSE(parse_json(write_t4(set), "T4").value().at("metadata").contains("device"));
}

TEST(WriteT4, KeepsEveryNumberExactly) {
  constexpr int64_t kOdd = 9007199254740993;
  const std::vector<KnobValue> values = {0.5, kOdd, kOdd + 1, int64_t{1} << 62, 1e300};
  const Space space = Space::create({Knob{"k", KnobKind::number, values}}).value();
  std::vector<Trial> all(values.size());
  for (size_t i = 0; i < all.size(); ++i) {
    all[i].config = space.config(i);
    all[i].costs = {5};
  }
  const TrialSet back = read_t4(write_t4(named_trials("w", space, all)), "w", "t4").value();
  EXPECT_EQ(back.space.knobs().at(0).values, values);
}

}  // namespace
}  // namespace tamis

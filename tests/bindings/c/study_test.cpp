#include "bindings/c/c_testing.h"
#include "bindings/c/header.h"
#include "support/temporary_directory.h"

#include <array>
#include <cmath>
#include <set>
#include <vector>

#include <gmock/gmock.h>

namespace tamis::c {
namespace {

using testing::HasSubstr;

StudyHandle open(const SpaceHandle& space, const tamis_study_options* options = nullptr) {
  ErrorPlace error;
  StudyHandle study(tamis_study_open(space.get(), options, error));
  EXPECT_TRUE(error.empty()) << error.take();
  return study;
}

std::vector<ConfigHandle> ask(const StudyHandle& study, size_t count) {
  ErrorPlace error;
  std::vector<tamis_config*> asked(count);
  asked.resize(tamis_study_ask(study.get(), count, asked.data(), error));
  EXPECT_TRUE(error.empty()) << error.take();
  return {asked.begin(), asked.end()};
}

TEST(CStudy, SearchesASpace) {
  const StudyHandle study = open(small_space());
  std::set<std::string> seen;
  ErrorPlace error;
  while (!tamis_study_done(study.get())) {
    for (const ConfigHandle& config : ask(study, 5)) {
      EXPECT_TRUE(seen.insert(tamis_config_describe(config.get())).second);
      const auto tile = static_cast<double>(tamis_config_integer(config.get(), "tile", error));
      if (tile > 4) {
        EXPECT_TRUE(tamis_study_tell_failure(study.get(), config.get(), TAMIS_CRASHED, "signal 11", error));
      } else {
        EXPECT_TRUE(tamis_study_tell_latency(study.get(), config.get(), 100 / tile, error));
      }
    }
  }
  EXPECT_TRUE(error.empty()) << error.take();
  EXPECT_EQ(seen.size(), 56U);
  double latency = 0;
  const ConfigHandle best(tamis_study_best(study.get(), &latency, error));
  EXPECT_EQ(tamis_config_integer(best.get(), "tile", error), 4);
  EXPECT_EQ(latency, 25);
  tamis_counts counts = {};
  counts.size = sizeof counts;
  tamis_study_counts(study.get(), &counts);
  EXPECT_EQ(counts.trials, 56U);
  EXPECT_EQ(counts.invalid, 8U);
}

TEST(CStudy, BeginsWithWhatIsLikelyGood) {
  ErrorPlace error;
  const std::string text = "tamis: 1\nknobs: {tile: [1, 2, 4, 8], layout: [rows, columns]}\nlikely_good: ";
  const SpaceHandle space(tamis_space_parse((text + "{tile: 4, layout: columns}").c_str(), error));
  ASSERT_TRUE(error.empty()) << error.take();
  const StudyHandle study = open(space);
  EXPECT_STREQ(tamis_config_describe(ask(study, 1).at(0).get()), "tile=4 layout=columns");
  EXPECT_EQ(tamis_space_parse((text + "{tle: 4}").c_str(), error), nullptr);
  EXPECT_THAT(error.take(), HasSubstr("did you mean \"tile\"?"));
}

TEST(CStudy, MaximisesWhatItsObjectiveSays) {
  tamis_study_options options = {};
  options.size = sizeof options;
  options.objective = "throughput:GFLOP/s:max";
  const StudyHandle study = open(small_space(), &options);
  EXPECT_TRUE(std::isnan(tamis_study_best_value(study.get())));
  ErrorPlace error;
  for (const ConfigHandle& config : ask(study, 56)) {
    const auto tile = static_cast<double>(tamis_config_integer(config.get(), "tile", error));
    EXPECT_TRUE(tamis_study_tell_value(study.get(), config.get(), tile - 3, error));
  }
  double latency = 0;
  const ConfigHandle best(tamis_study_best(study.get(), &latency, error));
  EXPECT_TRUE(error.empty()) << error.take();
  EXPECT_EQ(tamis_config_integer(best.get(), "tile", error), 8);
  EXPECT_TRUE(std::isnan(latency)) << "a throughput is no latency";
  EXPECT_EQ(tamis_study_best_value(study.get()), 5);
  const auto visit = [](const tamis_trial* trial, void*) {
    EXPECT_EQ(trial->latency_count, 0U);
    EXPECT_EQ(trial->value, static_cast<double>(tamis_config_integer(trial->config, "tile", nullptr)) - 3);
    return true;
  };
  EXPECT_TRUE(tamis_study_visit(study.get(), visit, nullptr, error));
}

TEST(CStudy, TakesNoLatencyForAnotherObjective) {
  tamis_study_options options = {};
  options.size = sizeof options;
  options.objective = "quality";
  const SpaceHandle space = small_space();
  ErrorPlace error;
  EXPECT_EQ(tamis_study_open(space.get(), &options, error), nullptr);
  EXPECT_THAT(error.take(), HasSubstr("quality::max"));
  options.objective = "quality:max";
  const StudyHandle study = open(space, &options);
  const std::vector<ConfigHandle> asked = ask(study, 1);
  EXPECT_FALSE(tamis_study_tell_latency(study.get(), asked[0].get(), 100, error));
  EXPECT_THAT(error.take(), HasSubstr("tell its value"));
}

TEST(CStudy, HasNoBestBeforeOneWasValid) {
  const StudyHandle study = open(small_space());
  ErrorPlace error;
  EXPECT_EQ(tamis_study_best(study.get(), nullptr, error), nullptr);
  EXPECT_TRUE(error.empty());
}

TEST(CStudy, GoesOnWithItsLog) {
  const TemporaryDirectory directory;
  const std::string log = directory.file("study.tamis");
  const SpaceHandle space = small_space();
  tamis_study_options options = named_options(log.c_str());
  ErrorPlace error;
  {
    const StudyHandle study = open(space, &options);
    const auto asked = ask(study, 3);
    EXPECT_TRUE(tamis_study_tell_latency(study.get(), asked[1].get(), 5, error));
    EXPECT_STREQ(tamis_study_resume_note(study.get()), "");
  }
  options.resume = true;
  const StudyHandle study = open(space, &options);
  EXPECT_EQ(tamis_study_resumed(study.get()), 1U);
  EXPECT_STREQ(tamis_study_resume_note(study.get()), "session 1 continues: 1 trial is in the log");
  EXPECT_EQ(ask(study, 8).size(), 2U);
  options.strategy = "tammis";
  EXPECT_EQ(tamis_study_open(space.get(), &options, error), nullptr);
  EXPECT_EQ(error.kind(), TAMIS_NOT_FOUND);
  EXPECT_THAT(error.take(), HasSubstr("did you mean \"tamis\"?"));
}

TEST(CStudy, TakesOutcomesInFull) {
  const SpaceHandle space = small_space();
  const StudyHandle study = open(space);
  const ConfigHandle config = parse(space, {"tile=2"});
  const std::array<double, 3> latencies = {5, 9, 6};
  const std::array<const char*, 1> names = {"bytes"};
  const std::array<double, 1> values = {64};
  tamis_outcome outcome = {};
  outcome.size = sizeof outcome;
  outcome.latencies_ns = latencies.data();
  outcome.latency_count = latencies.size();
  outcome.feature_names = names.data();
  outcome.feature_values = values.data();
  outcome.feature_count = 1;
  outcome.device = "board";
  ErrorPlace error;
  EXPECT_TRUE(tamis_study_tell(study.get(), config.get(), &outcome, error)) << error.take();
  const auto see = [](const tamis_trial* trial, void* context) {
    ++*static_cast<int*>(context);
    EXPECT_EQ(trial->latency_ns, 6);
    EXPECT_EQ(trial->latency_count, 3U);
    EXPECT_STREQ(trial->device, "board");
    EXPECT_STREQ(trial->proposer, "told");
    EXPECT_STREQ(tamis_config_text(trial->config, "tile", nullptr), "2");
    return true;
  };
  int seen = 0;
  EXPECT_TRUE(tamis_study_visit(study.get(), see, &seen, error));
  EXPECT_EQ(seen, 1);
}

TEST(CStudy, RefusesWhatCannotBeMeant) {
  const SpaceHandle space = small_space();
  const StudyHandle study = open(space);
  const auto asked = ask(study, 1);
  ErrorPlace error;
  const auto refused = [&](bool told, const std::string& words) {
    EXPECT_FALSE(told);
    EXPECT_THAT(error.take(), HasSubstr(words));
  };
  const ConfigHandle foreign = parse(small_space(), {});
  refused(tamis_study_tell_latency(study.get(), foreign.get(), 1, error), "of another space handle");
  const ConfigHandle outside = parse(space, {"tile=8", "layout=columns"});
  refused(tamis_study_tell_latency(study.get(), outside.get(), 1, error), "outside the space");
  refused(tamis_study_tell_latency(study.get(), asked[0].get(), std::nan(""), error),
          "a latency of nan ns cannot be");
  refused(tamis_study_tell_latency(study.get(), asked[0].get(), 0, error),
          "a latency of 0 ns cannot be; it must be from 0.001 to 1e+15 ns");
  refused(tamis_study_tell_failure(study.get(), asked[0].get(), TAMIS_VALID, "x", error),
          "at least one latency");
  refused(tamis_study_tell_failure(study.get(), asked[0].get(), static_cast<tamis_verdict>(99), "x", error),
          "99 is not a verdict");
  refused(tamis_study_tell(study.get(), asked[0].get(), nullptr, error), "is NULL");
  tamis_outcome outcome = {};
  refused(tamis_study_tell(study.get(), asked[0].get(), &outcome, error), "set it to their sizeof");
  outcome.size = sizeof outcome;
  outcome.latency_count = 1;
  refused(tamis_study_tell(study.get(), asked[0].get(), &outcome, error), "the list of latencies is NULL");
  tamis_config* none = nullptr;
  EXPECT_EQ(tamis_study_ask(study.get(), 0, &none, error), 0U);
  EXPECT_THAT(error.take(), HasSubstr("0 configs were asked for"));
  EXPECT_TRUE(tamis_study_tell_latency(study.get(), asked[0].get(), 1, error));
  refused(tamis_study_tell_latency(study.get(), asked[0].get(), 1, error), "told already");
}

/// Programs that were built with a version whose structs ended earlier.
TEST(CStudy, TakesShorterStructsOfOlderPrograms) {
  const SpaceHandle space = small_space();
  tamis_study_options options = {};
  options.size = offsetof(tamis_study_options, identity);
  options.name = "old";
  options.strategy = "beyond what an old program has";
  const StudyHandle study = open(space, &options);
  ASSERT_NE(study, nullptr);
  tamis_counts counts = {offsetof(tamis_counts, measurements), 7, 7, 7, 7};
  tamis_study_counts(study.get(), &counts);
  EXPECT_EQ(counts.trials, 0U);
  EXPECT_EQ(counts.measurements, 7U);
}

TEST(CStudy, OutlivesItsSpaceAndItsConfigsOutliveIt) {
  StudyHandle study = open(small_space());
  const auto asked = ask(study, 1);
  study.reset();
  ErrorPlace error;
  EXPECT_GT(tamis_config_integer(asked[0].get(), "tile", error), 0);
}

}  // namespace
}  // namespace tamis::c

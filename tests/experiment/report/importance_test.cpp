#include "experiment/report/importance.h"

#include "experiment/report/learnt_testing.h"

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis::report {
namespace {

using samples::Outcome;
using samples::subject_of;
using ::testing::HasSubstr;

std::vector<Knob> tile_knobs() {
  return {number_knob("h", {1, 2, 4, 8, 16, 32}), number_knob("w", {1, 2, 4, 8, 16, 32}),
          name_knob("layout", {"nchw", "nhwc"}), number_knob("fixed", {3})};
}

/// The latency is a product, so that logarithms are a sum; large tiles do not fit.
Outcome tiled(const Space& space, const Config& config) {
  const auto h = static_cast<double>(space.integer(config, "h"));
  const auto w = static_cast<double>(space.integer(config, "w"));
  if (h * w > 256) return {Verdict::resource_exceeded, 0};
  return {Verdict::valid, 1e6 / (h * std::sqrt(w))};
}

double share_of(const Json& importance, size_t knob) {
  for (const Json& one : importance.at("single"))
    if (one.at("knob") == knob) return one.at("share");
  return -1;
}

TEST(Importance, IsOfTheValueAndOfTheValidity) {
  const Subject subject = subject_of(tile_knobs(), 400, tiled);
  const Part part = importance_of(subject);
  EXPECT_TRUE(part.missing.empty());
  EXPECT_THAT(part.how, HasSubstr("variance"));
  ASSERT_EQ(part.data.size(), 2U);
  const Json& value = part.data.at(0);
  EXPECT_EQ(value.at("of"), "latency of valid trials");
  EXPECT_THAT(value.at("method").get<std::string>(), HasSubstr("learns the logarithm of the latency"));
  EXPECT_GT(value.at("fit").get<double>(), 0.9);
  EXPECT_GT(share_of(value, 0), 0.6);
  EXPECT_GT(share_of(value, 0), share_of(value, 1));
  EXPECT_LT(share_of(value, 2), 0.02);
  EXPECT_EQ(share_of(value, 3), -1) << "it has one value";
  const Json& validity = part.data.at(1);
  EXPECT_EQ(validity.at("of"), "question whether a config is valid");
  EXPECT_FALSE(validity.contains("marginals")) << "the page would show them in the objective's unit";
  EXPECT_EQ(validity.at("pairs").at(0).at("knobs"), Json::array({0, 1}));
}

TEST(Importance, HasMeansInTheUnitOfTheObjective) {
  Subject subject = subject_of(tile_knobs(), 400, tiled);
  const Json latency = importance_of(subject).data.at(0);
  const Json& marginal = latency.at("marginals").at(0);
  EXPECT_EQ(marginal.at("knob"), 0) << "what matters most comes first";
  const auto means = marginal.at("mean").get<std::vector<double>>();
  ASSERT_EQ(means.size(), 6U);
  // Geometric means: those of w are 2^1.25.
  for (size_t i = 0; i + 1 < means.size(); ++i)
    EXPECT_NEAR(means[i], 1e6 / std::exp2(static_cast<double>(i) + 1.25), means[i] * 0.3);
  for (size_t i = 0; i < means.size(); ++i) {
    EXPECT_GE(marginal.at("deviation").at(i).get<double>(), 0);
    EXPECT_LE(marginal.at("deviation").at(i).get<double>(), means[i]);
  }
  subject.objective = {"throughput", "GFLOP/s", Direction::maximise};
  for (Trial& trial : subject.learnt)
    for (double& cost : trial.costs) cost = -1e6 / cost;
  const Json throughput = importance_of(subject).data.at(0);
  EXPECT_EQ(throughput.at("of"), "throughput of valid trials");
  const Json& rising = throughput.at("marginals").at(0).at("mean");
  EXPECT_GT(rising.at(0).get<double>(), 0) << "never negated";
  EXPECT_GT(rising.at(5).get<double>(), rising.at(0).get<double>());
}

TEST(Importance, TakesValuesAsTheyAreWhereOneIsNotAboveZero) {
  const Subject subject = subject_of(tile_knobs(), 200, [](const Space& space, const Config& config) {
    return Outcome{Verdict::valid, static_cast<double>(space.integer(config, "h")) - 8};
  });
  Subject scored = subject;
  scored.objective = {"score", "", Direction::minimise};
  const Json value = importance_of(scored).data.at(0);
  EXPECT_THAT(value.at("method").get<std::string>(), Not(HasSubstr("logarithm")));
  EXPECT_NEAR(value.at("marginals").at(0).at("mean").at(5).get<double>(), 24, 4);
}

TEST(Importance, HasAMapOfAStrongPair) {
  const Subject subject = subject_of(tile_knobs(), 400, [](const Space& space, const Config& config) {
    const bool alike = (space.integer(config, "h") > 4) == (config.choices[2] == 0);
    return Outcome{Verdict::valid, alike ? 10.0 : 1000.0};
  });
  const Json value = importance_of(subject).data.at(0);
  ASSERT_GE(value.at("contours").size(), 1U);
  const Json& contour = value.at("contours").at(0);
  EXPECT_EQ(contour.at("knobs"), Json::array({0, 2}));
  ASSERT_EQ(contour.at("mean").size(), 12U);
  EXPECT_GT(contour.at("mean").at(0).get<double>(), 500) << "h=1, nchw";
  EXPECT_LT(contour.at("mean").at(1).get<double>(), 20) << "h=1, nhwc";
  EXPECT_LT(contour.at("mean").at(10).get<double>(), 20) << "h=32, nchw";
}

TEST(Importance, SaysWhyItIsMissing) {
  EXPECT_EQ(importance_of(subject_of(tile_knobs(), 0, tiled)).missing,
            "Knobs cannot be judged: no trial is valid.");
  const auto same = [](const Space&, const Config&) { return Outcome{Verdict::valid, 5}; };
  EXPECT_EQ(importance_of(subject_of({number_knob("one", {1})}, 9, same)).missing,
            "No knob has more than one value.");
  EXPECT_EQ(importance_of(subject_of(tile_knobs(), 200, same)).missing,
            "Knobs cannot be judged: all valid configs have the same latency.");
  EXPECT_THAT(importance_of(subject_of(tile_knobs(), 7, same)).missing, HasSubstr("is judged from 20 on"));
  const auto broken = [](const Space&, const Config&) { return Outcome{Verdict::crashed, 0}; };
  const Part none = importance_of(subject_of(tile_knobs(), 200, broken));
  EXPECT_TRUE(none.data.is_null());
  EXPECT_EQ(none.missing, "Knobs cannot be judged: no trial is valid.");
}

TEST(Importance, IsTheSameForTheSameTrials) {
  const Subject subject = subject_of(tile_knobs(), 300, tiled);
  EXPECT_EQ(importance_of(subject).data.dump(), importance_of(subject).data.dump());
}

TEST(Importance, CountsAConfigOnce) {
  Subject subject = subject_of(tile_knobs(), 30, tiled);
  const Json once = importance_of(subject).data;
  const std::vector<Trial> again = subject.learnt;
  subject.learnt.insert(subject.learnt.end(), again.begin(), again.end());
  EXPECT_EQ(importance_of(subject).data.dump(), once.dump());
}

TEST(Importance, IsBoundedInManyKnobsOfManyValues) {
  std::vector<Knob> knobs;
  std::vector<int64_t> many(10'000);
  std::iota(many.begin(), many.end(), 1);
  for (int i = 0; i < 4; ++i) knobs.push_back(number_knob("long" + std::to_string(i), many));
  for (int i = 0; i < 196; ++i) knobs.push_back(number_knob("k" + std::to_string(i), {1, 2, 4, 8}));
  const Subject subject = subject_of(std::move(knobs), 300, [](const Space& space, const Config& config) {
    const double sum = static_cast<double>(config.choices[0]) + 1000.0 * config.choices[5];
    return Outcome{space.knobs().empty() ? Verdict::crashed : Verdict::valid, 1 + sum};
  });
  const Json value = importance_of(subject).data.at(0);
  EXPECT_EQ(value.at("single").size(), 200U);
  EXPECT_EQ(value.at("marginals").size(), 24U);
  EXPECT_EQ(value.at("marginals").at(0).at("knob"), 0);
  EXPECT_THAT(value.at("method").get<std::string>(), HasSubstr("means of 24 of 200 knobs"));
  EXPECT_THAT(value.at("method").get<std::string>(), HasSubstr("of knobs left out"));
  EXPECT_LT(value.dump().size(), 1'000'000U);
}

TEST(Importance, HasSharesOfTheWholeAndFitsTheSchema) {
  EXPECT_TRUE(rc::check([] {
    const auto seed = *rc::gen::arbitrary<uint64_t>();
    const Subject subject = subject_of(
        tile_knobs(), *rc::gen::inRange<size_t>(0, 150), [&](const Space& space, const Config& config) {
          Random random(seed ^ space.index(config));
          if (random.below(4) == 0) return Outcome{Verdict::wrong_result, 0};
          return Outcome{Verdict::valid, 1 + random.uniform() * static_cast<double>(1U << config.choices[0])};
        });
    const Part part = importance_of(subject);
    RC_ASSERT(part.data.is_null() != part.missing.empty());
    for (const Json& one : part.data) {
      double sum = 0;
      for (const char* list : {"single", "pairs"}) {
        for (const Json& entry : one.at(list)) {
          const double share = entry.at("share");
          RC_ASSERT(share >= 0 && share <= 1);
          sum += share;
        }
      }
      RC_ASSERT(sum <= 1 + 1e-4);
      RC_ASSERT(one.value("fit", 0.0) <= 1);
    }
  }));
  const Subject subject = subject_of(tile_knobs(), 400, tiled);
  const std::optional<bool> fits =
      samples::parts_fit(subject, Json::array(), importance_of(subject).data, Json::array());
  if (!fits) GTEST_SKIP() << "python3-jsonschema is missing";
  EXPECT_TRUE(*fits);
}

}  // namespace
}  // namespace tamis::report

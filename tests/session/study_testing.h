#pragma once

#include "tamis/study.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {

// What tests of studies try configs of: a small space, and what comes of each of its configs.

inline Space small_space() {
  const std::vector<int64_t> values = {1, 2, 4, 8, 16, 32};
  Space plain = Space::create({number_knob("tile", values), number_knob("unroll", {0, 1, 2, 3}),
                               name_knob("layout", {"a", "b"})})
                    .value();
  Constraint fits{"tile * unroll <= 64",
                  [](const Space& space, const Config& config) {
                    return space.integer(config, "tile") * space.integer(config, "unroll") <= 64;
                  },
                  {"tile", "unroll"}};
  return plain.constrained({std::move(fits)});
}

/// What comes of a config: large tiles crash, small ones are slow.
inline Outcome outcome_of(const Space& space, const Config& config) {
  const auto tile = static_cast<double>(space.integer(config, "tile"));
  const auto unroll = static_cast<double>(space.integer(config, "unroll"));
  if (tile * (unroll + 1) > 48) return {.verdict = Verdict::crashed, .message = "signal 11"};
  const double layout = config.choices[2] == 0 ? 0 : 7;
  return {.costs = {100 + std::abs(tile - 8) + 3 * std::abs(unroll - 2) + layout}};
}

inline StudyOptions options_of(const std::string& log = {}, bool resume = false) {
  StudyOptions options;
  options.name = "small";
  options.seed = 3;
  options.log = log;
  options.resume = resume;
  return options;
}

inline Study open_study(const StudyOptions& options) {
  Result<Study> study = Study::open(small_space(), options);
  EXPECT_TRUE(study.ok()) << study.error().message;
  return std::move(study).value();
}

inline std::vector<AskedConfig> ask(Study& study, size_t count) {
  Result<std::vector<AskedConfig>> asked = study.ask(count);
  EXPECT_TRUE(asked.ok()) << asked.error().message;
  return std::move(asked).value();
}

inline void tell(Study& study, const AskedConfig& asked) {
  const Status told = study.tell(asked.number, outcome_of(study.space(), asked.config));
  EXPECT_TRUE(told.ok()) << told.error().message;
}

/// The numbers and indexes of what was asked.
inline std::vector<std::pair<uint64_t, uint64_t>> indexes(const Space& space,
                                                          const std::vector<AskedConfig>& all) {
  std::vector<std::pair<uint64_t, uint64_t>> indexes;
  for (const AskedConfig& asked : all) indexes.emplace_back(asked.number, space.index(asked.config));
  return indexes;
}

inline std::vector<uint64_t> config_indexes(const Study& study) {
  std::vector<uint64_t> indexes;
  for (const Trial& trial : study.trials()) indexes.push_back(study.space().index(trial.config));
  return indexes;
}

}  // namespace tamis

// What every strategy opened by every initializer proposes, config by config: a log resumes only where the
// same seed and the same trials give the same proposals. TAMIS_UPDATE_GOLDEN=1 writes the files anew, which
// is right only together with a new generation of the strategies whose lines changed: sessions of older
// versions cannot be resumed exactly any more.
#include "base/file.h"
#include "search/search_fixture.h"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

constexpr size_t kProposals = 120;
constexpr size_t kBatch = 8;
constexpr uint64_t kSeed = 7;

/// What a search of the golden files is about, the strategy not regarded.
struct Setting {
  std::string name;
  Space space;
  Landscape landscape = small_memory;
  std::vector<TrialSet> related = {};
  bool builds_freely = false;
  std::vector<Config> suggestions = {};
  size_t told = 0;  ///< trials learnt before the first proposal, as of a log
};

/// Values that are powers of two count by their logarithms; the first two must not be too far apart.
std::optional<double> ridge(const Space& space, const Config& config) {
  double distance = 0;
  const auto level = [&](size_t knob) { return std::log2(scalar(space.value(config, knob))); };
  if (level(0) - level(1) > 2) return std::nullopt;
  for (size_t i = 0; i < space.knobs().size(); ++i)
    distance += std::abs(level(i) - static_cast<double>(i % 3 + 1));
  return 1000 * (1 + 0.2 * distance);
}

/// As build_for_small_memory(), with the work of the device too.
BuildOutcome build(const Space& space, const Config& config) {
  BuildOutcome outcome = build_for_small_memory(space, config);
  outcome.features.set("program_steps", 1e6 / outcome.features.get("product") + config.choices[1]);
  return outcome;
}

TrialSet related_trials() {
  const Space smaller =
      Space::create({number_knob("c_threads", {1, 2}), number_knob("c", {1, 2, 4, 8, 16}),
                     number_knob("h", {1, 2, 4, 8, 16, 32}), number_knob("w", {1, 2, 4, 8, 16, 32, 64}),
                     number_knob("h_threads", {1, 2})})
          .value();
  std::vector<Config> configs;
  for (uint64_t index = 0; index < smaller.size(); index += 3) configs.push_back(smaller.config(index));
  return named_trials("smaller", smaller, try_configs(smaller, configs, small_memory));
}

std::vector<Setting> settings() {
  const Space tiles = tile_space();
  const Constraint even{"knob0 + knob1 is even", [](const Space&, const Config& config) {
                          return (config.choices[0] + config.choices[1]) % 2 == 0;
                        }};
  return {
      {.name = "tiles", .space = tiles},
      {.name = "related", .space = tiles, .related = {related_trials()}},
      {.name = "free_builds",
       .space = tiles,
       .builds_freely = true,
       .suggestions = {tiles.config(100), tiles.config(7), tiles.config(2040)}},
      {.name = "free_builds_related", .space = tiles, .related = {related_trials()}, .builds_freely = true},
      {.name = "told", .space = tiles, .told = 40},
      {.name = "huge", .space = Space::create(huge_space().knobs(), {even}).value(), .landscape = ridge},
      {.name = "enumerated", .space = sparse_space(720), .landscape = ridge},
      {.name = "listed", .space = listed_space(), .landscape = ridge},
  };
}

SharedTask task_of(const Setting& setting) {
  if (!setting.builds_freely) return make_task(setting.space, setting.suggestions);
  return make_task(setting.space, setting.suggestions,
                   [&setting](const Config& config) { return build(setting.space, config); });
}

std::string line_of(const Setting& setting, const std::string& strategy, const std::string& initializer) {
  const SharedTask task = task_of(setting);
  const SearchOptions options{.seed = kSeed, .related = setting.related.empty() ? nullptr : &setting.related};
  const std::unique_ptr<Strategy> made = make_strategy(strategy, initializer, *task, options).value();
  std::vector<Config> told;
  for (size_t i = 0; i < setting.told; ++i) told.push_back(setting.space.config(i * 37));
  EXPECT_TRUE(made->learn(try_configs(setting.space, told, setting.landscape)).ok());
  std::string line = strategy + " " + initializer + ":";
  const std::vector<Trial> trials = search(*made, setting.space, setting.landscape, kProposals, kBatch);
  for (const uint64_t index : indexes(setting.space, trials)) line += " " + std::to_string(index);
  return line + "\n";
}

class GoldenProposals : public ::testing::TestWithParam<Setting> {};

INSTANTIATE_TEST_SUITE_P(All, GoldenProposals, ::testing::ValuesIn(settings()),
                         [](const auto& row) { return row.param.name; });

TEST_P(GoldenProposals, AreWhatTheyWere) {
  std::string text;
  for (const StrategyKind& strategy : strategy_kinds())
    for (const InitializerKind& initializer : initializer_kinds())
      text += line_of(GetParam(), strategy.name, initializer.name);
  const std::string path = std::string(TAMIS_TEST_DATA) + "/golden/proposals/" + GetParam().name + ".txt";
  if (std::getenv("TAMIS_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file(path, text).ok());
    return;
  }
  const Result<std::string> expected = read_file(path);
  ASSERT_TRUE(expected.ok()) << expected.error().message;
  EXPECT_EQ(text, *expected) << "proposals changed: logs of older versions do not resume exactly";
}

}  // namespace
}  // namespace tamis

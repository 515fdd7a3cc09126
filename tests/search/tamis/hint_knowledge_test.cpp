// Hints on recorded tables: right ones must help, opposite ones may cost a few trials.
#include "search/tamis/tamis_fixture.h"
#include "search/tamis/tamis_strategy.h"
#include "tamis/formats.h"

#include <algorithm>
#include <cstdlib>
#include <cstdio>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

std::vector<double> all_trials(const TrialSet& table, const std::vector<Hint>& hints, size_t seeds, size_t batch) {
  std::vector<double> all;
  const SharedTask task = make_task(hints.empty() ? table.space : table.space.hinted(hints));
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    const std::unique_ptr<Strategy> strategy = make_tamis_strategy(*task, {.seed = seed});
    size_t trials = 0;
    for (bool found = false; !found && trials < table.trials.size();) {
      const std::vector<Config> configs = strategy->propose(batch).value();
      std::vector<Trial> tried;
      for (const Config& config : configs) {
        tried.push_back(*find_recorded(table, config));
        if (!found) ++trials;
        found = found || tried.back().cost() <= best_cost(table) * 1.01;
      }
      EXPECT_TRUE(strategy->learn(tried).ok());
    }
    all.push_back(static_cast<double>(trials));
  }
  std::sort(all.begin(), all.end());
  return all;
}

const Trial& extreme(const TrialSet& table, bool fastest) {
  const Trial* found = nullptr;
  for (const Trial& trial : table.trials) {
    if (trial.verdict != Verdict::valid) continue;
    if (found == nullptr || (fastest ? trial.cost() < found->cost() : trial.cost() > found->cost())) found = &trial;
  }
  return *found;
}

TEST(HintExperiment, Runs) {
  const size_t seeds = std::atoi(std::getenv("SEEDS"));
  const size_t batch = std::atoi(std::getenv("BATCH"));
  std::string files = std::getenv("TABLES");
  for (size_t at = 0; at < files.size();) {
    const size_t end = std::min(files.find(' ', at), files.size());
    const std::string file = files.substr(at, end - at);
    at = end + 1;
    const TrialSet table = read_recorded_table(file).value();
    const Config best = extreme(table, true).config;
    const Config worst = extreme(table, false).config;
    std::vector<size_t> choosing;
    for (size_t i = 0; i < table.space.knobs().size(); ++i) if (table.space.knobs()[i].values.size() > 1) choosing.push_back(i);
    const auto some = [&](const Config& config, size_t from, size_t count) {
      Hint hint;
      for (size_t i = from; i < std::min(from + count, choosing.size()); ++i)
        hint.knobs.push_back({static_cast<uint32_t>(choosing[i]), {config.choices[choosing[i]]}});
      return hint;
    };
    const size_t half = (choosing.size() + 1) / 2;
    const auto report = [&](const char* name, const std::vector<Hint>& hints) {
      const std::vector<double> all = all_trials(table, hints, seeds, batch);
      double mean = 0;
      for (double one : all) mean += one / static_cast<double>(all.size());
      std::printf("  %-12s median %6.1f mean %6.1f p90 %6.1f", name, (all[(all.size() - 1) / 2] + all[all.size() / 2]) / 2, mean, all[all.size() * 9 / 10]);
      std::fflush(stdout);
    };
    std::printf("%s\n", file.substr(file.rfind('/') + 1).c_str());
    report("none", {});
    std::printf("\n");
    report("right half1", {some(best, 0, half)});
    report("right half2", {some(best, half, half)});
    report("right all", {some(best, 0, 99)});
    report("right one", {some(best, 0, 1)});
    std::printf("\n");
    report("wrong half1", {some(worst, 0, half)});
    report("wrong half2", {some(worst, half, half)});
    report("wrong all", {some(worst, 0, 99)});
    report("wrong one", {some(worst, 0, 1)});
    std::printf("\n");
  }
}

}  // namespace
}  // namespace tamis

// What every strategy opened by every initializer keeps to. Rows come from the tables, so a new one cannot be
// forgotten.
#include "tamis/testing/strategy_conformance.h"

#include "search/search_fixture.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

StrategyCase combination(const StrategyKind& strategy, const InitializerKind& initializer) {
  const StrategyFactory factory = [&](const Task& task, const SearchOptions& options) {
    return make_strategy(strategy.name, initializer.name, task, options);
  };
  const bool uses_seed = strategy.name != "grid" || initializer.name != "none";
  return {strategy.name + "_opened_by_" + initializer.name, factory, uses_seed};
}

std::vector<StrategyCase> combinations() {
  std::vector<StrategyCase> all;
  for (const StrategyKind& strategy : strategy_kinds())
    for (const InitializerKind& initializer : initializer_kinds())
      all.push_back(combination(strategy, initializer));
  return all;
}

}  // namespace

namespace testing {
INSTANTIATE_TEST_SUITE_P(All, StrategyConformance, ::testing::ValuesIn(combinations()), case_name);
}  // namespace testing

namespace {

TEST(StrategyTable, NamesWhoProposes) {
  const Space space = tile_space();
  const SharedTask task = make_task(space);
  for (const StrategyKind& strategy : strategy_kinds())
    for (const InitializerKind& initializer : initializer_kinds()) {
      const auto made = make_strategy(strategy.name, initializer.name, *task, {.seed = 1}).value();
      EXPECT_EQ(made->name(), initializer.name == "none" ? strategy.name : initializer.name);
      search(*made, space, small_memory, 400);
      EXPECT_EQ(made->name(), strategy.name);
    }
}

}  // namespace
}  // namespace tamis

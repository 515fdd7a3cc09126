#include "network/passes/memory_plan.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;

TEST(PlanMemory, UsesAPlaceAgainThatIsNoLongerNeeded) {
  // A chain: each value is needed by the next step only.
  const std::vector<Lifetime> chain{{100, 0, 1}, {50, 1, 2}, {100, 2, 3}};
  const MemoryPlan plan = plan_memory(chain);
  EXPECT_THAT(plan.offsets, ElementsAre(0, 128, 0));
  EXPECT_EQ(plan.bytes, 192);
  EXPECT_EQ(plan.sum, 320);
  EXPECT_EQ(plan.least, 192);
}

TEST(PlanMemory, OfNothingIsNothing) {
  EXPECT_EQ(plan_memory({}).bytes, 0);
  EXPECT_THAT(plan_memory(std::vector<Lifetime>{{0, 0, 0}}).offsets, ElementsAre(0));
}

RC_GTEST_PROP(PlanMemory, LetsNoTwoOverlapThatAreNeededTogether, ()) {
  const auto pieces = *rc::gen::container<std::vector<Lifetime>>(rc::gen::apply(
      [](int bytes, int first, int steps) {
        return Lifetime{bytes, static_cast<size_t>(first), static_cast<size_t>(first + steps)};
      },
      rc::gen::inRange(0, 1000), rc::gen::inRange(0, 20), rc::gen::inRange(0, 6)));
  const MemoryPlan plan = plan_memory(pieces);
  RC_ASSERT(plan.bytes >= plan.least && plan.bytes <= plan.sum);
  for (size_t i = 0; i < pieces.size(); ++i) {
    RC_ASSERT(plan.offsets[i] % 64 == 0 && plan.offsets[i] + pieces[i].bytes <= plan.bytes);
    for (size_t j = 0; j < i; ++j) {
      const bool together = pieces[i].first <= pieces[j].last && pieces[j].first <= pieces[i].last;
      const bool apart = plan.offsets[i] + pieces[i].bytes <= plan.offsets[j] ||
                         plan.offsets[j] + pieces[j].bytes <= plan.offsets[i];
      RC_ASSERT(!together || apart || pieces[i].bytes == 0 || pieces[j].bytes == 0);
    }
  }
}

}  // namespace
}  // namespace tamis::network

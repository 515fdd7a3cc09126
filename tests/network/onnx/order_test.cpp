#include "network/onnx/names.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tamis::network::reading {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::Optional;

TEST(OrderByNeeds, KeepsAnOrderThatIsRight) {
  EXPECT_THAT(order_by_needs({{}, {0}, {}, {1, 1}}).places, ElementsAre(0, 1, 2, 3));
}

TEST(OrderByNeeds, PutsWhatIsNeededFirst) {
  EXPECT_THAT(order_by_needs({{2}, {}, {3}, {}}).places, ElementsAre(1, 3, 2, 0));
}

TEST(OrderByNeeds, NamesOneOnACycleAndNoneThatOnlyNeedsIt) {
  EXPECT_THAT(order_by_needs({{2}, {}, {3}, {2, 1}}).on_cycle, Optional(AnyOf(2U, 3U)));
  EXPECT_THAT(order_by_needs({{0}}).on_cycle, Optional(0U));
}

RC_GTEST_PROP(OrderByNeeds, OrdersWhateverHasNoCycle, ()) {
  const auto count = *rc::gen::inRange<size_t>(1, 30);
  std::vector<std::vector<size_t>> needs(count);
  for (size_t i = 1; i < count; ++i)  // reversed, each needs what was there before
    for (const size_t other : *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, i)))
      needs[count - 1 - i].push_back(count - 1 - other);
  const Order order = order_by_needs(needs);
  RC_ASSERT(!order.on_cycle);
  std::vector<size_t> at(count, count);
  for (size_t place = 0; place < order.places.size(); ++place) at[order.places[place]] = place;
  for (size_t i = 0; i < count; ++i) {
    RC_ASSERT(at[i] < count);
    for (const size_t other : needs[i]) RC_ASSERT(at[other] < at[i]);
  }
}

TEST(InQuotes, ShowsNoControlCharactersAndCutsLongNames) {
  EXPECT_EQ(in_quotes("a\x1b[31mb"), "\"a?[31mb\"");
  EXPECT_LT(in_quotes(std::string(1000, 'x')).size(), 100U);
}

}  // namespace
}  // namespace tamis::network::reading

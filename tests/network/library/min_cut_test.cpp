#include "network/library/min_cut.h"

#include "tamis/random.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tamis::network {
namespace {

/// A choice between sides, told apart from how it is solved.
struct Choice {
  std::vector<std::array<double, 2>> nodes;
  struct Pair {
    size_t a = 0;
    size_t b = 0;
    double cost = 0;
  };
  std::vector<Pair> pairs;

  [[nodiscard]] double cost(const std::vector<bool>& second) const {
    double sum = 0;
    for (size_t i = 0; i < nodes.size(); ++i) sum += nodes[i][second[i] ? 1 : 0];
    for (const Pair& pair : pairs)
      if (!second[pair.a] && second[pair.b]) sum += pair.cost;
    return sum;
  }
  [[nodiscard]] double least() const {
    double least = std::numeric_limits<double>::infinity();
    for (uint64_t bits = 0; bits < uint64_t{1} << nodes.size(); ++bits) {
      std::vector<bool> second(nodes.size());
      for (size_t i = 0; i < nodes.size(); ++i) second[i] = (bits >> i & 1) != 0;
      least = std::min(least, cost(second));
    }
    return least;
  }
  [[nodiscard]] std::vector<bool> solved() const {
    MinCut cut;
    for (const auto& node : nodes) cut.add_node(node[0], node[1]);
    for (const Pair& pair : pairs) cut.add_cost(pair.a, pair.b, pair.cost);
    return cut.solve();
  }
};

Choice random_choice(uint64_t seed) {
  Random random(seed);
  Choice choice;
  const size_t nodes = 1 + random.below(9);
  const auto cost = [&] { return random.below(8) == 0 ? kForbidden : static_cast<double>(random.below(20)); };
  for (size_t i = 0; i < nodes; ++i) {
    const double first = cost();
    // One side at least is allowed.
    choice.nodes.push_back({first, first == kForbidden ? static_cast<double>(random.below(20)) : cost()});
  }
  for (size_t i = random.below(20); i-- > 0;)
    choice.pairs.push_back({random.below(nodes), random.below(nodes), static_cast<double>(random.below(20))});
  return choice;
}

RC_GTEST_PROP(MinCut, FindsTheLeastCost, (uint64_t seed)) {
  const Choice choice = random_choice(seed);
  RC_ASSERT(choice.cost(choice.solved()) == choice.least());
}

TEST(MinCut, PutsTiesOnTheFirstSide) {
  const Choice choice{{{3, 3}, {0, 0}, {1, 2}}, {}};
  EXPECT_EQ(choice.solved(), (std::vector<bool>{false, false, false}));
}

TEST(MinCut, KeepsTogetherWhatIsDearApart) {
  const Choice choice{{{0, 5}, {4, 0}}, {{0, 1, 9}, {1, 0, 9}}};
  EXPECT_EQ(choice.solved(), (std::vector<bool>{false, false}));
}

TEST(MinCut, SolvesNothingForNoNodes) { EXPECT_TRUE(MinCut().solve().empty()); }

}  // namespace
}  // namespace tamis::network

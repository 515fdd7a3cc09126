#include "search/tamis/initial_design.h"

#include "search/tamis/tamis_fixture.h"

#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

class InitialDesignTest : public ::testing::Test {
 protected:
  void try_it(InitialDesign& design, size_t position) {
    candidates_.close(position);
    design.note(position);
  }
  size_t next(InitialDesign& design) {
    const std::optional<size_t> position = design.next(random_);
    EXPECT_TRUE(position && candidates_.open(*position));
    return position.value_or(0);
  }

  Space space_ = tile_space();
  CandidateSet candidates_{space_, all_indexes(space_)};
  GridKernel kernel_{candidates_.grid(), {}};
  Random random_{1};
};

TEST_F(InitialDesignTest, BeginsNearTheMiddleButNotAlwaysAtTheSamePlace) {
  double away = 0;
  std::set<size_t> positions;
  for (int seed = 0; seed < 20; ++seed) {
    InitialDesign design(candidates_, kernel_);
    const size_t position = next(design);
    positions.insert(position);
    for (size_t column = 0; column < 3; ++column)
      away += std::abs(candidates_.grid().columns()[column].levels[position] - 3.5) / 60;
  }
  EXPECT_LT(away, 1.5);  // 2 by chance
  EXPECT_GT(positions.size(), 10U);
}

TEST_F(InitialDesignTest, ThenTriesTheSmallest) {
  InitialDesign design(candidates_, kernel_);
  try_it(design, next(design));
  const size_t position = next(design);
  for (const GridColumn& column : candidates_.grid().columns()) EXPECT_EQ(column.levels[position], 0);
}

TEST_F(InitialDesignTest, ThenGoesFarAway) {
  InitialDesign design(candidates_, kernel_);
  std::vector<size_t> tried;
  for (int i = 0; i < 12; ++i) {
    const size_t position = next(design);
    const auto nearness = [&](size_t a) {
      double nearest = INFINITY;
      for (const size_t b : tried) nearest = std::min(nearest, kernel_.distance(a, b));
      return nearest;
    };
    double farthest = 0;
    for (size_t a = 0; a < candidates_.size(); ++a) farthest = std::max(farthest, nearness(a));
    if (i >= 2) {
      EXPECT_GT(nearness(position), 0.8 * farthest);
    }
    try_it(design, position);
    tried.push_back(position);
  }
}

TEST_F(InitialDesignTest, GivesEveryOpenConfigOnce) {
  const Space space = small_space();
  for (const InitialOrder order : {InitialOrder::designed, InitialOrder::at_random}) {
    CandidateSet candidates(space, all_indexes(space));
    candidates.close(5);
    const GridKernel kernel(candidates.grid(), {});
    InitialDesign design(candidates, kernel, order);
    std::set<size_t> given;
    while (const std::optional<size_t> position = design.next(random_)) {
      EXPECT_TRUE(given.insert(*position).second);
      candidates.close(*position);
      design.note(*position);
    }
    EXPECT_EQ(given.size(), space.size() - 1);
    EXPECT_FALSE(given.contains(5));
  }
}

TEST_F(InitialDesignTest, GivesNothingOfNoCandidates) {
  CandidateSet candidates(space_, {});
  const GridKernel kernel(candidates.grid(), {});
  InitialDesign design(candidates, kernel);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(design.next(random_), std::nullopt);
}

}  // namespace
}  // namespace tamis

#include "search/tamis/initial_design.h"

#include "search/tamis/tamis_fixture.h"

#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;

class OpeningTest : public ::testing::Test {
 protected:
  void try_it(InitialDesign& opening, size_t position) {
    field_.close(position);
    opening.note(position);
  }
  size_t next(InitialDesign& opening) {
    const std::optional<size_t> position = opening.next(random_);
    EXPECT_TRUE(position && field_.open(*position));
    return position.value_or(0);
  }

  Space space_ = tile_space();
  CandidateSet field_{space_, all_indexes(space_)};
  GridKernel kernel_{field_.grid(), {}};
  Random random_{1};
};

TEST_F(OpeningTest, BeginsNearTheMiddleButNotAlwaysAtTheSamePlace) {
  double away = 0;
  std::set<size_t> positions;
  for (int seed = 0; seed < 20; ++seed) {
    InitialDesign opening(field_, kernel_);
    const size_t position = next(opening);
    positions.insert(position);
    for (size_t column = 0; column < 3; ++column)
      away += std::abs(field_.grid().columns()[column].levels[position] - 3.5) / 60;
  }
  EXPECT_LT(away, 1.5);  // 2 by chance
  EXPECT_GT(positions.size(), 10U);
}

TEST_F(OpeningTest, ThenTriesTheSmallest) {
  InitialDesign opening(field_, kernel_);
  try_it(opening, next(opening));
  const size_t position = next(opening);
  for (const GridColumn& column : field_.grid().columns()) EXPECT_EQ(column.levels[position], 0);
}

TEST_F(OpeningTest, ThenGoesFarAway) {
  InitialDesign opening(field_, kernel_);
  std::vector<size_t> tried;
  for (int i = 0; i < 12; ++i) {
    const size_t position = next(opening);
    const auto nearness = [&](size_t a) {
      double nearest = INFINITY;
      for (const size_t b : tried) nearest = std::min(nearest, kernel_.distance(a, b));
      return nearest;
    };
    double farthest = 0;
    for (size_t a = 0; a < field_.size(); ++a) farthest = std::max(farthest, nearness(a));
    if (i >= 2) {
      EXPECT_GT(nearness(position), 0.8 * farthest);
    }
    try_it(opening, position);
    tried.push_back(position);
  }
}

TEST_F(OpeningTest, GivesEveryOpenConfigOnce) {
  const Space space = small_space();
  for (const InitialOrder order : {InitialOrder::designed, InitialOrder::at_random}) {
    CandidateSet field(space, all_indexes(space));
    field.close(5);
    const GridKernel kernel(field.grid(), {});
    InitialDesign opening(field, kernel, order);
    std::set<size_t> given;
    while (const std::optional<size_t> position = opening.next(random_)) {
      EXPECT_TRUE(given.insert(*position).second);
      field.close(*position);
      opening.note(*position);
    }
    EXPECT_EQ(given.size(), space.size() - 1);
    EXPECT_FALSE(given.contains(5));
  }
}

TEST_F(OpeningTest, GivesNothingOfAnEmptyField) {
  CandidateSet field(space_, {});
  const GridKernel kernel(field.grid(), {});
  InitialDesign opening(field, kernel);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(opening.next(random_), std::nullopt);
}

}  // namespace
}  // namespace tamis

#include "model/grid_kernel.h"

#include "model/grid_testing.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

constexpr AspectScales kScales{.position = 0.8, .sameness = 3, .alignment = 1.5};

double square(double number) { return number * number; }

/// The squared distance as it is defined, from the values of the configs.
double distance_by_definition(const ConfigGrid& grid, const AspectScales& scales, size_t a, size_t b) {
  double sum = 0;
  for (const GridColumn& column : grid.columns()) {
    const size_t level_a = column.levels[a];
    const size_t level_b = column.levels[b];
    const std::vector<double> scaled = scaled_values(column);
    if (column.ordered) sum += square((scaled[level_a] - scaled[level_b]) / scales.position);
    if ((!column.ordered || column.values.size() > 2) && level_a != level_b)
      sum += square(1 / scales.sameness);
    const std::vector<double> aligned = alignments(column);
    if (aligned.empty()) continue;
    const auto [low, high] = std::minmax_element(aligned.begin(), aligned.end());
    sum += square((aligned[level_a] - aligned[level_b]) / (*high - *low) / scales.alignment);
  }
  return sum;
}

class GridKernelTest : public ::testing::Test {
 protected:
  Space space_ = mixed_space();
  ConfigGrid grid_{space_, some_indexes(space_, 100, 1)};
};

TEST_F(GridKernelTest, AddsUpSquaredDifferences) {
  const GridKernel kernel(grid_, kScales);
  for (size_t a = 0; a < grid_.size(); ++a)
    for (size_t b = 0; b < grid_.size(); ++b)
      EXPECT_NEAR(kernel.distance(a, b), distance_by_definition(grid_, kScales, a, b), 1e-4);
}

TEST_F(GridKernelTest, IsSymmetricAndZeroOnlyForTheSameConfig) {
  const GridKernel kernel(grid_, kScales);
  for (size_t a = 0; a < grid_.size(); ++a) {
    EXPECT_EQ(kernel.distance(a, a), 0);
    for (size_t b = 0; b < a; ++b) {
      EXPECT_EQ(kernel.distance(a, b), kernel.distance(b, a));
      EXPECT_GT(kernel.distance(a, b), 0);
    }
  }
}

TEST_F(GridKernelTest, TellsManyDistancesAtOnce) {
  const GridKernel kernel(grid_, kScales);
  std::vector<float> distances(40);
  kernel.distances(kernel.row(7), 30, distances.size(), distances.data());
  for (size_t i = 0; i < distances.size(); ++i) EXPECT_NEAR(distances[i], kernel.distance(7, 30 + i), 1e-4);
}

TEST_F(GridKernelTest, AddsUpItsParts) {
  const GridKernel kernel(grid_, kScales);
  ASSERT_EQ(kernel.parts().size(), kernel.lengthscales().size());
  double sum = 0;
  for (size_t part = 0; part < kernel.parts().size(); ++part)
    sum += kernel.square(part, 3, 50) / square(kernel.lengthscales()[part]);
  EXPECT_NEAR(kernel.distance(3, 50), sum, 1e-4);
}

TEST_F(GridKernelTest, MeasuresInLengthscales) {
  GridKernel kernel(grid_, kScales);
  const double before = kernel.distance(3, 50);
  std::vector<double> doubled = kernel.lengthscales();
  for (double& lengthscale : doubled) lengthscale *= 2;
  kernel.set_lengthscales(doubled);
  EXPECT_NEAR(kernel.distance(3, 50), before / 4, 1e-4);
}

size_t count_parts(const GridKernel& kernel, Aspect aspect) {
  size_t count = 0;
  for (const KernelPart& part : kernel.parts()) count += part.aspect == aspect ? 1 : 0;
  return count;
}

TEST_F(GridKernelTest, HasTheAspectsThatAColumnHas) {
  const GridKernel kernel(grid_, kScales);
  EXPECT_EQ(count_parts(kernel, Aspect::position), 3U);   // all but the names
  EXPECT_EQ(count_parts(kernel, Aspect::sameness), 4U);   // all, as they have more than two values
  EXPECT_EQ(count_parts(kernel, Aspect::alignment), 2U);  // blocks of 8 to 48; 1, 2, 3 and 6 rows
}

TEST_F(GridKernelTest, LeavesOutAspectsOfInfiniteLengthscales) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const GridKernel kernel(grid_, {.position = 0.8, .sameness = kInfinity, .alignment = kInfinity});
  EXPECT_EQ(count_parts(kernel, Aspect::position), 3U);
  EXPECT_EQ(count_parts(kernel, Aspect::sameness), 1U);  // of the names, which have no other
  EXPECT_EQ(count_parts(kernel, Aspect::alignment), 0U);
  for (size_t b = 1; b < grid_.size(); ++b) EXPECT_GT(kernel.distance(0, b), 0);
}

TEST(GridKernel, DoesNotAskForSamenessOfTwoValuesNorOfWhatIsTold) {
  const Space space = Space::create({number_knob("switch", {0, 1}), number_knob("tile", {1, 2, 4})}).value();
  ConfigGrid grid(space, some_indexes(space, space.size(), 1));
  grid.add_column("told", std::vector<double>{1, 3, 6, 7, 8, 9});
  const GridKernel kernel(grid, {});
  EXPECT_EQ(count_parts(kernel, Aspect::position), 3U);
  EXPECT_EQ(count_parts(kernel, Aspect::sameness), 1U);
  EXPECT_EQ(count_parts(kernel, Aspect::alignment), 0U);
}

TEST(GridKernel, FindsAllAlikeInAGridWithoutColumns) {
  const Space space = Space::create({number_knob("one", {3})}).value();
  const ConfigGrid grid(space, std::vector<ConfigKey>{0});
  EXPECT_EQ(GridKernel(grid, {}).distance(0, 0), 0);
}

TEST(Matern, FallsFromOneTowardsZero) {
  EXPECT_EQ(matern(0), 1);
  EXPECT_NEAR(matern(1), (1 + std::sqrt(5) + 5.0 / 3) * std::exp(-std::sqrt(5)), 1e-12);
  for (double distance = 0; distance < 9; distance += 0.1)
    EXPECT_GT(matern(distance), matern(distance + 0.1));
  EXPECT_LT(matern(100), 1e-6);
}

}  // namespace
}  // namespace tamis

#include "model/config_grid.h"

#include <cmath>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<ConfigKey> all_indexes(const Space& space) {
  std::vector<ConfigKey> indexes;
  for (uint64_t index = 0; index < space.size(); ++index) indexes.emplace_back(index);
  return indexes;
}

ConfigGrid whole_grid(const Space& space) { return {space, all_indexes(space)}; }

/// The value that a config has in a column.
double value_at(const GridColumn& column, size_t config) { return column.values[column.levels[config]]; }

TEST(ConfigGrid, HasAColumnForEveryNumber) {
  const Space space = Space::create({number_knob("tile", {4, 1, 16}), number_knob("unroll", {0, 1})}).value();
  const ConfigGrid grid = whole_grid(space);
  ASSERT_EQ(grid.columns().size(), 2U);
  EXPECT_EQ(grid.size(), 6U);
  const GridColumn& tile = grid.columns()[0];
  EXPECT_EQ(tile.name, "tile");
  EXPECT_TRUE(tile.ordered);
  EXPECT_TRUE(tile.chosen);
  EXPECT_THAT(tile.values, ElementsAre(1, 4, 16));
  for (size_t i = 0; i < grid.size(); ++i)
    EXPECT_EQ(value_at(tile, i), scalar(space.value(space.config(i), 0)));
}

TEST(ConfigGrid, HasAColumnForEveryInnerFactorOfASplit) {
  const Space space = Space::create({split_knob("rows", 8, 2), split_knob("columns", 4, 3)}).value();
  const ConfigGrid grid = whole_grid(space);
  ASSERT_EQ(grid.columns().size(), 3U);
  EXPECT_EQ(grid.columns()[0].name, "rows");
  EXPECT_THAT(grid.columns()[0].values, ElementsAre(1, 2, 4, 8));
  EXPECT_EQ(grid.columns()[1].name, "columns.1");
  EXPECT_EQ(grid.columns()[2].name, "columns.2");
  for (size_t i = 0; i < grid.size(); ++i) {
    const auto factors = std::get<std::vector<int64_t>>(space.value(space.config(i), 1));
    EXPECT_EQ(value_at(grid.columns()[1], i), static_cast<double>(factors[1]));
    EXPECT_EQ(value_at(grid.columns()[2], i), static_cast<double>(factors[2]));
  }
}

TEST(ConfigGrid, GivesNamesNoOrder) {
  const Space space = Space::create({name_knob("layout", {"nchw", "nhwc", "blocked"})}).value();
  const ConfigGrid grid = whole_grid(space);
  ASSERT_EQ(grid.columns().size(), 1U);
  EXPECT_FALSE(grid.columns()[0].ordered);
  EXPECT_THAT(grid.columns()[0].levels, ElementsAre(0, 1, 2));
}

TEST(ConfigGrid, LeavesOutWhatIsTheSameEverywhere) {
  const Space space = Space::create({number_knob("one", {3}), number_knob("tile", {1, 2})}).value();
  EXPECT_EQ(whole_grid(space).columns().size(), 1U);
  const std::vector<ConfigKey> alike = {0};
  EXPECT_THAT(ConfigGrid(space, alike).columns(), IsEmpty());
}

TEST(ConfigGrid, MayHoldNoConfig) {
  const Space space = Space::create({number_knob("tile", {1, 2}), name_knob("order", {"a", "b"})}).value();
  const ConfigGrid grid(space, {});
  EXPECT_EQ(grid.size(), 0U);
  EXPECT_THAT(grid.columns(), IsEmpty());
}

TEST(ConfigGrid, LetsNeighboursShareALevelWhereThereAreTooMany) {
  std::vector<int64_t> many(1000);
  std::iota(many.begin(), many.end(), 1);
  const Space space = Space::create({number_knob("tile", many)}).value();
  const ConfigGrid grid = whole_grid(space);
  const GridColumn& column = grid.columns().at(0);
  EXPECT_EQ(column.values.size(), ConfigGrid::kLevels);
  EXPECT_TRUE(std::is_sorted(column.levels.begin(), column.levels.end()));
  for (size_t i = 0; i < grid.size(); ++i)
    EXPECT_NEAR(value_at(column, i), static_cast<double>(i + 1), 1000.0 / ConfigGrid::kLevels + 1);
}

TEST(ConfigGrid, HoldsMoreNamesThanLevels) {
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back("name" + std::to_string(i));
  const Space space = Space::create({name_knob("algorithm", names)}).value();
  const ConfigGrid grid = whole_grid(space);
  const GridColumn& column = grid.columns().at(0);
  EXPECT_EQ(column.values.size(), ConfigGrid::kLevels);
  EXPECT_EQ(column.levels[100], 100);
  EXPECT_EQ(column.levels[299], ConfigGrid::kLevels - 1);
}

TEST(ConfigGrid, CountsAnAddedNumberThatIsNotFiniteAsTheLargest) {
  const Space space = Space::create({number_knob("tile", {1, 2, 3, 4})}).value();
  ConfigGrid grid = whole_grid(space);
  const double infinity = std::numeric_limits<double>::infinity();
  grid.add_column("bytes", std::vector<double>{5, std::nan(""), infinity, 7});
  ASSERT_EQ(grid.columns().size(), 2U);
  const GridColumn& bytes = grid.columns()[1];
  EXPECT_FALSE(bytes.chosen);
  EXPECT_THAT(bytes.values, ElementsAre(5, 7));
  EXPECT_THAT(bytes.levels, ElementsAre(0, 1, 1, 1));
}

TEST(ConfigGrid, AddsNoColumnThatTellsNothing) {
  const Space space = Space::create({number_knob("tile", {1, 2})}).value();
  ConfigGrid grid = whole_grid(space);
  grid.add_column("same", std::vector<double>{3, 3});
  grid.add_column("unknown", std::vector<double>{std::nan(""), std::nan("")});
  EXPECT_EQ(grid.columns().size(), 1U);
}

TEST(FactorsOfTwo, CountsHowOftenTwoDivides) {
  EXPECT_EQ(factors_of_two(1), 0);
  EXPECT_EQ(factors_of_two(12), 2);
  EXPECT_EQ(factors_of_two(int64_t{1} << 50), 50);
  EXPECT_EQ(factors_of_two(0), 0);
}

GridColumn column_of(std::vector<double> values) {
  GridColumn column;
  column.values = std::move(values);
  return column;
}

TEST(Alignments, TellHowOftenTwoDivides) {
  EXPECT_THAT(alignments(column_of({8, 12, 14, 48})), ElementsAre(3, 2, 1, 4));
}

TEST(Alignments, AreLeftOutWhereTheyTellNoMoreThanTheOrder) {
  EXPECT_THAT(alignments(column_of({1, 2, 4, 8})), IsEmpty());
  EXPECT_THAT(alignments(column_of({1, 3, 5})), IsEmpty());
}

TEST(Alignments, NeedWholeNumbersOfAtLeastOne) {
  EXPECT_THAT(alignments(column_of({0, 3, 4})), IsEmpty());
  EXPECT_THAT(alignments(column_of({1.5, 3, 4})), IsEmpty());
  EXPECT_THAT(alignments(column_of({3, 4, 1e16})), IsEmpty());
  EXPECT_THAT(alignments(column_of({3, 4})), IsEmpty());
  GridColumn names = column_of({1, 2, 3, 4, 5, 6});
  names.ordered = false;
  EXPECT_THAT(alignments(names), IsEmpty());
}

TEST(ScaledValues, AreLogarithmsFromZeroToOne) {
  const std::vector<double> scaled = scaled_values(column_of({1, 4, 16}));
  EXPECT_THAT(scaled, ElementsAre(0, ::testing::DoubleNear(0.5, 1e-9), 1));
}

TEST(ScaledValues, AddOneWhereAValueIsZero) {
  const std::vector<double> scaled = scaled_values(column_of({0, 1, 3}));
  EXPECT_THAT(scaled, ElementsAre(0, ::testing::DoubleNear(0.5, 1e-9), 1));
}

TEST(ScaledValues, StayLinearWhereAValueIsNegative) {
  EXPECT_THAT(scaled_values(column_of({-1, 0, 3})), ElementsAre(0, 0.25, 1));
}

TEST(ScaledValues, AreZeroForASingleValue) { EXPECT_THAT(scaled_values(column_of({7})), Each(0)); }

}  // namespace
}  // namespace tamis

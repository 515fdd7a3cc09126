// Partitions against asking the tree about every config of the product.

#include "model/tree_partition.h"

#include "tamis/random.h"

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

Space partitioned_space() {
  std::vector<Knob> knobs;
  const int count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        knobs.push_back(split_knob(name, *rc::gen::element(6, 8, 12), *rc::gen::inRange(2, 5)));
        break;
      case 1:
        knobs.push_back(name_knob(name, {"x", "y", "z"}));
        break;
      case 2:
        knobs.push_back(number_knob(name, {5, 1, 9, 3, 7, 20, 4}));
        break;
      default:
        knobs.push_back(number_knob(name, {1}));
    }
  }
  knobs.push_back(number_knob("last", {2, 4, 8}));
  return Space::create(std::move(knobs)).value();
}

/// A tree of some random configs with random targets.
Tree grown(const Space& space, const KnobColumns& columns, uint64_t seed) {
  Random random(seed);
  FeatureMatrix features;
  std::vector<float> targets;
  std::vector<uint32_t> rows;
  for (uint32_t i = 0; i < 40; ++i) {
    columns.append(space.draw(random), features);
    targets.push_back(static_cast<float>(random.normal()));
    rows.push_back(i);
  }
  const std::vector<float> weights(targets.size(), 1);
  const BinnedFeatures bins(features);
  return TreeGrower(bins, targets, weights, {.min_leaf_rows = 2}).grow(rows, random);
}

float asked(const Tree& tree, const KnobColumns& columns, const Config& config) {
  FeatureMatrix row;
  columns.append(config, row);
  return find_leaf(tree, row.row(0)).mean;
}

/// The mean over all configs that `counts` takes.
double mean_where(const Space& space, const std::function<double(const Config&)>& value,
                  const std::function<bool(const Config&)>& counts) {
  double sum = 0;
  double count = 0;
  for (uint64_t i = 0; i < space.size(); ++i) {
    const Config config = space.config(i);
    if (!counts(config)) continue;
    sum += value(config);
    ++count;
  }
  return sum / count;
}

TEST(TreePartition, HasTheMeansOfAllConfigs) {
  EXPECT_TRUE(rc::check([] {
    const Space space = partitioned_space();
    RC_PRE(space.size() < 20'000U);
    const KnobColumns columns(space);
    const Tree tree = grown(space, columns, *rc::gen::arbitrary<uint64_t>());
    const TreePartition partition(tree, columns);
    const auto value = [&](const Config& config) { return asked(tree, columns, config); };
    const auto all = [](const Config&) { return true; };
    const double mean = mean_where(space, value, all);
    RC_ASSERT(std::abs(partition.mean() - mean) < 1e-6);
    const auto square = [&](const Config& config) { return std::pow(value(config) - mean, 2); };
    RC_ASSERT(std::abs(partition.variance() - mean_where(space, square, all)) < 1e-6);
    for (size_t a = 0; a < space.knobs().size(); ++a) {
      const std::vector<double> marginal = partition.marginal(a);
      for (uint32_t i = 0; i < columns.values(a); ++i) {
        const auto with = [&](const Config& config) { return config.choices[a] == i; };
        RC_ASSERT(std::abs(marginal[partition.cell(a, i)] - mean_where(space, value, with)) < 1e-6);
      }
    }
  }));
}

TEST(TreePartition, HasTheMeansOfAllConfigsWithTwoValues) {
  EXPECT_TRUE(rc::check([] {
    const Space space = partitioned_space();
    RC_PRE(space.size() < 5'000U);
    const KnobColumns columns(space);
    const Tree tree = grown(space, columns, *rc::gen::arbitrary<uint64_t>());
    const TreePartition partition(tree, columns);
    const size_t a = *rc::gen::inRange<size_t>(0, space.knobs().size() - 1);
    const size_t b = space.knobs().size() - 1;
    const std::vector<double> both = partition.marginal(a, b);
    RC_ASSERT(both.size() == partition.cells(a) * partition.cells(b));
    for (uint32_t i = 0; i < columns.values(a); ++i) {
      for (uint32_t j = 0; j < columns.values(b); ++j) {
        const double mean = mean_where(
            space, [&](const Config& config) { return asked(tree, columns, config); },
            [&](const Config& config) { return config.choices[a] == i && config.choices[b] == j; });
        const size_t cell = partition.cell(a, i) * partition.cells(b) + partition.cell(b, j);
        RC_ASSERT(std::abs(both[cell] - mean) < 1e-6);
      }
    }
  }));
}

TEST(TreePartition, SplitsExplainAllOfTheVariance) {
  EXPECT_TRUE(rc::check([] {
    const Space space = partitioned_space();
    const KnobColumns columns(space);
    const TreePartition partition(grown(space, columns, *rc::gen::arbitrary<uint64_t>()), columns);
    double sum = 0;
    for (size_t knob = 0; knob < space.knobs().size(); ++knob) {
      sum += partition.gain(knob);
      double weight = 0;
      for (const double one : partition.weights(knob)) weight += one;
      RC_ASSERT(std::abs(weight - 1) < 1e-9);
    }
    RC_ASSERT(std::abs(sum - partition.variance()) < 1e-9 + 1e-6 * partition.variance());
  }));
}

TEST(KnobColumns, RankNumbersAndGiveASplitAColumnForEachFactorButTheOutermost) {
  const Space space = Space::create({number_knob("n", {100, 1, 10}), split_knob("s", 8, 3),
                                     name_knob("m", {"b", "a"}), number_knob("one", {7})})
                          .value();
  const KnobColumns columns(space);
  EXPECT_EQ(columns.columns(), 4U);
  EXPECT_EQ(columns.first(1), 1U);
  EXPECT_EQ(columns.first(2), 3U);
  EXPECT_EQ(columns.first(3), columns.first(4));
  EXPECT_EQ(columns.number(0, 0), 2);
  EXPECT_EQ(columns.number(0, 1), 0);
  EXPECT_EQ(columns.number(3, 1), 1) << "names keep their positions";
  EXPECT_EQ(columns.count_up_to(0, 0.5F), 1U);
}

}  // namespace
}  // namespace tamis

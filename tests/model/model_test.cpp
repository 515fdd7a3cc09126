#include "model/model.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

/// The definition word for word, without the counting trick of the product. All labels and predictions must
/// differ.
double recall_by_definition(const std::vector<float>& predictions, const std::vector<float>& labels,
                            size_t top) {
  std::vector<size_t> visited(labels.size());
  std::iota(visited.begin(), visited.end(), size_t{0});
  std::sort(visited.begin(), visited.end(),
            [&](size_t a, size_t b) { return predictions[a] > predictions[b]; });
  double sum = 0;
  for (size_t i = 0; i < std::min(top, visited.size()); ++i) {
    size_t counted = 0;
    for (size_t j = 0; j < i; ++j) {
      const size_t rank = static_cast<size_t>(std::count_if(
          labels.begin(), labels.end(), [&](float label) { return label > labels[visited[j]]; }));
      counted += rank <= i ? 1 : 0;
    }
    sum += static_cast<double>(counted) / static_cast<double>(i + 1);
  }
  return sum / static_cast<double>(top);
}

TEST(AverageRecall, OfAPerfectOrderIsTheMeanOfIOverIPlusOne) {
  const std::vector<float> values = {4, 3, 2, 1};
  EXPECT_DOUBLE_EQ(average_recall(values, values, 4), (0.0 / 1 + 1.0 / 2 + 2.0 / 3 + 3.0 / 4) / 4);
}

TEST(AverageRecall, OfAReversedOrderCountsOnlyLateRanks) {
  const std::vector<float> predictions = {1, 2, 3, 4};
  const std::vector<float> labels = {4, 3, 2, 1};
  // Visited ranks are 3, 2, 1, 0: before i = 3 one of rank 2 is counted at i = 2; at 3 all of the first three
  // are.
  EXPECT_DOUBLE_EQ(average_recall(predictions, labels, 4), (0 + 0 + 1.0 / 3 + 3.0 / 4) / 4);
}

TEST(AverageRecall, CountsPositionsPastTheEndAsZero) {
  const std::vector<float> values = {2, 1};
  EXPECT_DOUBLE_EQ(average_recall(values, values, 64), 0.5 / 64);
  EXPECT_DOUBLE_EQ(average_recall({}, {}, 64), 0.0);
}

TEST(AverageRecall, RanksEqualLabelsInTheOrderOfVisiting) {
  const std::vector<float> predictions = {1, 2, 3, 4};
  const std::vector<float> labels = {0, 0, 0, 0};
  EXPECT_DOUBLE_EQ(average_recall(predictions, labels, 4), average_recall(labels, labels, 4));
}

TEST(AverageRecall, AgreesWithItsDefinition) {
  EXPECT_TRUE(rc::check([] {
    const auto size = *rc::gen::inRange<size_t>(1, 60);
    const auto top = *rc::gen::inRange<size_t>(1, 70);
    const auto make_distinct = [size] {
      return *rc::gen::unique<std::vector<float>>(
          size,
          rc::gen::map(rc::gen::inRange(0, 100000), [](int value) { return static_cast<float>(value); }));
    };
    const std::vector<float> predictions = make_distinct();
    const std::vector<float> labels = make_distinct();
    RC_ASSERT(std::abs(average_recall(predictions, labels, top) -
                       recall_by_definition(predictions, labels, top)) < 1e-12);
  }));
}

}  // namespace
}  // namespace tamis

#include "experiment/report/columns.h"

#include "base/bytes.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::report {
namespace {

template <class Element>
std::vector<Element> elements_of(const Json& column) {
  const std::string bytes = from_base64(column.at("data").get<std::string>(), "column").value();
  std::vector<Element> elements(bytes.size() / sizeof(Element));
  std::memcpy(elements.data(), bytes.data(), elements.size() * sizeof(Element));
  return elements;
}

TEST(ReportColumns, HoldWholeNumbersInTheNarrowestType) {
  EXPECT_EQ(whole_column(std::vector<uint32_t>{1, 255}).at("type"), "u8");
  EXPECT_EQ(whole_column(std::vector<uint32_t>{1, 256}).at("type"), "u16");
  const Json wide = whole_column(std::vector<uint32_t>{1, 65536});
  EXPECT_EQ(wide.at("type"), "u32");
  EXPECT_EQ(elements_of<uint32_t>(wide), (std::vector<uint32_t>{1, 65536}));
}

TEST(ReportColumns, SayANumberOnceWhereAllAreEqual) {
  EXPECT_EQ(whole_column(std::vector<uint32_t>{7, 7, 7}), (Json{{"all", 7}}));
  EXPECT_EQ(whole_column({}), (Json{{"all", 0}}));
}

TEST(ReportColumns, HoldTimesAsDifferences) {
  const Json column = time_column(std::vector<int64_t>{5, 3, 1'000});
  EXPECT_EQ(column.at("delta"), true);
  EXPECT_EQ(elements_of<int32_t>(column), (std::vector<int32_t>{5, -2, 997}));
}

/// A clock that was set years back must not wrap around.
TEST(ReportColumns, CutOffATimeThatIsTooFarAway) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  const Json column = time_column(std::vector<int64_t>{0, 3 * kMost, 3 * kMost});
  EXPECT_EQ(elements_of<int32_t>(column), (std::vector<int32_t>{0, kMost, kMost}));
}

TEST(ReportColumns, HoldValuesInSinglePrecisionWhereItsRangeTakesThem) {
  const Json column = value_column(std::vector<double>{1.5, std::nan(""), 0});
  EXPECT_EQ(column.at("type"), "f32");
  const std::vector<float> values = elements_of<float>(column);
  EXPECT_EQ(values.at(0), 1.5F);
  EXPECT_TRUE(std::isnan(values.at(1)));
  EXPECT_EQ(value_column(std::vector<double>{1e300}).at("type"), "f64");
  EXPECT_EQ(elements_of<double>(value_column(std::vector<double>{-1e-300, 2})),
            (std::vector<double>{-1e-300, 2}));
}

}  // namespace
}  // namespace tamis::report

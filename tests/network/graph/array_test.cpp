#include "network/graph/array.h"

#include "network/graph/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ElementCount, IsTheProductOfTheSizes) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({2, 3}), 6);
  EXPECT_EQ(element_count({0, int64_t{1} << 60, int64_t{1} << 60}), 0);
  EXPECT_EQ(element_count({int64_t{1} << 30, int64_t{1} << 30}), std::nullopt);
  EXPECT_EQ(element_count({2, -1}), std::nullopt);
}

TEST(Array, SharesItsElementsWithCopiesOfAnotherShape) {
  const Array array = Array::of<int8_t>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Array flat = array.reshaped({6});
  EXPECT_EQ(flat.bytes().data(), array.bytes().data());
  EXPECT_THAT(flat.values<int8_t>(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Array, GivesIntegersOfEveryIntegerType) {
  EXPECT_THAT(*Array::of<bool>({2}, {true, false}).integers(), ElementsAre(1, 0));
  EXPECT_THAT(*Array::scalar<uint8_t>(200).integers(), ElementsAre(200));
  EXPECT_FALSE(Array::scalar<float>(1).integers().has_value());
}

TEST(ElementType, IsReadByItsWord) {
  EXPECT_EQ(parse_element_type("bfloat16").value(), ElementType::bfloat16);
  EXPECT_EQ(element_size(ElementType::bfloat16), 2U);
  EXPECT_THAT(parse_element_type("float3").error().message, HasSubstr("float32"));
}

TEST(Node, IsDescribedByItsPlaceNameAndType) {
  Node node{
      .type = "Conv", .domain = {}, .opset = 17, .name = "stem", .place = 3, .inputs = {}, .outputs = {}};
  EXPECT_EQ(describe(node), "node 3 \"stem\" (Conv)");
  node.name.clear();
  node.domain = "com.example";
  EXPECT_EQ(describe(node), "node 3 (com.example:Conv)");
}

TEST(Node, IsDescribedWithoutWhatMovesACursor) {
  const Node node{.type = "Re\nlu",
                  .domain = {},
                  .opset = 17,
                  .name = "a\x1B[31m",
                  .place = 0,
                  .inputs = {},
                  .outputs = {}};
  EXPECT_EQ(describe(node), "node 0 \"a?[31m\" (Re?lu)");
  EXPECT_EQ(printable(std::string(300, 'x')), std::string(200, 'x') + "...");
}

TEST(DeclaredShape, IsWrittenWithItsSymbols) {
  EXPECT_EQ(to_string(std::vector<Dimension>{{1, ""}, {std::nullopt, "H"}, {std::nullopt, ""}}), "1xHx?");
  EXPECT_EQ(to_string(std::vector<Dimension>{}), "scalar");
}

}  // namespace
}  // namespace tamis::network

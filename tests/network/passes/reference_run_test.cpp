#include "network/passes/reference_run.h"

#include "network/passes/graphs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Resolved relu_of_sum() {
  return resolve(TestGraph()
                     .input("x", {fixed(2)})
                     .constant("k", floats({2}, {1, -5}))
                     .node("Add", {"x", "k"}, {"s"})
                     .node("Relu", {"s"}, {"y"})
                     .output("y")
                     .output("s")
                     .output("k")
                     .model(),
                 {})
      .value();
}

TEST(ReferenceRun, GivesTheOutputsInTheirOrder) {
  const auto outputs = reference_run(relu_of_sum(), {{"x", floats({2}, {1, 2})}}).value();
  ASSERT_EQ(outputs.size(), 3U);
  EXPECT_THAT(outputs[0].values<float>(), ElementsAre(2, 0));
  EXPECT_THAT(outputs[1].values<float>(), ElementsAre(2, -3)) << "taken by a node, and an output";
  EXPECT_THAT(outputs[2].values<float>(), ElementsAre(1, -5)) << "a constant may be an output";
}

TEST(ReferenceRun, RefusesInputsThatDoNotFit) {
  const Resolved network = relu_of_sum();
  EXPECT_THAT(reference_run(network, {}).error().message, HasSubstr("input \"x\" is missing"));
  EXPECT_THAT(reference_run(network, {{"x", floats({3}, {1, 2, 3})}}).error().message,
              HasSubstr("must be float32 2, not float32 3"));
  EXPECT_THAT(reference_run(network, {{"x", floats({2}, {1, 2})}, {"z", floats({1}, {1})}}).error().message,
              HasSubstr("no input \"z\""));
}

}  // namespace
}  // namespace tamis::network

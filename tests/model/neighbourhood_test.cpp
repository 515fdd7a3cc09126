#include "model/neighbourhood.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(Neighbourhood, BelievesWhatIsNear) {
  Neighbourhood model({.reach = 0.2});
  const std::vector<float> valid = {1, 0};
  ASSERT_TRUE(model.fit({1, {0, 1}}, valid).ok());
  const std::vector<float> predictions = model.predict({1, {0, 0.1F, 0.9F, 1}}).value();
  EXPECT_NEAR(predictions[0], 0.75, 1e-4);
  EXPECT_GT(predictions[1], 0.5F);
  EXPECT_LT(predictions[1], predictions[0]);
  EXPECT_LT(predictions[2], 0.5F);
  EXPECT_NEAR(predictions[3], 0.25, 1e-4);
}

TEST(Neighbourhood, FallsBackOnTheMeanFarFromEverything) {
  Neighbourhood model({.reach = 0.01});
  const std::vector<float> valid = {1, 0, 0, 0, 0, 0, 0, 0};
  ASSERT_TRUE(model.fit({1, {0, 1, 2, 3, 4, 5, 6, 7}}, valid).ok());
  EXPECT_NEAR(model.predict({1, {100}}).value()[0], 0.2, 1e-6);
}

TEST(Neighbourhood, GrowsSurerWithMoreOfTheSame) {
  Neighbourhood model;
  const std::vector<float> once = {1};
  const std::vector<float> thrice = {1, 1, 1};
  ASSERT_TRUE(model.fit({1, {0}}, once).ok());
  const float unsure = model.predict({1, {0}}).value()[0];
  ASSERT_TRUE(model.fit({1, {0, 0, 0}}, thrice).ok());
  EXPECT_GT(model.predict({1, {0}}).value()[0], unsure);
}

TEST(Neighbourhood, RefusesWhatItCannotLearnFromOrPredict) {
  Neighbourhood model;
  EXPECT_EQ(model.fit({}, {}).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(model.predict({1, {0}}).error().kind, ErrorKind::invalid_input);
  const std::vector<float> valid = {1};
  ASSERT_TRUE(model.fit({1, {0}}, valid).ok());
  EXPECT_EQ(model.predict({2, {0, 0}}).error().kind, ErrorKind::invalid_input);
}

}  // namespace
}  // namespace tamis

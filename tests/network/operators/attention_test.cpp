#include "network/operators/calls.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;

/// One head in which every query sees every key alike, so that results are plain averages of the values.
TestCall averaging(size_t queries, const std::vector<float>& values) {
  const auto keys = static_cast<int64_t>(values.size());
  const auto rows = static_cast<int64_t>(queries);
  return {"Attention",
          {Array::of<float>({1, 1, rows, 1}, std::vector<float>(queries, 0)),
           Array::of<float>({1, 1, keys, 1}, std::vector<float>(values.size(), 1)),
           Array::of<float>({1, 1, keys, 1}, values)},
          {},
          25};
}

std::string refused(const TestCall& call) { return run(call).error().message; }

TEST(Attention, WeighsValuesByTheSoftmaxOfScaledProducts) {
  TestCall call = averaging(1, {0, 1});
  call.inputs[0] = Array::of<float>({1, 1, 1, 1}, {2});
  call.inputs[1] = Array::of<float>({1, 1, 2, 1}, {1, 2});
  EXPECT_THAT(values_of<float>(call), ElementsAre(FloatNear(1 / (1 + std::exp(-2.0F)), 1e-6F)));
  call.attributes["scale"] = 0.5F;
  EXPECT_THAT(values_of<float>(call), ElementsAre(FloatNear(1 / (1 + std::exp(-1.0F)), 1e-6F)));
}

TEST(Attention, HidesLaterKeysWhereItIsCausal) {
  TestCall call = averaging(3, {1, 3, 8});
  call.attributes["is_causal"] = int64_t{1};
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 2, 4));
}

TEST(Attention, SeesWhatCameBefore) {
  TestCall call = averaging(1, {8});
  call.inputs.resize(6);
  call.inputs[4] = Array::of<float>({1, 1, 2, 1}, {1, 1});
  call.inputs[5] = Array::of<float>({1, 1, 2, 1}, {1, 3});
  call.attributes["is_causal"] = int64_t{1};
  call.outputs = 3;
  EXPECT_THAT(values_of<float>(call), ElementsAre(4));
  EXPECT_EQ(run(call).value()[2].shape(), (Shape{1, 1, 3, 1}));
  call.inputs[5].reset();
  EXPECT_THAT(refused(call), HasSubstr("both past_key and past_value, or neither"));
}

TEST(Attention, TakesMasksOfBooleansAndOfNumbers) {
  TestCall call = averaging(1, {1, 3, 8});
  call.inputs.emplace_back(Array::of<bool>({1, 3}, {true, true, false}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(2));
  call.inputs[3] = Array::of<float>({1, 2}, {0, 0});  // the third key is hidden
  EXPECT_THAT(values_of<float>(call), ElementsAre(2));
  call.inputs[3] = Array::of<float>({2, 3}, {0, 0, 0, 0, 0, 0});
  EXPECT_THAT(refused(call), HasSubstr("does not go"));
}

TEST(Attention, GivesZerosWhereNothingIsInSight) {
  TestCall call = averaging(2, {1, 3});
  call.inputs.emplace_back(Array::of<bool>({2, 2}, {false, false, true, false}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(0, 1));
}

TEST(Attention, HidesPadding) {
  TestCall call = averaging(1, {1, 3, 8});
  call.inputs.resize(7);
  call.inputs[6] = Array::of<int64_t>({1}, {2});
  EXPECT_THAT(values_of<float>(call), ElementsAre(2));
  call.inputs[6] = Array::of<int64_t>({1}, {4});
  EXPECT_THAT(refused(call), HasSubstr("nonpad_kv_seqlen is 4, but must be from 0 to 3"));
}

TEST(Attention, SeesAWindowAroundItsPlace) {
  TestCall call = averaging(3, {1, 3, 8});
  call.attributes["left_window_size"] = int64_t{0};
  call.attributes["right_window_size"] = int64_t{1};
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 5.5F, 8));
}

TEST(Attention, SharesKeysAmongHeadsThatAreJoined) {
  const TestCall call{"Attention",
                      {Array::of<float>({1, 1, 4}, {0, 0, 0, 0}), Array::of<float>({1, 2, 2}, {1, 1, 1, 1}),
                       Array::of<float>({1, 2, 2}, {1, 10, 3, 30})},
                      {{"q_num_heads", int64_t{4}}, {"kv_num_heads", int64_t{2}}},
                      23};
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{1, 1, 4}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 2, 20, 20));
}

TEST(Attention, GivesTheStageOfItsScoresThatIsAskedFor) {
  TestCall call = averaging(1, {1, 3});
  call.inputs[0] = Array::of<float>({1, 1, 1, 1}, {2});
  call.attributes["softcap"] = 1.0F;
  call.outputs = 4;
  const auto stage = [&](int64_t mode) {
    call.attributes["qk_matmul_output_mode"] = mode;
    const Array scores = run(call).value()[3];
    return std::vector<float>(scores.values<float>().begin(), scores.values<float>().end());
  };
  EXPECT_THAT(stage(0), Each(2));
  EXPECT_THAT(stage(1), Each(FloatNear(std::tanh(2.0F), 1e-6F)));
  EXPECT_THAT(stage(3), Each(0.5F));
}

TEST(Attention, RefusesHeadsThatDoNotGoTogether) {
  TestCall call = averaging(1, {1});
  call.inputs[0] = Array::of<float>({1, 1, 1, 2}, {0, 0});
  EXPECT_THAT(refused(call), HasSubstr("do not go together"));
  call = {"Attention",
          {Array::of<float>({1, 1, 3}, {0, 0, 0}), Array::of<float>({1, 1, 1}, {0}),
           Array::of<float>({1, 1, 1}, {0})},
          {{"q_num_heads", int64_t{2}}, {"kv_num_heads", int64_t{1}}}};
  EXPECT_THAT(refused(call), HasSubstr("\"q_num_heads\" is 2, into which 3 is not divisible"));
}

}  // namespace
}  // namespace tamis::network

#include "base/json.h"
#include "targets/gpu/operator_task.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::ElementsAre;

DeviceFacts printed_device() {
  DeviceFacts facts;
  facts.group_items = 1024;
  facts.group_sizes = {1024, 1024, 64};
  facts.shared_bytes = 48 << 10;
  return facts;
}

/// What stands behind the source of a config; the knobs that are not given have their first value.
Json launches_of(const std::string& spec, const std::vector<std::string>& knobs) {
  const Workload workload = resolve_workloads(spec, {DataType::float32, Layout::nchw}).value().front();
  const auto runtime = std::make_shared<SharedRuntime>(
      []() -> Result<std::unique_ptr<Runtime>> { return io_error("nothing is opened"); });
  const auto task =
      make_operator_task(operator_facts(workload, printed_device()).value(), Language::cuda, runtime);
  const Config config = task->space().parse(knobs).value();
  const std::vector<ProgramText> texts = print_cuda_program(*task, config, {}).value();
  EXPECT_EQ(texts.at(1).title, "launches");
  return parse_json(texts.at(1).text, "launches").value();
}

TEST(PrintedOperator, SaysHowItIsLaunched) {
  const Json json = launches_of("matmul:m=256,n=64,k=256,bias=0,relu=0", {"split_k=2", "items_m=8"});
  ASSERT_EQ(json["launches"].size(), 2U);
  EXPECT_EQ(json["launches"][0]["entry"], "matmul_1");
  EXPECT_EQ(json["launches"][0]["group"][0], 8);
  EXPECT_EQ(json["launches"][0]["groups"][2], 2);
  std::vector<std::string> roles;
  for (const Json& argument : json["arguments"]) roles.push_back(argument["role"]);
  EXPECT_THAT(roles, ElementsAre("input", "weights", "output", "scratch"));
  EXPECT_EQ(json["arguments"][0]["bytes"], 256 * 256 * 4);
  EXPECT_THAT(json["launches"][0]["arguments"].get<std::vector<int>>(), ElementsAre(0, 1, 3));
}

TEST(PrintedOperator, SaysHowWeightsArePacked) {
  const std::string spec = "conv2d:ci=8,h=12,w=12,co=16,k=3,pad=1,bias=0,relu=0";
  const Json packed = launches_of(spec, {})["arguments"][1];
  EXPECT_THAT(packed["extents"].get<std::vector<int>>(), ElementsAre(16, 8, 3, 3));
  EXPECT_THAT(packed["order"].get<std::vector<int>>(), ElementsAre(2, 3, 1, 0));
  const Json transformed = launches_of(spec, {"algorithm=winograd2"})["arguments"][1];
  EXPECT_FALSE(transformed.contains("order"));
  EXPECT_EQ(transformed["transform"].size(), 4U);
  EXPECT_THAT(transformed["transform"][1].get<std::vector<double>>(), ElementsAre(0.5, 0.5, 0.5));
  EXPECT_EQ(transformed["bytes"], 4 * 4 * 8 * 16 * 4);
}

}  // namespace
}  // namespace tamis::gpu

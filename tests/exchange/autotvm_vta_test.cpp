#include "exchange/autotvm_vta.h"

#include "base/file.h"
#include "base/text.h"
#include "tamis/suite.h"
#include "tamis/targets.h"
#include "targets/vta/schedule/schedule.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTarget = "ext_dev -keys=vta,cpu -device=vta -model=sim_1x16x16_i8w8a32_15_15_18_17";

Space space_of(const Hardware& hardware, const Workload& workload, SpaceKind kind = SpaceKind::autotvm) {
  return schedule_space(workload, block_workload(workload, hardware).value(), kind).value();
}

AutotvmTask task_for(const std::string& spec, const Hardware& hardware = {}) {
  const Workload workload = parse_spec(spec).value();
  const auto task = task_of(hardware, workload, space_of(hardware, workload));
  EXPECT_TRUE(task.ok()) << spec << ": " << task.error().message;
  return task.ok() ? *task : AutotvmTask();
}

TEST(VtaTask, IsTheOneThatTvmWrote) {
  const std::string path = std::string(TAMIS_TEST_DATA) + "/autotvm/vta_c9.log.gz";
  const AutotvmTask recorded =
      parse_autotvm_record(split_text(read_file(path).value(), '\n').front()).value().task;
  const Workload c9 = resolve_workloads("resnet18.C9").value().front();
  EXPECT_EQ(task_of({}, c9, space_of({}, c9)).value(), recorded);
  const AutotvmTemplate made = template_of(recorded).value();
  EXPECT_EQ(made.workload.shape, c9.shape);
  EXPECT_EQ(made.space.fingerprint(), space_of({}, c9).fingerprint());
}

TEST(VtaTask, HasTheArgumentsOfItsTemplate) {
  EXPECT_EQ(task_for("dense:n=1,ci=768,co=3072").args,
            R"([["TENSOR", [1, 48, 1, 16], "int8"], ["TENSOR", [192, 48, 16, 16], "int8"], null, "int32"])");
  const AutotvmTask grouped = task_for("grouped_conv2d:ci=64,h=8,w=8,co=128,k=3,pad=1,groups=2");
  EXPECT_EQ(grouped.name, "group_conv2d_packed.vta");
  EXPECT_EQ(grouped.args,
            R"([["TENSOR", [1, 4, 8, 8, 1, 16], "int8"], ["TENSOR", [8, 2, 3, 3, 16, 16], "int8"], )"
            R"([1, 1], [1, 1, 1, 1], [1, 1], 2, "int32"])");
  const AutotvmTask transposed = task_for("conv2d_transpose:ci=32,h=4,w=4,co=16,k=3,stride=1,pad=1");
  EXPECT_EQ(transposed.args,
            R"([["TENSOR", [1, 2, 4, 4, 1, 16], "int8"], ["TENSOR", [1, 2, 3, 3, 16, 16], "int8"], )"
            R"([1, 1], [1, 1, 1, 1], "int32", [0, 0]])");
  EXPECT_EQ(transposed.target, kTarget);
}

TEST(VtaTask, OfEveryLayerIsReadBack) {
  Hardware wide;
  wide.log_batch = 1;
  wide.log_block = 3;
  for (const Hardware& hardware : {Hardware{}, wide})
    for (const std::string spec :
         {"conv2d:n=2,ci=64,h=56,w=28,co=32,kh=3,kw=1,stride_h=2,pad_h=1", "dense:n=4,ci=64,co=48",
          "grouped_conv2d:n=2,ci=64,h=8,w=8,co=64,k=3,pad=1,groups=4",
          "conv2d_transpose:n=2,ci=32,h=4,w=4,co=16,k=3,pad=1"}) {
      const Workload workload = parse_spec(spec).value();
      const AutotvmTemplate made = template_of(task_for(spec, hardware)).value();
      EXPECT_EQ(made.workload, workload) << spec;
      EXPECT_EQ(made.space.fingerprint(), space_of(hardware, workload).fingerprint()) << spec;
    }
}

TEST(VtaTask, IsNotMadeOfWhatTvmCannot) {
  const auto refusal = [](const std::string& spec) {
    const Workload workload = parse_spec(spec).value();
    const auto task = task_of({}, workload, space_of({}, workload));
    return task.ok() ? "none" : task.error().message;
  };
  EXPECT_THAT(refusal("depthwise_conv2d:ci=64,h=8,w=8,k=3,pad=1"), HasSubstr("groups that do not fill"));
  EXPECT_THAT(refusal("conv2d_transpose:ci=32,h=4,w=4,co=16,k=4,stride=2,pad=1"), HasSubstr("strides"));
  EXPECT_THAT(refusal("conv2d:ci=32,h=8,w=8,co=16,kh=1,kw=3,pad_w=1"), HasSubstr("padding of columns alone"));
  const Workload c9 = resolve_workloads("resnet18.C9").value().front();
  EXPECT_THAT(task_of({}, c9, space_of({}, c9, SpaceKind::wide)).error().message,
              HasSubstr("not those of TVM's template"));
}

TEST(VtaTask, IsForeignWhereTheTargetHasNoWorkloadForIt) {
  const AutotvmTask good = task_for("conv2d:ci=32,h=8,w=8,co=16,k=3,pad=1");
  const auto refused = [&](const std::string& part, const std::string& replacement) {
    AutotvmTask task = good;
    const size_t at = task.args.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    task.args.replace(at, part.size(), replacement);
    const auto made = template_of(task);
    return !made.ok() && made.error().kind != ErrorKind::internal;
  };
  EXPECT_TRUE(refused("[1, 1, 1, 1]", "[0, 0, 1, 1]"));
  EXPECT_TRUE(refused("[1, 1, 1, 1]", "[1]"));
  EXPECT_TRUE(refused("[1, 1], \"NCHW", "[2, 2], \"NCHW"));
  EXPECT_TRUE(refused("\"int8\"", "\"float32\""));
  EXPECT_TRUE(refused("[1, 2, 8, 8, 1, 16]", "[1, 2, 8, 8, 1, 12]"));
  EXPECT_TRUE(refused("[1, 2, 8, 8, 1, 16]", "[1, 3, 8, 8, 1, 16]"));
  EXPECT_TRUE(refused("[1, 2, 8, 8, 1, 16]", "[1, 2, 8, 0, 1, 16]"));
  EXPECT_TRUE(refused("[1, 2, 8, 8, 1, 16]", "[1, 2, 2147483647, 2147483647, 1, 16]"));
  EXPECT_TRUE(refused("[1, 1], [1, 1, 1, 1]", "[0, 1], [1, 1, 1, 1]"));
  AutotvmTask other = good;
  other.name = "conv2d_nchw.cuda";
  EXPECT_THAT(template_of(other).error().message, HasSubstr("none of TVM's VTA templates"));
  other = good;
  other.args = "[]";
  EXPECT_FALSE(template_of(other).ok());
}

TEST(VtaTask, KnowsTheDeviceOfATarget) {
  const Hardware hardware = hardware_of_target("ext_dev -model=pynq_2x8x8_i8w8a32_15_15_18_17 -x").value();
  EXPECT_EQ(hardware.batch(), 2);
  EXPECT_EQ(hardware.block(), 8);
  EXPECT_EQ(hardware_of_target("ext_dev -model=ultra96_1x16_i8w8a32_15_15_18_17").value().block(), 16);
  EXPECT_EQ(hardware_of_target("ext_dev -device=vta").value(), Hardware{});
  for (const std::string model : {"v100", "sim_", "sim_1x16x8_i8", "sim_1x15x15_i8", "sim_-1x16x16_"})
    EXPECT_FALSE(hardware_of_target("ext_dev -model=" + model).ok()) << model;
}

TEST(VtaTask, KnowsTheDeviceOfAnIdentity) {
  const auto target = make_target("vta", {}).value();
  const SharedTask task = bind_task(target, resolve_workloads("resnet18.C2").value().front()).value();
  EXPECT_EQ(hardware_of_identity(to_string(task->identity())).value(), Hardware{});
  EXPECT_FALSE(hardware_of_identity("vta 1").ok());
  EXPECT_FALSE(hardware_of_identity("cpu " + task->identity().subject).ok()) << "of another kind";
  EXPECT_FALSE(hardware_of_identity("vta {\"A\":1}").ok());
}

}  // namespace
}  // namespace tamis::vta

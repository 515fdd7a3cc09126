// Every config of small spaces, on several devices in every design: what the static checks let through
// computes the reference result, and what they reject comes out on the unchecked device as they predicted.

#include "base/file.h"
#include "base/json.h"
#include "tamis/random.h"
#include "targets/vta/codegen/codegen.h"
#include "targets/vta/schedule/schedule.h"
#include "targets/vta/vta_testing.h"

#include <map>
#include <set>
#include <tuple>

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using testing::attempt;
using testing::Attempt;
using testing::small_hardware;
using testing::workload;

SharedTask task_on(const Hardware& hardware, const Workload& operation, const std::string& checks,
                   const std::string& space) {
  const std::string path = ::testing::TempDir() + "/every_config_" + hardware.model() + "_" +
                           std::string(to_string(hardware.design)) + ".json";
  EXPECT_TRUE(write_file(path, to_json(hardware).dump()).ok());
  const auto target = make_target("vta:" + path, {{"checks", checks}, {"space", space}});
  EXPECT_TRUE(target.ok()) << (target.ok() ? "" : target.error().message);
  if (!target.ok()) return nullptr;
  const Result<SharedTask> task = bind_task(*target, operation);
  EXPECT_TRUE(task.ok()) << (task.ok() ? "" : task.error().message);
  return task.ok() ? *task : nullptr;
}

struct Case {
  const char* name;
  const char* spec;
  Hardware hardware;
  const char* space = "template";
  uint64_t most = 400;  ///< a random sample of a larger space
  /// The designs in which a config must be valid, so that the case shows something.
  std::set<Design> valid_in = {Design::chisel, Design::hls, Design::fsim};
};

void PrintTo(const Case& one, std::ostream* stream) { *stream << one.name; }

Hardware with_batch_2() {
  Hardware hardware = small_hardware();
  hardware.log_batch = 1;
  return hardware;
}

Hardware with_few_uops() {
  Hardware hardware = small_hardware();
  hardware.uop_entries = 32;
  return hardware;
}

Hardware with_short_stream() {
  Hardware hardware = small_hardware();
  hardware.max_instructions = 200;
  return hardware;
}

Hardware sample_device(const std::string& name) {
  const Result<Hardware> hardware =
      read_hardware(std::string(TAMIS_TEST_DATA) + "/vta/devices/" + name + ".json");
  EXPECT_TRUE(hardware.ok()) << (hardware.ok() ? "" : hardware.error().message);
  return hardware.ok() ? *hardware : Hardware{};
}

bool has_each_feature_once(const Features& features) {
  std::set<std::string> names;
  for (const auto& [name, value] : features.values) names.insert(name);
  return names.size() == features.values.size();
}

// Sanitizers look at a part of the configs: they make each some fifteen times as slow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kShare = 5;
#else
constexpr uint64_t kShare = 1;
#endif

class EveryConfig : public ::testing::TestWithParam<std::tuple<Case, Design>> {};

TEST_P(EveryConfig, AgreesWithTheStaticChecks) {
  Case one = std::get<Case>(GetParam());
  one.hardware.design = std::get<Design>(GetParam());
  const Workload operation = workload(one.spec);
  const SharedTask checked = task_on(one.hardware, operation, "static", one.space);
  const SharedTask unchecked = task_on(one.hardware, operation, "none", one.space);
  ASSERT_TRUE(checked && unchecked);
  const Space& space = checked->space();
  const BlockedWorkload blocked = *block_workload(operation, one.hardware);
  const WorkloadData data = make_data(operation, 11);
  Random random(5);
  std::map<Verdict, int> seen;
  const uint64_t most = one.most / kShare;
  const bool all = space.size() <= most;
  for (uint64_t i = 0; i < (all ? space.size() : most); ++i) {
    const Config config = space.config(all ? i : random.below(space.size()));
    const Generated generated = generate(one.hardware, operation, blocked, space, config, true);
    EXPECT_TRUE(has_each_feature_once(generated.features));
    const Attempt run = attempt(*unchecked, config, data);
    const Verdict predicted = generated.rejection ? generated.rejection->on_device : Verdict::valid;
    ASSERT_EQ(to_string(run.verdict), to_string(predicted))
        << space.describe(config)
        << "\nstatic: " << (generated.rejection ? generated.rejection->message : "valid")
        << "\ndevice: " << run.message;
    const Attempt safe = attempt(*checked, config, data);
    ASSERT_EQ(to_string(safe.verdict),
              to_string(generated.rejection ? generated.rejection->verdict : Verdict::valid));
    ++seen[predicted];
  }
  EXPECT_EQ(seen[Verdict::valid] > 0, one.valid_in.contains(one.hardware.design));
}

constexpr auto kDesigns = {Design::chisel, Design::hls, Design::fsim};

std::string case_name(const ::testing::TestParamInfo<std::tuple<Case, Design>>& each) {
  return std::string(std::get<Case>(each.param).name) + "_" +
         std::string(to_string(std::get<Design>(each.param)));
}

INSTANTIATE_TEST_SUITE_P(
    Small, EveryConfig,
    ::testing::Combine(
        ::testing::Values(
            Case{"Conv", "conv2d:ci=32,h=8,w=8,co=32,k=3,pad=1", small_hardware()},
            Case{"ConvOddExtents", "conv2d:ci=24,h=7,w=5,co=40,k=3,pad=1", small_hardware()},
            Case{"ConvStride2", "conv2d:ci=16,h=12,w=12,co=32,k=3,stride=2,pad=1", small_hardware()},
            Case{"ConvUnequalStridesAndPads",
                 "conv2d:ci=16,h=9,w=10,co=16,kh=1,kw=5,stride_h=1,stride_w=2,pad_h=0,pad_w=2",
                 small_hardware()},
            Case{"ConvPadWiderThanKernel", "conv2d:ci=16,h=6,w=6,co=16,k=1,pad=3", small_hardware()},
            Case{"ConvPadTooWideForItsField",
                 "conv2d:ci=16,h=4,w=4,co=16,kh=1,kw=20,pad_h=0,pad_w=18",
                 small_hardware(),
                 "template",
                 400,
                 {}},
            Case{"ConvLargeKernel", "conv2d:ci=8,h=14,w=14,co=8,k=7,pad=3", small_hardware()},
            Case{"ConvWithoutBias", "conv2d:ci=32,h=16,w=16,co=32,k=1,bias=0", small_hardware()},
            Case{"ConvWithoutShift", "conv2d:ci=16,h=6,w=6,co=16,k=1,shift=0,clip_min=-128",
                 small_hardware()},
            Case{"ConvBatch", "conv2d:n=4,ci=16,h=6,w=6,co=16,k=3,pad=1", small_hardware()},
            Case{"ConvBatchInLanes", "conv2d:n=3,ci=16,h=6,w=6,co=16,k=3,pad=1", with_batch_2()},
            Case{"ConvFewUops", "conv2d:ci=32,h=8,w=8,co=32,k=3,pad=1", with_few_uops()},
            Case{"ConvFewUopsWide", "conv2d:n=2,ci=32,h=6,w=6,co=32,k=3,pad=1,bias=0", with_few_uops(),
                 "wide", 1200},
            Case{"ConvShortStream", "conv2d:ci=32,h=8,w=8,co=32,k=3,pad=1", with_short_stream()},
            Case{"ConvDefaultDevice", "conv2d:ci=32,h=14,w=14,co=32,k=3,pad=1", Hardware{}},
            Case{"ConvWide", "conv2d:ci=32,h=8,w=8,co=32,k=3,pad=1", small_hardware(), "wide", 1200},
            Case{"ConvWideStride2Batch", "conv2d:n=2,ci=32,h=7,w=9,co=16,k=3,stride=2,pad=1",
                 small_hardware(), "wide", 1200},
            Case{"ConvWideSkipsRows", "conv2d:n=2,ci=32,h=12,w=12,co=48,k=1,stride=2", small_hardware(),
                 "wide", 1200},
            Case{"ConvWideSkipsRowsUnevenly",
                 "conv2d:ci=32,h=13,w=11,co=32,kh=1,kw=3,stride=3,pad_h=0,pad_w=1", small_hardware(), "wide",
                 1200},
            Case{"ConvWidePadsWholeTiles", "conv2d:ci=16,h=6,w=6,co=16,k=1,pad=3", small_hardware(), "wide",
                 800},
            Case{"ConvWideSkipsRowsBesidePaddedTiles",
                 "conv2d:ci=16,h=5,w=4,kh=1,kw=3,stride_h=2,stride_w=1,pad_h=0,pad_w=3,co=16",
                 small_hardware(), "wide", 1200},
            Case{"ConvWideSkipsRowsOfPaddedTiles",
                 "conv2d:ci=16,h=3,w=2,k=1,stride_h=2,stride_w=1,pad_h=0,pad_w=1,co=16", Hardware{}, "wide",
                 1200},
            Case{"ConvWideWithoutBias", "conv2d:ci=32,h=8,w=8,co=32,k=1,bias=0", small_hardware(), "wide",
                 800},
            Case{"ConvLargeShift", "conv2d:ci=32,h=6,w=6,co=32,k=3,pad=1,shift=20", small_hardware(), "wide",
                 400},
            Case{"ConvWideBatchInLanes", "conv2d:n=3,ci=32,h=6,w=6,co=32,k=3,pad=1", with_batch_2(), "wide",
                 800},
            Case{"GroupedWide", "grouped_conv2d:ci=64,h=6,w=6,co=64,k=3,pad=1,groups=2", small_hardware(),
                 "wide", 800},
            Case{"DenseWide", "dense:n=4,ci=64,co=128", small_hardware(), "wide", 800},
            Case{"Dense", "dense:n=4,ci=64,co=128", small_hardware()},
            Case{"DenseBatchInLanes", "dense:n=6,ci=64,co=64", with_batch_2()},
            Case{"Depthwise", "depthwise_conv2d:ci=32,h=8,w=8,k=3,pad=1", small_hardware()},
            Case{"DepthwiseStride2Wide", "depthwise_conv2d:ci=32,h=9,w=9,k=3,stride=2,pad=1",
                 small_hardware(), "wide", 800},
            Case{"Grouped", "grouped_conv2d:ci=64,h=6,w=6,co=32,k=3,pad=1,groups=2", small_hardware()},
            Case{"GroupedMerged", "grouped_conv2d:ci=32,h=6,w=6,co=64,k=1,groups=8", small_hardware()},
            Case{"Transposed", "conv2d_transpose:ci=16,h=5,w=5,co=16,k=4,stride=2,pad=1", small_hardware()},
            Case{"TransposedOddOutput", "conv2d_transpose:ci=16,h=4,w=5,co=16,k=3,stride=2,pad=1",
                 small_hardware()},
            Case{"TransposedOutputPad",
                 "conv2d_transpose:ci=16,h=4,w=4,co=16,k=3,stride=2,pad=1,output_pad=1", small_hardware()},
            Case{"TransposedKernelBelowStride", "conv2d_transpose:ci=8,h=4,w=4,co=8,k=1,stride=2",
                 small_hardware()},
            Case{"TransposedStride1", "conv2d_transpose:ci=16,h=5,w=5,co=16,k=3,pad=1", small_hardware()},
            Case{"TransposedWide", "conv2d_transpose:ci=16,h=4,w=4,co=16,k=4,stride=2,pad=1",
                 small_hardware(), "wide", 600}),
        ::testing::ValuesIn(kDesigns)),
    case_name);

/// How often each verdict is predicted for a device that is handed a program unchecked, where the message
/// begins so.
std::map<Verdict, int> predictions(Hardware hardware, Design design, const char* spec,
                                   const std::string& message) {
  hardware.design = design;
  const Workload operation = workload(spec);
  const BlockedWorkload blocked = block_workload(operation, hardware).value();
  const Space space = schedule_space(operation, blocked, SpaceKind::wide).value();
  std::map<Verdict, int> counts;
  for (uint64_t i = 0; i < space.size(); i += 29) {
    const Generated generated = generate(hardware, operation, blocked, space, space.config(i), true);
    if (generated.rejection && generated.rejection->message.starts_with(message))
      ++counts[generated.rejection->on_device];
  }
  return counts;
}

// So that the cases above are known to meet what they are about.
TEST(Predictions, AreOfEveryKindThatADesignCanGive) {
  const char* const layer = "conv2d:n=2,ci=32,h=6,w=6,co=32,k=3,pad=1,bias=0";
  const auto wrapping = predictions(with_few_uops(), Design::chisel, layer, "uop memory: ");
  EXPECT_EQ(wrapping.size(), 2U);
  EXPECT_GT(wrapping.at(Verdict::wrong_result), 10);
  EXPECT_GT(wrapping.at(Verdict::run_failed), 10);
  for (const Design design : {Design::hls, Design::fsim}) {
    const auto trapping = predictions(with_few_uops(), design, layer, "uop memory: ");
    EXPECT_EQ(trapping.size(), 1U);
    EXPECT_GT(trapping.at(Verdict::run_failed), 10);
  }
  EXPECT_GT(
      predictions(small_hardware(), Design::hls, layer, "accumulator hazard: ").at(Verdict::wrong_result),
      10);
  EXPECT_TRUE(predictions(small_hardware(), Design::chisel, layer, "accumulator hazard: ").empty());
}

const char* const kSampleLayer = "conv2d:n=2,ci=64,h=10,w=10,co=64,k=3,stride=1,pad=1";

INSTANTIATE_TEST_SUITE_P(
    SampleDevices, EveryConfig,
    ::testing::Combine(
        ::testing::Values(Case{"Pynq", kSampleLayer, sample_device("pynq"), "template", 150},
                          Case{"RtlSmallUop", kSampleLayer, sample_device("rtl_small_uop"), "wide", 150},
                          Case{"LargeBlock", kSampleLayer, sample_device("large_block"), "template", 150},
                          Case{"Batch4", kSampleLayer, sample_device("batch_4"), "template", 150},
                          Case{"Tiny", kSampleLayer, sample_device("tiny"), "template", 150}),
        ::testing::ValuesIn(kDesigns)),
    case_name);

}  // namespace
}  // namespace tamis::vta

// Points under their roofs, and no roof that nobody knows.

#include "experiment/report/rooflines.h"

#include "experiment/report/subject_testing.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::report {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

double roof_at(const Json& roofline, double intensity) {
  return std::min(roofline.at("roofs").at(0).at("performance").get<double>(),
                  roofline.at("slopes").at(0).at("per_intensity").get<double>() * intensity);
}

TEST(RooflinesOfAReport, HoldForEveryProgramOfVta) {
  // Whatever the config, the design and the memory.
  for (const char* design : {"vta", "vta:hls"})
    for (const char* profile : {"pynq", "de10", "tsim"})
      for (const char* spec : {"conv2d:ci=32,h=14,w=14,co=32,k=3,pad=1", "conv2d:ci=64,h=7,w=7,co=64,k=1",
                               "dense:ci=512,co=256", "depthwise_conv2d:ci=32,h=14,w=14,k=3,pad=1"}) {
        const SharedTask task = samples::task_of(design, spec, {{"space", "wide"}, {"profile", profile}});
        std::vector<Subject> subjects;
        const uint64_t step = std::max<uint64_t>(1, task->space().size() / 16);
        for (uint64_t index = 0; index < task->space().size(); index += step) {
          Subject subject = samples::subject_of(*task);
          subject.best = samples::try_on_vta(*task, task->space().config(index));
          subjects.push_back(std::move(subject));
        }
        const Part part = rooflines_of(subjects);
        ASSERT_THAT(part.data, SizeIs(1));
        const Json& roofline = part.data.at(0);
        EXPECT_FALSE(roofline.at("points").empty());
        std::set<double> intensities;
        for (const Json& point : roofline.at("points")) {
          const double intensity = point.at("intensity"), performance = point.at("performance");
          EXPECT_LE(performance, roof_at(roofline, intensity) * (1 + 1e-9)) << spec << " " << profile;
          intensities.insert(intensity);
        }
        EXPECT_GT(intensities.size(), 1U);  // points move with the tiling
      }
}

TEST(RooflinesOfAReport, NameMachinesAndConfigs) {
  std::vector<Subject> subjects;
  for (const char* spec : {"conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1", "dense:ci=64,co=64"})
    subjects.push_back(samples::subject_on_vta(*samples::task_of("vta", spec), 12));
  subjects.push_back(samples::subject_on_vta(*samples::task_of("vta:hls", "dense:ci=64,co=64"), 12));
  const Part part = rooflines_of(subjects);
  ASSERT_THAT(part.data, SizeIs(2));
  EXPECT_EQ(part.data.at(0).at("machine"), "VTA (chisel, simulator), 1 × 16 × 16 at 100 MHz");
  EXPECT_EQ(part.data.at(1).at("machine"), "VTA (hls, simulator), 1 × 16 × 16 at 100 MHz");
  EXPECT_EQ(part.data.at(0).at("roofs").at(0).at("performance"), 51.2);
  EXPECT_EQ(part.data.at(0).at("slopes").at(0).at("per_intensity"), 0.8);
  EXPECT_EQ(part.data.at(0).at("performance_unit"), "GOP/s");
  const Json& points = part.data.at(0).at("points");
  ASSERT_THAT(points, SizeIs(4));
  EXPECT_EQ(points.at(0).at("label"), subjects[0].workload.name);
  EXPECT_EQ(points.at(0).at("group"), "best");
  EXPECT_EQ(points.at(1).at("group"), "default");
  EXPECT_GT(points.at(0).at("performance"), points.at(1).at("performance"));
}

TEST(RooflinesOfAReport, TakeTheBytesThatBuildingRevealsOnADriver) {
  const SharedTask task =
      samples::task_of("vta", "dense:ci=64,co=64", {{"device", "driver:/nowhere/libvta.so"}});
  Subject subject = samples::subject_on_vta(*task, 12);
  const Part simulated = rooflines_of(std::vector{subject});
  subject.best->features = task->build(subject.best->config).features;
  subject.default_trial.reset();
  const Part built = rooflines_of(std::vector{subject});
  ASSERT_THAT(built.data.at(0).at("points"), SizeIs(1));
  EXPECT_EQ(built.data.at(0).at("points").at(0), simulated.data.at(0).at("points").at(0));
  subject.best->features = {};
  EXPECT_TRUE(rooflines_of(std::vector{subject}).data.is_null());
}

Subject on_machine(const std::string& spec, const std::string& identity, const Workload& workload,
                   double ns) {
  Subject subject;
  subject.workload = workload;
  subject.target_spec = spec;
  subject.target_identity = identity;
  subject.best.emplace();
  subject.best->costs = {ns};
  return subject;
}

TEST(RooflinesOfAReport, InventNoPeaks) {
  const Workload half = parse_spec("dense:ci=1000,co=100,bias=0,type=float16").value();
  const Workload whole = parse_spec("dense:ci=1000,co=100,bias=0,type=float32").value();
  const std::vector<Subject> subjects = {
      on_machine("cpu", "cpu znver4 +avx2 threads=4 caches=warm generation=1", whole, 1000),
      on_machine("cpu", "cpu znver4 +avx2 threads=4 caches=warm generation=1", half, 1000),
      on_machine("cpu", "cpu znver4 +avx2 threads=4 caches=cold generation=1", whole, 1000),
      on_machine("cuda", "cuda NVIDIA H200 driver=1 kernel=a caches=cold", whole, 1000),
      on_machine("cuda", "cuda NVIDIA H200 driver=1 kernel=b caches=cold", half, 1000)};
  const Part part = rooflines_of(subjects);
  ASSERT_THAT(part.data, SizeIs(3));
  for (const Json& roofline : part.data) {
    EXPECT_TRUE(roofline.at("roofs").empty());
    EXPECT_TRUE(roofline.at("slopes").empty());
    EXPECT_THAT(roofline.at("note").get<std::string>(), HasSubstr("neither the peak nor the bandwidth"));
  }
  EXPECT_EQ(part.data.at(0).at("machine"), "znver4, 4 threads, caches warm");
  EXPECT_EQ(part.data.at(2).at("machine"), "NVIDIA H200 (cuda), caches cold");
  EXPECT_EQ(part.data.at(0).at("performance_unit"), "GFLOP/s");
  // 2 * 1000 * 100 operations in 1000 ns, for 101,100 elements of 4 bytes or 2.
  const Json& points = part.data.at(0).at("points");
  EXPECT_EQ(points.at(0).at("performance"), 200.0);
  EXPECT_DOUBLE_EQ(points.at(0).at("intensity").get<double>(), 200000.0 / (4 * 101100));
  EXPECT_DOUBLE_EQ(points.at(1).at("intensity").get<double>(), 200000.0 / (2 * 101100));
}

TEST(RooflinesOfAReport, LeaveOutWhatTheyCannotPlace) {
  const Workload dense = parse_spec("dense:ci=16,co=16").value();
  const std::string cpu = "cpu znver4 +avx2 threads=1 caches=warm generation=1";
  Subject energy = on_machine("cpu", cpu, dense, 5);
  energy.objective = {"energy", "J", Direction::minimise};
  Subject external = on_machine("command", "command a", dense, 5);
  external.workload = {};
  external.workload.op = Operator::external;
  Subject invalid = on_machine("cpu", cpu, dense, 5);
  invalid.best.reset();
  const Subject table = on_machine("autotvm", "autotvm vta", dense, 5);
  EXPECT_TRUE(rooflines_of(std::vector{energy, external, invalid, table}).data.is_null());
  EXPECT_TRUE(rooflines_of({}).data.is_null());
}

}  // namespace
}  // namespace tamis::report

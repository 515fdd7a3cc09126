// Generated programs, as the disassembler prints them. TAMIS_UPDATE_GOLDEN=1 writes the files anew: read the
// difference before committing it.

#include "base/file.h"
#include "targets/vta/codegen/codegen.h"
#include "targets/vta/isa/disassembler.h"
#include "targets/vta/schedule/schedule.h"
#include "targets/vta/vta_testing.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

struct Golden {
  const char* name;
  const char* spec;
  SpaceKind kind;
  std::vector<std::string> config;
};

std::string listing(const Golden& golden) {
  const Hardware hardware;
  const Workload workload = testing::workload(golden.spec);
  const BlockedWorkload blocked = *block_workload(workload, hardware);
  const Space space = *schedule_space(workload, blocked, golden.kind);
  const Result<Config> config = space.parse(golden.config);
  if (!config.ok()) return config.error().message;
  Generated generated = generate(hardware, workload, blocked, space, *config, false);
  if (!generated.launch) return generated.rejection->message;
  Program program;
  program.launches = {std::move(*generated.launch)};
  return disassemble(hardware, program);
}

void expect_golden(const Golden& golden) {
  const std::string path = std::string(TAMIS_TEST_DATA) + "/golden/program_" + golden.name + ".txt";
  const std::string text = listing(golden);
  if (std::getenv("TAMIS_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file(path, text).ok());
    return;
  }
  const Result<std::string> expected = read_file(path);
  ASSERT_TRUE(expected.ok()) << expected.error().message;
  EXPECT_EQ(text, *expected) << "the program of " << golden.name << " changed";
}

using enum SpaceKind;

TEST(GoldenProgram, PaddedConvolutionInTwoThreads) {
  expect_golden({"conv2d_threads",
                 "conv2d:ci=32,h=6,w=6,co=32,k=3,pad=1",
                 autotvm,
                 {"tile_h=3", "tile_w=6", "tile_ci=1", "tile_co=1", "oc_nthread=2"}});
}

TEST(GoldenProgram, StridedConvolutionWithResidentOperands) {
  expect_golden({"conv2d_resident",
                 "conv2d:ci=32,h=8,w=8,co=64,k=1,stride=2",
                 wide,
                 {"tile_h=4", "tile_w=4", "loop_order=h.w.co", "resident=inp", "uop_loops=spatial"}});
}

TEST(GoldenProgram, SharedOperandsAndABiasThatIsAProduct) {
  expect_golden({"conv2d_shared",
                 "conv2d:ci=64,h=8,w=8,co=64,k=1,stride=2",
                 wide,
                 {"tile_h=4", "tile_w=4", "tile_ci=2", "tile_co=2", "oc_nthread=2", "resident=inp",
                  "operands=shared", "bias=gemm"}});
}

TEST(GoldenProgram, TransposedConvolution) {
  expect_golden({"conv2d_transpose",
                 "conv2d_transpose:ci=16,h=3,w=3,co=16,k=4,stride=2,pad=1",
                 autotvm,
                 {"tile_h=3", "tile_w=3"}});
}

TEST(GoldenProgram, DepthwiseConvolution) {
  expect_golden({"depthwise_conv2d",
                 "depthwise_conv2d:ci=32,h=4,w=4,k=3,pad=1",
                 autotvm,
                 {"tile_h=4", "tile_w=4", "tile_co=2"}});
}

TEST(GoldenProgram, Dense) {
  expect_golden({"dense", "dense:n=1,ci=64,co=64", autotvm, {"tile_ci=4", "tile_co=2"}});
}

}  // namespace
}  // namespace tamis::vta

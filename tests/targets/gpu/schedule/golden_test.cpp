// Printed sources of configs. TAMIS_UPDATE_GOLDEN=1 writes the files anew: read the difference before
// committing it, and raise kOperatorCode in gpu_target.cpp, as trials of older logs are of other programs.

#include "base/file.h"
#include "targets/gpu/schedule/operator_program.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

struct Golden {
  std::string name;  // of the file, whose ending is the language's
  const char* spec;
  std::vector<std::string> config;
};

std::string source_of(const Golden& golden, Language language) {
  DeviceFacts device;
  device.group_items = 1024;
  device.shared_bytes = 48 * 1024;
  const Workload workload = parse_spec(golden.spec, WorkloadDefaults{DataType::float32}).value();
  const Space space = operator_space(workload, device).value();
  const Result<Config> config = space.parse(golden.config);
  if (!config.ok()) return config.error().message;
  const Result<OperatorProgram> made = operator_program(workload, space, *config, language);
  return made.ok() ? made->program.source.text : made.error().message;
}

void expect_golden(const Golden& golden) {
  for (const Language language : {Language::opencl, Language::cuda}) {
    const std::string path = std::string(TAMIS_TEST_DATA) + "/golden/gpu_" + golden.name +
                             (language == Language::opencl ? ".cl" : ".cu");
    const std::string text = source_of(golden, language);
    if (std::getenv("TAMIS_UPDATE_GOLDEN") != nullptr) {
      ASSERT_TRUE(write_file(path, text).ok());
      continue;
    }
    const Result<std::string> expected = read_file(path);
    ASSERT_TRUE(expected.ok()) << expected.error().message;
    EXPECT_EQ(text, *expected) << "the " << to_string(language) << " of " << golden.name << " changed";
  }
}

TEST(GoldenGpuSource, MatmulThroughTwoBuffersInTwoParts) {
  expect_golden({"matmul",
                 "matmul:m=60,n=64,k=128",
                 {"tile_m=2", "tile_n=4", "items_m=4", "items_n=4", "vector=4", "block_k=8", "stage=both",
                  "pipeline=registers", "load_vector=4", "unroll=2", "swizzle=2", "split_k=2"}});
}

TEST(GoldenGpuSource, PaddedConvolutionWithWeightsInSharedMemory) {
  expect_golden({"conv2d",
                 "conv2d:ci=16,h=9,w=12,co=16,k=3,pad=1",
                 {"tile_y=1", "tile_x=4", "tile_n=2", "items_y=2", "items_x=2", "items_n=4", "vector=4",
                  "block_k=4", "stage=b", "pipeline=none", "load_vector=2", "unroll=2", "swizzle=1"}});
}

}  // namespace
}  // namespace tamis::gpu

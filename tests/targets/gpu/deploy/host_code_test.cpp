#include "targets/gpu/deploy/deployed_program.h"
#include "targets/gpu/deploy/shell.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Two launches of one function and one of another, with all kinds of arguments there are.
DeployedProgram some_program(Language language) {
  DeployedProgram program;
  program.name = "kernel";
  program.what = "scale";
  program.device = "a device";
  program.config = "tile=4";
  program.latency_ns = 12'345;
  program.program.source.language = language;
  program.program.source.text = "// scale\n";
  program.program.launches = {{"scale", {{4, 2, 1}, {32, 1, 1}}, 0, {0, 1, 2}},
                              {"scale", {{4, 2, 1}, {32, 1, 1}}, 0, {1, 0, 2}},
                              {"add<4>", {{1, 1, 1}, {64, 2, 1}}, 4096, {1, 3}}};
  program.arguments = {
      {"a", "float", "float [256]", 1024},
      {"b", "float", "float [256]", 1024, true},
      {"n", "int32_t", "int32_t 258", 4, false, false, {std::byte{2}, std::byte{1}, {}, {}}, "258"},
      {"partial", "float", "float [64]", 256, true, true}};
  return program;
}

std::string text_of(const std::vector<EmittedFile>& files, const std::string& name) {
  const auto file =
      std::find_if(files.begin(), files.end(), [&](const EmittedFile& one) { return one.name == name; });
  return file == files.end() ? "there is no file " + name : file->content;
}

TEST(DeployedFiles, SayInTheHeaderWhatGoesWhere) {
  const std::string header = text_of(deployed_files(some_program(Language::opencl)), "kernel.h");
  for (const char* said :
       {"Made by tamis", "for a device", "tile=4", "12.3 us", "b               float [256], written",
        "n               int32_t 258, passed by value", "what is in it before and after does not matter",
        "scale(b, a, n)", "4 x 2 x 1 groups of 32 x 1 x 1 items",
        "64 x 2 x 1 items, 4096 bytes of shared memory", "#define kernel_A_BYTES ((size_t)1024)",
        "#define kernel_KERNELS 2", "cl_command_queue queue, cl_mem a, cl_mem b, cl_mem partial);"})
    EXPECT_THAT(header, HasSubstr(said));
}

TEST(DeployedFiles, HaveNoFunctionThatPreparesWhereNothingIsPrepared) {
  EXPECT_THAT(text_of(deployed_files(some_program(Language::opencl)), "kernel.h"),
              Not(HasSubstr("kernel_prepare")));
}

TEST(DeployedFiles, OfCudaCompile) {
  DeployedProgram program = some_program(Language::cuda);
  program.binary = "a cubin";
  program.architecture = "sm_90";
  program.names = {{"scale", "scale"}, {"add<4>", "_Z3addILi4EEvPfS0_"}};
  program.program.symbols = {{"factors", 0}};
  const std::vector<EmittedFile> files = deployed_files(program);
  EXPECT_EQ(text_of(files, "kernel.cubin"), "a cubin");
  EXPECT_THAT(text_of(files, "kernel.h"), HasSubstr("kernel.cubin is for sm_90"));
  EXPECT_THAT(text_of(files, "kernel.c"), HasSubstr("{\"scale\", \"_Z3addILi4EEvPfS0_\"}"));
  EXPECT_THAT(text_of(files, "kernel.c"), HasSubstr("MAX_DYNAMIC_SHARED_SIZE_BYTES, 4096"));
  EXPECT_THAT(text_of(files, "kernel.c"), HasSubstr("program->module, \"factors\""));
  const TemporaryDirectory directory;
  write_files(directory, files);
  EXPECT_TRUE(compiles_for_cuda(directory, "kernel"));
}

TEST(DeployedFiles, OfCudaCompileWithWeightsThatArePrepared) {
  DeployedProgram program = some_program(Language::cuda);
  program.binary = "a cubin";
  program.arguments[0].preparation = {{8, 4, 3, 3}, {2, 3, 1, 0}, {}};
  program.arguments[0].prepared_name = "weights";
  const TemporaryDirectory directory;
  write_files(directory, deployed_files(program));
  EXPECT_TRUE(compiles_for_cuda(directory, "kernel"));
}

}  // namespace
}  // namespace tamis::gpu

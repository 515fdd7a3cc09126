// Emitted files as a user meets them: the test program is compiled with the object, run, and believed only
// where it also finds out a wrong function.

#include "base/file.h"
#include "support/temporary_directory.h"
#include "targets/cpu/cpu_target.h"
#include "targets/cpu/deploy/chosen_program.h"
#include "targets/cpu/emission.h"
#include "targets/cpu/timing/cores.h"

#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

namespace tamis::cpu::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kStrict = " -O2 -std=c11 -Wall -Wextra -Wpedantic -Werror ";

/// The exit code of a shell command; what it prints goes to the test's output.
int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool installed(const std::string& program) { return shell("command -v " + program + " > /dev/null") == 0; }

bool has_cores(int count) { return static_cast<int>(allowed_cores().value().size()) >= count; }

class EmitProgram : public ::testing::Test {
 protected:
  void emit(const ChosenProgram& chosen, const std::string& name = "kernel") {
    const auto files = emit_program(*chosen.task, chosen.config, {name, 12'345});
    ASSERT_TRUE(files.ok()) << files.error().message;
    for (const EmittedFile& file : *files)
      ASSERT_TRUE(write_file(directory_.file(file.name), file.content).ok());
  }
  std::string text(const std::string& name) const { return read_file(directory_.file(name)).value(); }
  /// Compiles the test program with an object or another source, and runs it; -1 when it does not compile.
  int check(const std::string& with = "kernel.o", const std::string& compiler = TAMIS_C_COMPILER,
            const std::string& runner = "") {
    const std::string program = directory_.file("program");
    const std::string build = "cd " + directory_.path() + " && " + compiler + kStrict + "kernel_test.c " +
                              with + " -lgomp -lm -o " + program;
    if (shell(build) != 0) return -1;
    return shell(runner + program);
  }

  TemporaryDirectory directory_;
};

struct Case {
  const char* name;
  const char* spec;
  std::vector<std::string> knobs = {};
  int threads = 1;
};

class EmitEveryKind : public EmitProgram, public ::testing::WithParamInterface<Case> {};

TEST_P(EmitEveryKind, GivesAFunctionThatItsTestFindsRight) {
  if (!has_cores(GetParam().threads)) GTEST_SKIP() << "there are fewer cores";
  emit(choose_program(GetParam().spec, GetParam().knobs, GetParam().threads));
  EXPECT_EQ(check(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Cpu, EmitEveryKind,
    ::testing::Values(
        Case{"Convolution", "conv2d:ci=5,h=9,w=8,co=19,k=3,stride=2,pad=1,dilation=2"},
        Case{"Blocked", "conv2d:n=2,ci=16,h=6,w=7,co=32,k=3,pad=1,layout=nchw16c", {}, 2},
        Case{"Winograd", "conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1,layout=nchw,bias=0", {"algorithm=winograd4"}},
        Case{"Grouped", "grouped_conv2d:ci=8,h=6,w=6,co=12,k=3,groups=4,relu=0", {}, 2},
        Case{"Depthwise", "depthwise_conv2d:ci=21,h=9,w=9,k=3,pad=1"},
        Case{"Integers", "conv2d:ci=20,h=6,w=6,co=18,k=3,pad=1,type=int8"},
        Case{"IntegersOfAMatmul", "matmul:batch=2,m=7,n=21,k=13,transpose_b=1,type=int8", {}, 2},
        Case{"IntegersWithoutBias", "dense:ci=20,co=18,type=int8,bias=0"},
        Case{"Transposed", "conv2d_transpose:ci=6,h=5,w=4,co=19,k=3,stride=2,pad=1,output_pad=1", {}, 2},
        Case{"Volume", "conv3d:ci=6,d=4,h=5,w=4,co=19,k=3,pad=1,stride=2,residual=1", {}, 2},
        Case{"VolumeBlocked", "conv3d:ci=16,d=4,h=5,w=4,co=16,k=3,pad_back=1,layout=nchw16c"},
        Case{"Float16", "conv2d:ci=5,h=9,w=8,co=19,k=3,pad=1,type=float16,residual=1"},
        Case{"Float16OfAMatmul", "matmul:batch=2,m=7,n=21,k=13,transpose_b=1,type=float16", {}, 2},
        Case{"Bfloat16", "dense:n=3,ci=50,co=33,type=bfloat16,activation=gelu"},
        Case{"Residual", "conv2d:ci=16,h=6,w=7,co=32,k=3,pad=same,stride=2,layout=nchw16c,residual=1", {}, 2},
        Case{"HardSwish", "conv2d:ci=16,h=6,w=7,co=18,k=1,activation=hard_swish"},
        Case{"Silu", "depthwise_conv2d:ci=21,h=9,w=9,k=3,pad_bottom=1,activation=silu,residual=1"},
        Case{"Gelu", "dense:n=3,ci=50,co=33,activation=gelu"},
        Case{"Sigmoid", "dense:n=3,ci=50,co=33,activation=sigmoid,bias=0"},
        Case{"HardSigmoid", "dense:n=3,ci=50,co=33,activation=hard_sigmoid"},
        Case{"Tanh", "matmul:batch=2,m=7,n=21,k=13,activation=tanh,residual=1"},
        Case{"Dense", "dense:n=3,ci=50,co=33,clip_max=6"},
        Case{"Matmul", "matmul:batch=2,m=7,n=21,k=13,transpose_a=1,transpose_b=1", {}, 2}),
    [](const auto& one) { return one.param.name; });

TEST_F(EmitProgram, GivesATestThatFindsOutAWrongFunction) {
  emit(choose_program("dense:n=3,ci=50,co=33"));
  const std::string header = text("kernel.h");
  const std::string wrong =
      "#include \"kernel.h\"\n"
      "void kernel_prepare(const float *w, float *p, void *s) { (void)w; (void)p; (void)s; }\n"
      "void kernel(const float *i, const float *p, const float *b, float *o, void *s) {\n"
      "  (void)i; (void)p; (void)b; (void)s; o[0] = 1;\n}\n";
  ASSERT_TRUE(write_file(directory_.file("wrong.c"), wrong).ok());
  EXPECT_EQ(check("wrong.c"), 1);
}

TEST_F(EmitProgram, CountsTheRoundingOfHalvesInWhatIsAllowed) {
  for (const char* spec :
       {"conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1,type=float16", "dense:ci=50,co=33,type=bfloat16"}) {
    emit(choose_program(spec));
    ASSERT_EQ(check(), 0);
    ASSERT_EQ(shell(directory_.file("program") + " > " + directory_.file("said")), 0);
    const std::string said = text("said");
    double error = 0;
    double allowed = 0;
    const size_t begin = said.find("greatest error");
    ASSERT_NE(begin, std::string::npos) << said;
    ASSERT_EQ(std::sscanf(said.c_str() + begin, "greatest error %lf of %lf allowed", &error, &allowed), 2)
        << said;
    EXPECT_GT(error, 0);
    EXPECT_LE(error, allowed) << spec;
  }
}

TEST_F(EmitProgram, SaysInTheHeaderWhatGoesWhere) {
  emit(choose_program("conv2d:ci=16,h=6,w=7,co=32,k=3,pad=1,layout=nchw16c"));
  const std::string header = text("kernel.h");
  for (const char* said :
       {"conv2d:n=1,ci=16,h=6,w=7,co=32,k=3,stride=1,pad=1,type=float32,layout=nchw16c", "12.3 us",
        "[1][1][6][7][16]: image, block of 16 channels, row, column, channel of the block",
        "[32][16][3][3]: output channel", "max(sum + bias, 0)", "kernel_PACKED_WEIGHTS_BYTES ((size_t)",
        "kernel_WORKSPACE_BYTES", "#define kernel_THREADS 1", "on the thread that calls it"})
    EXPECT_THAT(header, HasSubstr(said));
  EXPECT_THAT(header, Not(HasSubstr("inf")));
}

TEST_F(EmitProgram, SaysInTheHeaderWhereTheResidualLiesAndWhatFollowsTheSum) {
  emit(choose_program("conv2d:ci=16,h=6,w=7,co=32,k=3,pad=1,layout=nchw16c,residual=1,activation=silu"));
  const std::string header = text("kernel.h");
  EXPECT_THAT(header, HasSubstr("output = silu(sum + bias + residual)"));
  EXPECT_THAT(header, HasSubstr("residual        float [1][2][6][7][16]: image, block of 16 channels"));
  EXPECT_THAT(header, HasSubstr("const float *bias, const float *residual, float *output"));
}

TEST_F(EmitProgram, SaysInTheHeaderThatHalvesAreTheirBits) {
  emit(choose_program("dense:n=3,ci=50,co=33,type=bfloat16"));
  const std::string header = text("kernel.h");
  EXPECT_THAT(header, HasSubstr("output = max(sum + bias, 0); uint16_t are the bits of bfloat16"));
  EXPECT_THAT(header, HasSubstr("const uint16_t *input, const uint16_t *packed_weights, const float *bias"));
}

TEST_F(EmitProgram, SaysInTheHeaderWhereAVolumeLies) {
  emit(choose_program("conv3d:ci=16,d=4,h=6,w=7,co=32,k=3,pad=1,layout=nhwc"));
  const std::string header = text("kernel.h");
  EXPECT_THAT(header, HasSubstr("[1][4][6][7][16]: image, plane, row, column, channel (NDHWC)"));
  EXPECT_THAT(header, HasSubstr("[32][16][3][3][3]: output channel, input channel, kernel plane"));
}

TEST_F(EmitProgram, HasAHeaderForCAndCpp) {
  emit(choose_program("matmul:m=7,n=21,k=13"));
  ASSERT_TRUE(write_file(directory_.file("use.cpp"), "#include \"kernel.h\"\n").ok());
  EXPECT_EQ(shell("c++ -fsyntax-only -Wall -Wextra -Wpedantic -Werror " + directory_.file("use.cpp")), 0);
}

TEST_F(EmitProgram, GivesCMakeLibrariesThatCanShareADirectory) {
  const int threads = has_cores(2) ? 2 : 1;
  emit(choose_program("dense:n=3,ci=50,co=33", {}, threads), "first");
  emit(choose_program("matmul:m=7,n=21,k=13"), "second");
  EXPECT_THAT(text("second.cmake"), Not(HasSubstr("gomp")));
  if (threads > 1) {
    EXPECT_THAT(text("first.h"), HasSubstr("OMP_PROC_BIND=true"));
  }
  const std::string build = directory_.file("build");
  EXPECT_EQ(shell(std::string(TAMIS_CMAKE) + " -S " + directory_.path() + " -B " + build + " > " +
                  directory_.file("cmake.txt") + " && " + TAMIS_CMAKE + " --build " + build + " > " +
                  directory_.file("build.txt")),
            0);
  EXPECT_EQ(shell(std::string(TAMIS_CTEST) + " --test-dir " + build + " > " + directory_.file("ctest.txt")),
            0);
  EXPECT_THAT(text("ctest.txt"), HasSubstr("100% tests passed, 0 tests failed out of 2"));
}

TEST_F(EmitProgram, MakesKernelsForAnotherProcessor) {
  const std::string compiler = "aarch64-linux-gnu-gcc";
  if (!installed(compiler) || !installed("qemu-aarch64")) GTEST_SKIP() << "no cross compiler and emulator";
  for (const Case& one : {Case{"", "conv2d:ci=8,h=6,w=6,co=12,k=3,pad=1", {"algorithm=winograd2"}},
                          Case{"", "conv2d:ci=8,h=6,w=6,co=12,k=3,pad=1,type=int8", {"unroll=2"}}}) {
    emit(choose_program(one.spec, one.knobs, 1, "cpu:mcpu=cortex-a72"));
    EXPECT_EQ(check("kernel.o", compiler + " -static", "qemu-aarch64 "), 0) << one.spec;
  }
}

TEST_F(EmitProgram, RefusesANameThatIsNoneInC) {
  const ChosenProgram chosen = choose_program("dense:n=3,ci=50,co=33");
  for (const char* name : {"", "1a", "int", "a.b", "../a"}) {
    const auto files = emit_program(*chosen.task, chosen.config, {name});
    ASSERT_FALSE(files.ok()) << name;
    EXPECT_EQ(files.error().kind, ErrorKind::invalid_input);
  }
}

TEST_F(EmitProgram, RefusesAnIdentityThatIsNone) {
  const Space space = choose_program("dense:n=3,ci=50,co=33").task->space();
  const SharedTask other = make_plain_task({space, "other", {"vta", "sim"}}).value();
  EXPECT_FALSE(emit_program(*other, other->default_config(), {"kernel"}).ok());
}

TEST_F(EmitProgram, GivesTheSameFromWhatALogRecorded) {
  for (const char* target : {"cpu", "cpu:mcpu=cortex-a72"}) {
    const ChosenProgram chosen =
        choose_program("conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1", {"algorithm=winograd2"}, 1, target);
    const TaskIdentity identity = parse_identity(to_string(chosen.task->identity())).value();
    const SharedTask recalled = recall_task(identity, chosen.task->workload(), chosen.task->space()).value();
    EXPECT_EQ(recalled->identity(), identity);
    const auto once = emit_program(*chosen.task, chosen.config, {"kernel"}).value();
    const auto again = emit_program(*recalled, chosen.config, {"kernel"}).value();
    ASSERT_EQ(once.size(), again.size());
    for (size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].content, again[i].content) << once[i].name;
    EXPECT_FALSE(recalled->target().open_device({}).ok());
  }
}

TEST_F(EmitProgram, IsTheSameEveryTime) {
  const ChosenProgram chosen = choose_program("conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1");
  const auto once = emit_program(*chosen.task, chosen.config, {"kernel"}).value();
  const auto again = emit_program(*chosen.task, chosen.config, {"kernel"}).value();
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].content, again[i].content) << once[i].name;
}

}  // namespace
}  // namespace tamis::cpu::testing

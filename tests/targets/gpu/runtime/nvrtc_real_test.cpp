#include "targets/gpu/runtime/cuda_compiler.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::HasSubstr;

// One library for all: two majors of NVRTC do not get along in a process.
const Result<std::shared_ptr<const Nvrtc>>& found_nvrtc() {
  static const auto found = []() -> Result<std::shared_ptr<const Nvrtc>> {
    TAMIS_ASSIGN(auto library, open_nvrtc_library(usual_scope()));
    return Nvrtc::load(std::move(library));
  }();
  return found;
}

class RealNvrtc : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!found_nvrtc().ok())
      GTEST_SKIP() << "NVIDIA's compiler is not found, so this is not tested: "
                   << found_nvrtc().error().message;
  }
  static CudaCompiler compiler(const std::string& architecture = "sm_90") {
    return CudaCompiler::create(*found_nvrtc(), architecture).value();
  }
  static Compiled compile(const std::string& text, const std::string& entry = "k",
                          const std::vector<std::string>& options = {}) {
    Source source;
    source.language = Language::cuda;
    source.text = text;
    source.options = options;
    const std::vector<std::string> entries = {entry};
    return compiler().compile(source, entries);
  }
};

/// A product of matrices whose block computes `tile_m` x `tile_n` elements, each thread `item` x `item` of
/// them, over slices of `depth`, which lie in shared memory or are read where they are.
constexpr const char* kMatmul = R"(
#define THREADS_X (TILE_N / ITEM)
#define THREADS_Y (TILE_M / ITEM)
extern "C" __global__ void __launch_bounds__(THREADS_X * THREADS_Y)
matmul(const float* a, const float* b, float* c, int n, int k) {
  const int row = blockIdx.y * TILE_M + threadIdx.y * ITEM;
  const int column = blockIdx.x * TILE_N + threadIdx.x;
  float sum[ITEM][ITEM] = {};
#if STAGED
  __shared__ float left[TILE_M * DEPTH];
  __shared__ float right[DEPTH * TILE_N];
  const int thread = threadIdx.y * THREADS_X + threadIdx.x;
#endif
  for (int begin = 0; begin < k; begin += DEPTH) {
#if STAGED
    for (int i = thread; i < TILE_M * DEPTH; i += THREADS_X * THREADS_Y)
      left[i] = a[(blockIdx.y * TILE_M + i / DEPTH) * k + begin + i % DEPTH];
    for (int i = thread; i < DEPTH * TILE_N; i += THREADS_X * THREADS_Y)
      right[i] = b[(begin + i / TILE_N) * n + blockIdx.x * TILE_N + i % TILE_N];
    __syncthreads();
#endif
    for (int d = 0; d < DEPTH; ++d)
      for (int y = 0; y < ITEM; ++y)
        for (int x = 0; x < ITEM; ++x)
#if STAGED
          sum[y][x] += left[(threadIdx.y * ITEM + y) * DEPTH + d] * right[d * TILE_N + threadIdx.x + x * THREADS_X];
    __syncthreads();
#else
          sum[y][x] += a[(row + y) * k + begin + d] * b[(begin + d) * n + column + x * THREADS_X];
#endif
  }
  for (int y = 0; y < ITEM; ++y)
    for (int x = 0; x < ITEM; ++x) c[(row + y) * n + column + x * THREADS_X] = sum[y][x];
}
)";

/// A config of the matmul: 5 x 5 x 3 x 2 x 2 = 300 of them.
struct MatmulConfig {
  uint64_t tile_m, tile_n, depth, item, staged;

  Source source() const {
    Source source;
    source.language = Language::cuda;
    source.text = fmt::format(
        "#define TILE_M {}\n#define TILE_N {}\n#define DEPTH {}\n#define ITEM {}\n#define STAGED {}\n{}",
        tile_m, tile_n, depth, item, staged, kMatmul);
    return source;
  }
  Launch launch() const {
    Launch launch;
    launch.entry = "matmul";
    launch.grid.group = {tile_n / item, tile_m / item, 1};
    return launch;
  }
  uint64_t shared_bytes() const { return staged * 4 * depth * (tile_m + tile_n); }
};

std::vector<MatmulConfig> matmul_configs() {
  std::vector<MatmulConfig> all;
  for (const uint64_t tile_m : {8, 16, 32, 64, 128})
    for (const uint64_t tile_n : {8, 16, 32, 64, 128})
      for (const uint64_t depth : {8, 32, 64})
        for (const uint64_t item : {2, 8})
          for (const uint64_t staged : {0, 1}) all.push_back({tile_m, tile_n, depth, item, staged});
  return all;
}

class MatmulSpace : public RealNvrtc, public ::testing::WithParamInterface<const char*> {};

TEST_P(MatmulSpace, OfThreeHundredConfigsGivesVerdictsAndFeatures) {
  const CudaCompiler compiler = RealNvrtc::compiler(GetParam());
  const DeviceFacts device = facts_of_architecture(GetParam()).value();
  const std::vector<std::string> entries = {"matmul"};
  std::map<Verdict, int> verdicts;
  std::set<std::string> codes;
  std::set<double> registers;
  size_t too_many_threads = 0;
  size_t tried = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (const MatmulConfig& config : matmul_configs()) {
    if (config.launch().grid.group_items() > device.group_items) {
      ++too_many_threads;
      continue;
    }
    ++tried;
    const Compiled compiled = compiler.compile(config.source(), entries);
    const bool too_much_shared = config.shared_bytes() > kStaticSharedBytes;
    ++verdicts[compiled.failure ? compiled.failure->verdict : Verdict::valid];
    ASSERT_EQ(compiled.failure.has_value(), too_much_shared)
        << (compiled.failure ? compiled.failure->message : "it compiled");
    if (compiled.failure) {
      EXPECT_EQ(compiled.failure->verdict, Verdict::resource_exceeded);
      EXPECT_THAT(compiled.failure->message, HasSubstr("uses too much shared data"));
      continue;
    }
    EXPECT_EQ(compiled.features.get("shared_bytes"), static_cast<double>(config.shared_bytes()));
    EXPECT_GT(compiled.features.get("registers"), 8);
    EXPECT_LE(compiled.features.get("registers"), kMostThreadRegisters);
    EXPECT_GE(compiled.features.get("code_bytes"), 256);
    EXPECT_EQ(compiled.features.get("barriers"), static_cast<double>(config.staged));
    EXPECT_EQ(compiled.program->parameter_count("matmul"), 5U);
    const Fit fit = compiled.program->fit(device, config.launch());
    EXPECT_FALSE(fit.failure) << fit.failure->message;
    ASSERT_TRUE(fit.occupancy);
    EXPECT_GT(*fit.occupancy, 0);
    EXPECT_LE(*fit.occupancy, 1);
    codes.insert(compiled.program->code());
    registers.insert(compiled.features.get("registers"));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  // 128 x 128, 128 x 64 and 64 x 128 elements of two by two: 4096 and 2048 threads.
  EXPECT_EQ(too_many_threads, 18U);
  // 128 x 128 elements of eight by eight over slices of 64.
  EXPECT_EQ(verdicts[Verdict::resource_exceeded], 1);
  EXPECT_EQ(verdicts[Verdict::valid] + verdicts[Verdict::resource_exceeded], 282);
  EXPECT_GT(registers.size(), 10U);
  EXPECT_GT(codes.size(), 200U);
  fmt::print("{}: {} configs in {:.1f} s, {:.1f} a second\n", GetParam(), tried, took.count(),
             static_cast<double>(tried) / took.count());
}

INSTANTIATE_TEST_SUITE_P(OfEachArchitecture, MatmulSpace, ::testing::Values("sm_80", "sm_90", "sm_100"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_F(RealNvrtc, SaysWhichLineIsWrong) {
  const Compiled compiled = compile("extern \"C\" __global__ void k(float* x) {\n  x[0] = y;\n}\n");
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->verdict, Verdict::build_failed);
  EXPECT_THAT(compiled.failure->message, HasSubstr("kernel(2): error: identifier \"y\" is undefined"));
}

TEST_F(RealNvrtc, SaysThatTheSourceLacksTheKernel) {
  const Compiled compiled = compile("extern \"C\" __global__ void other(float* x) { x[0] = 1; }");
  ASSERT_TRUE(compiled.failure);
  EXPECT_THAT(compiled.failure->message, HasSubstr("the source has no kernel k"));
}

TEST_F(RealNvrtc, SaysThatAFunctionIsNoKernel) {
  const Compiled compiled = compile("__device__ __noinline__ float k(float x) { return x * 2; }");
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->verdict, Verdict::build_failed);
}

TEST_F(RealNvrtc, FindsKernelsWithoutExternC) {
  const Compiled plain = compile("__global__ void k(float* x, int n) { x[n] = 1; }");
  ASSERT_FALSE(plain.failure) << plain.failure->message;
  EXPECT_EQ(plain.program->parameter_count("k"), 2U);
  const Compiled made = compile("template <int N> __global__ void k(float* x) { x[N] = 1; }", "k<4>");
  ASSERT_FALSE(made.failure) << made.failure->message;
  EXPECT_EQ(made.program->parameter_count("k<4>"), 1U);
}

TEST_F(RealNvrtc, KnowsLargeParameters) {
  const Compiled compiled = compile(
      "struct Large { char bytes[20000]; };\n"
      "extern \"C\" __global__ void k(Large l, float* x) { x[0] = l.bytes[threadIdx.x]; }");
  // CUDA 12 takes 4 KiB of parameters for architectures before sm_70 only.
  ASSERT_FALSE(compiled.failure) << compiled.failure->message;
  const auto& cubin = dynamic_cast<const Cubin&>(*compiled.program);
  const std::vector<KernelParameter> parameters = {{0, 20000}, {20000, 8}};
  EXPECT_EQ(cubin.kernel("k")->parameters, parameters);
}

TEST_F(RealNvrtc, TellsTooMuchConstantMemoryFromAFaultyProgram) {
  const Compiled compiled = compile(
      "__constant__ char c[70000];\nextern \"C\" __global__ void k(char* x) { x[0] = c[threadIdx.x]; }");
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->verdict, Verdict::resource_exceeded);
}

TEST_F(RealNvrtc, SaysThatAnOptionIsUnknown) {
  const Compiled compiled = compile("extern \"C\" __global__ void k(float* x) { x[0] = 1; }", "k", {"-O3"});
  ASSERT_TRUE(compiled.failure);
  EXPECT_THAT(compiled.failure->message, HasSubstr("unrecognized option -O3"));
}

TEST_F(RealNvrtc, CompilesSourcesThatIncludeHostHeaders) {
  const Compiled compiled = compile(
      "#include <math.h>\n#include <stdint.h>\n#include \"hip/hip_runtime.h\"\n"
      "extern \"C\" __global__ void k(float* x, uint32_t n) { x[n] = sinf(M_PI) + INFINITY; }");
  ASSERT_FALSE(compiled.failure) << compiled.failure->message;
}

TEST_F(RealNvrtc, ReportsSpills) {
  const std::string text =
      "extern \"C\" __global__ void k(float* x) {\n  float v[96];\n"
      "  for (int i = 0; i < 96; ++i) v[i] = x[threadIdx.x + i * 32];\n  __syncthreads();\n"
      "  for (int i = 0; i < 96; ++i) x[threadIdx.x + i * 32] = v[i] * v[95 - i];\n}\n";
  const Compiled compiled = compile(text, "k", {"--maxrregcount=32"});
  ASSERT_FALSE(compiled.failure) << compiled.failure->message;
  EXPECT_GT(compiled.features.get("spill_store_bytes"), 0);
  EXPECT_LE(compiled.features.get("registers"), 32);
}

TEST_F(RealNvrtc, GivesTheSameCodeWhateverCommentsSay) {
  const std::string kernel = "extern \"C\" __global__ void k(float* x) { x[threadIdx.x] = KNOB; }";
  const Compiled one = compile("#define KNOB 2\n" + kernel);
  const Compiled other = compile("// a comment\n#define UNUSED 7\n#define KNOB 2\n" + kernel);
  const Compiled third = compile("#define KNOB 3\n" + kernel);
  ASSERT_FALSE(one.failure || other.failure || third.failure);
  EXPECT_EQ(one.program->code(), other.program->code());
  EXPECT_NE(one.program->code(), third.program->code());
}

TEST_F(RealNvrtc, GivesTheSameCodeForOptionsThatChangeNothing) {
  const std::string kernel = "extern \"C\" __global__ void k(float* x) { x[threadIdx.x] = 2; }";
  const Compiled one = compile(kernel);
  const Compiled other = compile(kernel, "k", {"--use_fast_math"});
  ASSERT_FALSE(one.failure || other.failure);
  EXPECT_EQ(one.program->code(), other.program->code());
}

TEST_F(RealNvrtc, SeesLaunchBoundsInTheCubin) {
  const Compiled compiled =
      compile("extern \"C\" __global__ void __launch_bounds__(128) k(float* x) { x[threadIdx.x] = 2; }");
  ASSERT_FALSE(compiled.failure);
  Launch launch;
  launch.entry = "k";
  launch.grid.group = {256, 1, 1};
  const Fit fit = compiled.program->fit(facts_of_architecture("sm_90").value(), launch);
  ASSERT_TRUE(fit.failure);
  EXPECT_EQ(fit.failure->verdict, Verdict::resource_exceeded);
}

}  // namespace
}  // namespace tamis::gpu

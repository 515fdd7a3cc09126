#include "targets/cpu/deploy/interface.h"
#include "workload/activation.h"
#include "workload/tolerance.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cpu {
namespace {

/// Memory and numbers to fill it with.
constexpr const char* kData = R"(
static void *allocate(size_t bytes) {
  const size_t rounded = (bytes + 63) / 64 * 64;
  void *memory = aligned_alloc(64, rounded > 0 ? rounded : 64);
  if (memory == NULL) {
    fprintf(stderr, "there is no memory for %zu bytes\n", bytes);
    exit(1);
  }
  memset(memory, 0, rounded);
  return memory;
}

/* Numbers below 2^24 that are the same in every run. */
static uint32_t draw(void) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}
)";

constexpr const char* kFloatData = R"(
typedef double sum_type;

static void fill(element *values, size_t count) {
  for (size_t i = 0; i < count; ++i) values[i] = (float)draw() / 8388608.0f - 1.0f;
}
)";

/// The bits of halves, computed with as floats; rounded as the kernel rounds, to nearest, halves to even.
constexpr const char* kFloat16Bits = R"(
static float widen(uint16_t bits) {
  const float size = bits & 0x7c00 ? ldexpf((float)(0x400 | (bits & 0x3ff)), ((bits >> 10) & 31) - 25)
                                   : ldexpf((float)(bits & 0x3ff), -24);
  if ((bits & 0x7c00) == 0x7c00) return bits & 0x3ff ? NAN : bits & 0x8000 ? -INFINITY : INFINITY;
  return bits & 0x8000 ? -size : size;
}

/* Of numbers below 65520. */
static uint16_t narrow(float value) {
  const float size = fabsf(value);
  int exponent = 0;
  frexpf(size, &exponent);
  const int step = exponent < -13 ? -24 : exponent - 11; /* neighbours are 2^step apart */
  const unsigned steps = (unsigned)rintf(ldexpf(size, -step));
  return (uint16_t)((value < 0 ? 0x8000 : 0) | (steps + (unsigned)(step + 24) * 0x400));
}
)";

constexpr const char* kBfloat16Bits = R"(
static float widen(uint16_t bits) {
  const uint32_t word = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &word, sizeof(value));
  return value;
}

static uint16_t narrow(float value) {
  uint32_t word;
  memcpy(&word, &value, sizeof(word));
  return (uint16_t)((word + 0x7fff + ((word >> 16) & 1)) >> 16);
}
)";

constexpr const char* kHalfData = R"(
static void fill_bits(uint16_t *bits, float *values, size_t count) {
  fill(values, count);
  for (size_t i = 0; i < count; ++i) {
    bits[i] = narrow(values[i]);
    values[i] = widen(bits[i]);
  }
}
)";

constexpr const char* kIntegerData = R"(
typedef int32_t sum_type;

static void fill(element *values, size_t count) {
  for (size_t i = 0; i < count; ++i) values[i] = (int8_t)((int)(draw() % (2 * BOUND + 1)) - BOUND);
}
)";

constexpr const char* kIntegerBias = R"(
static void fill_bias(int32_t *values, size_t count) {
  for (size_t i = 0; i < count; ++i) values[i] = (int32_t)(draw() % 65) - 32;
}
)";

/// What is expected, and how far from it an output may lie.
constexpr const char* kExpectation = R"(
static double squares = 0; /* of the sums, and how many of them have a product at all */
static double sums = 0;

static void expect(int64_t at, int64_t channel, sum_type sum, int64_t products) {
  expected[at] = finish(sum, at, channel);
  if (products == 0) return;
  squares += (double)sum * (double)sum;
  sums += 1;
}
)";

constexpr const char* kConvolution = R"(
/* The operator as it is defined. */
static void compute_expected(void) {
  for (int64_t n = 0; n < N; ++n)
    for (int64_t co = 0; co < CO; ++co)
      for (int64_t y = 0; y < OUT_H; ++y)
        for (int64_t x = 0; x < OUT_W; ++x) {
          sum_type sum = 0;
          int64_t products = 0;
          for (int64_t ci = 0; ci < GROUP_CI; ++ci)
            for (int64_t ky = 0; ky < KERNEL_H; ++ky)
              for (int64_t kx = 0; kx < KERNEL_W; ++kx) {
                const int64_t row = y * STRIDE_H + ky * DILATION_H - PAD_H;
                const int64_t column = x * STRIDE_W + kx * DILATION_W - PAD_W;
                if (row < 0 || row >= H || column < 0 || column >= W) continue;
                const int64_t channel = co / GROUP_CO * GROUP_CI + ci;
                sum += (sum_type)input[place(n, channel, row, column, CI, H, W)] *
                       (sum_type)weights[((co * GROUP_CI + ci) * KERNEL_H + ky) * KERNEL_W + kx];
                ++products;
              }
          expect(place(n, co, y, x, CO, OUT_H, OUT_W), co, sum, products);
        }
}
)";

constexpr const char* kSeparable = R"(
static double depthwise(int64_t n, int64_t c, int64_t y, int64_t x) {
  double sum = 0;
  for (int64_t ky = 0; ky < KERNEL_H; ++ky)
    for (int64_t kx = 0; kx < KERNEL_W; ++kx) {
      const int64_t row = y * STRIDE_H + ky * DILATION_H - PAD_H;
      const int64_t column = x * STRIDE_W + kx * DILATION_W - PAD_W;
      if (row < 0 || row >= H || column < 0 || column >= W) continue;
      sum += (double)input[place(n, c, row, column, CI, H, W)] *
             (double)inner_weights[(c * KERNEL_H + ky) * KERNEL_W + kx];
    }
  return inner_finish(sum, c);
}

/* The operator as it is defined: the depthwise part of a pixel, and the pointwise part of that. */
static void compute_expected(void) {
  static double pixel[CI];
  for (int64_t n = 0; n < N; ++n)
    for (int64_t y = 0; y < OUT_H; ++y)
      for (int64_t x = 0; x < OUT_W; ++x) {
        for (int64_t c = 0; c < CI; ++c) pixel[c] = depthwise(n, c, y, x);
        for (int64_t co = 0; co < CO; ++co) {
          sum_type sum = 0;
          for (int64_t c = 0; c < CI; ++c) sum += pixel[c] * (sum_type)weights[co * CI + c];
          expect(place(n, co, y, x, CO, OUT_H, OUT_W), co, sum, CI);
        }
      }
}
)";

constexpr const char* kVolume = R"(
/* The operator as it is defined. */
static void compute_expected(void) {
  for (int64_t n = 0; n < N; ++n)
    for (int64_t co = 0; co < CO; ++co)
      for (int64_t z = 0; z < OUT_D; ++z)
        for (int64_t y = 0; y < OUT_H; ++y)
          for (int64_t x = 0; x < OUT_W; ++x) {
            sum_type sum = 0;
            int64_t products = 0;
            for (int64_t ci = 0; ci < CI; ++ci)
              for (int64_t kz = 0; kz < KERNEL_D; ++kz)
                for (int64_t ky = 0; ky < KERNEL_H; ++ky)
                  for (int64_t kx = 0; kx < KERNEL_W; ++kx) {
                    const int64_t plane = z * STRIDE_D + kz * DILATION_D - PAD_D;
                    const int64_t row = y * STRIDE_H + ky * DILATION_H - PAD_H;
                    const int64_t column = x * STRIDE_W + kx * DILATION_W - PAD_W;
                    if (plane < 0 || plane >= D || row < 0 || row >= H || column < 0 || column >= W) continue;
                    const int64_t weight = (((co * CI + ci) * KERNEL_D + kz) * KERNEL_H + ky) * KERNEL_W + kx;
                    sum += (sum_type)input[place(n, ci, plane, row, column, CI, D, H, W)] *
                           (sum_type)weights[weight];
                    ++products;
                  }
            expect(place(n, co, z, y, x, CO, OUT_D, OUT_H, OUT_W), co, sum, products);
          }
}
)";

constexpr const char* kTransposed = R"(
/* The operator as it is defined. */
static void compute_expected(void) {
  for (int64_t n = 0; n < N; ++n)
    for (int64_t co = 0; co < CO; ++co)
      for (int64_t y = 0; y < OUT_H; ++y)
        for (int64_t x = 0; x < OUT_W; ++x) {
          sum_type sum = 0;
          int64_t products = 0;
          for (int64_t ci = 0; ci < CI; ++ci)
            for (int64_t row = 0; row < H; ++row)
              for (int64_t column = 0; column < W; ++column) {
                const int64_t ky = y + PAD_H - row * STRIDE_H;
                const int64_t kx = x + PAD_W - column * STRIDE_W;
                if (ky < 0 || ky >= KERNEL_H || kx < 0 || kx >= KERNEL_W) continue;
                sum += (sum_type)input[place(n, ci, row, column, CI, H, W)] *
                       (sum_type)weights[((co * CI + ci) * KERNEL_H + ky) * KERNEL_W + kx];
                ++products;
              }
          expect(place(n, co, y, x, CO, OUT_H, OUT_W), co, sum, products);
        }
}
)";

constexpr const char* kProduct = R"(
/* The operator as it is defined. */
static void compute_expected(void) {
  for (int64_t product = 0; product < BATCH; ++product)
    for (int64_t row = 0; row < M; ++row)
      for (int64_t column = 0; column < N; ++column) {
        sum_type sum = 0;
        for (int64_t k = 0; k < K; ++k)
          sum += (sum_type)input[product * M * K + (TRANSPOSE_A ? k * M + row : row * K + k)] *
                 (sum_type)weights[product * K * N + (TRANSPOSE_B ? column * K + k : k * N + column)];
        expect((product * M + row) * N + column, column, sum, K);
      }
}
)";

constexpr const char* kMain = R"(
/* The greatest error is the one that is the largest part of what is allowed there. */
static int check(void) {
  size_t wrong = 0;
  const double of_sums = sums > 0 ? TOLERANCE * sqrt(squares / sums) : 0;
  double greatest = 0, greatest_allowed = of_sums, greatest_part = 0;
  for (size_t i = 0; i < OUTPUTS; ++i) {
    const double error = fabs((double)output[i] - (double)expected[i]);
    const double allowed = of_sums@RELATIVE@;
    const double part = allowed > 0 ? error / allowed : error;
    if (!(error <= allowed) && wrong++ == 0)
      printf("output %zu is %g instead of %g\n", i, (double)output[i], (double)expected[i]);
    if (part > greatest_part) {
      greatest_part = part;
      greatest = error;
      greatest_allowed = allowed;
    }
  }
  printf("%zu of %zu outputs are wrong; greatest error %.3g of %.3g allowed\n", wrong, (size_t)OUTPUTS, greatest,
         greatest_allowed);
  return wrong == 0;
}

static double now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Half a second of runs, but at least 3 and at most MOST_RUNS of them. */
static void measure(void) {
  static double times[MOST_RUNS];
  size_t runs = 0;
  const double begin = now_us();
  while (runs < MOST_RUNS && (runs < 3 || now_us() - begin < 5e5)) {
    const double before = now_us();
    run();
    times[runs++] = now_us() - before;
  }
  qsort(times, runs, sizeof(double), ascending);
  printf("%.2f us median, %.2f us least of %zu runs; %.2f G operations/s\n", times[runs / 2], times[0], runs,
         OPERATIONS / times[runs / 2] * 1e-3);
}

int main(void) {
  prepare();
  run();
@WIDEN@  compute_expected();
  if (!check()) return 1;
  measure();
  return 0;
}
)";

std::string number(double bound) {
  if (std::isinf(bound)) return bound < 0 ? "-INFINITY" : "INFINITY";
  return fmt::format("{:.17g}", bound);
}

bool real(const Interface& kernel) { return is_real(kernel.workload.type); }
bool half(const Interface& kernel) { return is_half(kernel.workload.type); }

/// What the function takes: the bits of a tensor of halves, whose floats have its name.
std::string memory_of(const Buffer& argument) {
  return argument.name + (is_half(argument.element) ? "_bits" : "");
}

/// Whether the test computes with the elements, so that those of halves are wanted as floats.
bool is_operand(const Buffer& argument) {
  return argument.name == "input" || argument.name == "weights" || argument.name == "residual" ||
         argument.name == "inner_weights" || argument.name == "inner_bias";
}

/// The main program; halves may be rounded to neighbours.
std::string main_text(const Interface& kernel) {
  const std::string mark = "@RELATIVE@";
  std::string text = kMain;
  text.replace(text.find(mark), mark.size(), half(kernel) ? " + NEIGHBOURS * fabs((double)expected[i])" : "");
  const std::string widen = "@WIDEN@";
  text.replace(text.find(widen), widen.size(), half(kernel) ? "  widen_output();\n" : "");
  return text;
}

std::string constants(std::initializer_list<std::pair<const char*, int64_t>> all) {
  std::string text = "enum {\n";
  for (const auto& [name, value] : all) text += fmt::format("  {} = {},\n", name, value);
  return text + "};\n";
}

/// The sizes of a conv3d.
std::string volume_sizes(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  return constants({{"N", shape.n},
                    {"CI", shape.ci},
                    {"CO", shape.co},
                    {"D", shape.d},
                    {"H", shape.h},
                    {"W", shape.w},
                    {"OUT_D", output_depth(workload)},
                    {"OUT_H", output_height(workload)},
                    {"OUT_W", output_width(workload)},
                    {"KERNEL_D", shape.kernel_d},
                    {"KERNEL_H", shape.kernel_h},
                    {"KERNEL_W", shape.kernel_w},
                    {"STRIDE_D", shape.stride_d},
                    {"STRIDE_H", shape.stride_h},
                    {"STRIDE_W", shape.stride_w},
                    {"PAD_D", shape.pad_d},
                    {"PAD_H", shape.pad_h},
                    {"PAD_W", shape.pad_w},
                    {"DILATION_D", shape.dilation_d},
                    {"DILATION_H", shape.dilation_h},
                    {"DILATION_W", shape.dilation_w}});
}

std::string sizes(const Workload& workload) {
  if (workload.op == Operator::conv3d) return volume_sizes(workload);
  const ConvShape& shape = workload.shape;
  const MatmulShape& matmul = workload.matmul;
  if (workload.op == Operator::matmul)
    return constants({{"BATCH", matmul.batch},
                      {"M", matmul.m},
                      {"N", matmul.n},
                      {"K", matmul.k},
                      {"TRANSPOSE_A", matmul.transpose_a},
                      {"TRANSPOSE_B", matmul.transpose_b}});
  return constants({{"N", shape.n},
                    {"CI", shape.ci},
                    {"CO", shape.co},
                    {"GROUP_CI", shape.ci / shape.groups},
                    {"GROUP_CO", shape.co / shape.groups},
                    {"H", shape.h},
                    {"W", shape.w},
                    {"OUT_H", output_height(workload)},
                    {"OUT_W", output_width(workload)},
                    {"KERNEL_H", shape.kernel_h},
                    {"KERNEL_W", shape.kernel_w},
                    {"STRIDE_H", shape.stride_h},
                    {"STRIDE_W", shape.stride_w},
                    {"PAD_H", shape.pad_h},
                    {"PAD_W", shape.pad_w},
                    {"DILATION_H", shape.dilation_h},
                    {"DILATION_W", shape.dilation_w}});
}

/// Half the range of int8 operands: so that most results lie inside -128 to 127, where a wrong sum shows.
int operand_bound(const Workload& workload) {
  const double products = static_cast<double>(multiply_accumulates(workload)) /
                          static_cast<double>(tensor_sizes(workload).output);
  const double scale = std::ldexp(1.0, static_cast<int>(workload.epilogue.shift));
  return static_cast<int>(std::clamp(std::round(std::sqrt(150 * scale / std::sqrt(products))), 1.0, 127.0));
}

std::string place(Layout layout) {
  const char* index = "((n * channels + c) * h + y) * w + x";
  if (layout == Layout::nhwc) index = "((n * h + y) * w + x) * channels + c";
  if (layout == Layout::nchw16c) index = "(((n * (channels / 16) + c / 16) * h + y) * w + x) * 16 + c % 16";
  return fmt::format(
      "\n/* Where an element of the input or the output lies. */\n"
      "static int64_t place(int64_t n, int64_t c, int64_t y, int64_t x, int64_t channels, int64_t h, int64_t "
      "w) {{\n"
      "  return {};\n}}\n",
      index);
}

/// The same of a conv3d.
std::string voxel_place(Layout layout) {
  const char* index = "(((n * channels + c) * d + z) * h + y) * w + x";
  if (layout == Layout::nhwc) index = "(((n * d + z) * h + y) * w + x) * channels + c";
  if (layout == Layout::nchw16c)
    index = "((((n * (channels / 16) + c / 16) * d + z) * h + y) * w + x) * 16 + c % 16";
  return fmt::format(
      "\n/* Where an element of the input or the output lies. */\n"
      "static int64_t place(int64_t n, int64_t c, int64_t z, int64_t y, int64_t x, int64_t channels, int64_t "
      "d,\n                     int64_t h, int64_t w) {{\n"
      "  return {};\n}}\n",
      index);
}

/// The arguments of both functions as variables, and what is expected.
std::string variables(const Interface& kernel) {
  std::string text = "\n";
  for (const Buffer& argument : all_arguments(kernel))
    text += fmt::format("static {} *{};\n", c_type(argument.element), memory_of(argument));
  for (const Buffer& argument : all_arguments(kernel))
    if (is_half(argument.element) && (is_operand(argument) || argument.name == "output"))
      text += fmt::format("static float *{};\n", argument.name);
  return text + "static void *workspace;\nstatic element *expected;\n";
}

/// An activation of x in C.
const char* activated(Activation activation) {
  switch (activation) {
    case Activation::none:
      break;
    case Activation::hard_swish:
      return "x * fmin(fmax(x / 6 + 0.5, 0), 1)";
    case Activation::silu:
      return "x / (1 + exp(-x))";
    case Activation::gelu:
      return "0.5 * x * (1 + erf(x * 0.70710678118654752))";
    case Activation::sigmoid:
      return "1 / (1 + exp(-x))";
    case Activation::hard_sigmoid:
      return "fmin(fmax(x / 6 + 0.5, 0), 1)";
    case Activation::tanh:
      return "tanh(x)";
  }
  return "x";
}

/// What a sum becomes.
std::string finish(const Interface& kernel) {
  const Epilogue& epilogue = kernel.workload.epilogue;
  const char* bias = epilogue.bias ? " + bias[channel]" : "";
  std::string text =
      "\nstatic element finish(sum_type sum, int64_t at, int64_t channel) {\n  (void)at;\n  (void)channel;\n";
  if (real(kernel))
    return text + fmt::format("  const double x = sum{}{};\n  return (element)fmin(fmax({}, {}), {});\n}}\n",
                              bias, epilogue.residual ? " + residual[at]" : "",
                              activated(epilogue.activation), number(epilogue.clip_min),
                              number(epilogue.clip_max));
  return text + fmt::format(
                    "  const int64_t value = (int64_t)(sum >> {}){};\n"
                    "  return (element)(value < {} ? {} : value > {} ? {} : value);\n}}\n",
                    epilogue.shift, bias, number(epilogue.clip_min), number(epilogue.clip_min),
                    number(epilogue.clip_max), number(epilogue.clip_max));
}

/// What the sum of the depthwise part of a separable convolution becomes.
std::string inner_finish(const Epilogue& epilogue) {
  return fmt::format(
      "\nstatic double inner_finish(double sum, int64_t channel) {{\n  (void)channel;\n"
      "  const double x = sum{};\n  return fmin(fmax({}, {}), {});\n}}\n",
      epilogue.bias ? " + inner_bias[channel]" : "", activated(epilogue.activation),
      number(epilogue.clip_min), number(epilogue.clip_max));
}

std::string call(const std::string& function, const std::vector<Buffer>& arguments) {
  std::string text = function + "(";
  for (const Buffer& argument : arguments) text += memory_of(argument) + ", ";
  return text + "workspace);\n";
}

/// prepare(): fills and packs; run(): the function.
std::string calls(const Interface& kernel) {
  std::string text = "\nstatic void prepare(void) {\n";
  for (const Buffer& argument : all_arguments(kernel)) {
    const std::string memory = memory_of(argument);
    text += fmt::format("  {} = allocate({} * sizeof(*{}));\n", memory, argument.elements(), memory);
    const bool operand = is_operand(argument);
    if (is_half(argument.element)) {
      if (operand || argument.name == "output")
        text += fmt::format("  {0} = allocate({1} * sizeof(*{0}));\n", argument.name, argument.elements());
      if (operand)
        text += fmt::format("  fill_bits({}, {}, {});\n", memory, argument.name, argument.elements());
    } else if (operand || argument.name == "bias")
      text += fmt::format("  {}({}, {});\n", operand || real(kernel) ? "fill" : "fill_bias", argument.name,
                          argument.elements());
  }
  text += fmt::format(
      "  expected = allocate(OUTPUTS * sizeof(*expected));\n  workspace = allocate({}_WORKSPACE_BYTES);\n",
      kernel.name);
  if (!kernel.prepare_arguments.empty()) text += "  " + call(prepare_name(kernel), kernel.prepare_arguments);
  text += "}\n\nstatic void run(void) {\n  " + call(kernel.name, kernel.run_arguments) + "}\n";
  if (!half(kernel)) return text;
  return text +
         "\nstatic void widen_output(void) {\n"
         "  for (size_t i = 0; i < OUTPUTS; ++i) output[i] = widen(output_bits[i]);\n}\n";
}

std::string test_opening(const Interface& kernel) {
  const bool threads = kernel.threads > 1;
  return fmt::format(
      "/* Checks {0} against the definition of its operator, then times it. Exit code 0 when it is right, "
      "else 1.\n"
      " *\n *   cc -O2 {0}_test.c {0}.o {1} -o {0}_test && {2}./{0}_test */\n"
      "#define _POSIX_C_SOURCE 200112L\n"
      "#include \"{0}.h\"\n\n#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include "
      "<string.h>\n"
      "#include <time.h>\n\n",
      kernel.name, threads ? "-lgomp -lm" : "-lm", threads ? "OMP_PROC_BIND=true " : "");
}

std::string definitions(const Interface& kernel) {
  const Workload& workload = kernel.workload;
  std::string text = sizes(workload);
  text +=
      fmt::format("#define OUTPUTS {}\n#define OPERATIONS {:.0f}.0\n#define MOST_RUNS 10000\n",
                  tensor_sizes(workload).output, 2.0 * static_cast<double>(multiply_accumulates(workload)));
  double tolerance = kRelativeTolerance * steepest_slope(workload.epilogue.activation);
  if (workload.inner) tolerance *= steepest_slope(workload.inner->activation);
  // As reference_result has it: sums of floats may be taken in any order, a missing product shows far above.
  text += fmt::format("#define TOLERANCE {}\n", real(kernel) ? fmt::format("{}", tolerance) : "0.0");
  if (half(kernel))
    text += fmt::format("#define NEIGHBOURS {}\n",
                        kernel.workload.type == DataType::float16 ? "0x1p-10" : "0x1p-7");
  if (!real(kernel)) text += fmt::format("#define BOUND {}\n", operand_bound(workload));
  return text + fmt::format("\ntypedef {} element;\n", real(kernel) ? "float" : "int8_t");
}

}  // namespace

std::string test_file(const Interface& kernel) {
  const bool matmul = kernel.workload.op == Operator::matmul;
  std::string text = test_opening(kernel) + definitions(kernel) + variables(kernel);
  text += kData;
  text += real(kernel) ? kFloatData : kIntegerData;
  if (half(kernel)) {
    text += kernel.workload.type == DataType::float16 ? kFloat16Bits : kBfloat16Bits;
    text += kHalfData;
  }
  if (!real(kernel) && kernel.workload.epilogue.bias) text += kIntegerBias;
  text += finish(kernel);
  text += kExpectation;
  const bool volume = kernel.workload.op == Operator::conv3d;
  if (!matmul) text += volume ? voxel_place(kernel.workload.layout) : place(kernel.workload.layout);
  if (kernel.workload.inner) text += inner_finish(*kernel.workload.inner);
  const bool transposed = kernel.workload.op == Operator::conv2d_transpose;
  text += matmul                  ? kProduct
          : kernel.workload.inner ? kSeparable
          : transposed            ? kTransposed
          : volume                ? kVolume
                                  : kConvolution;
  text += calls(kernel);
  return text + main_text(kernel);
}

}  // namespace tamis::cpu

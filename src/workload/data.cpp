#include "workload/data.h"

#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace tamis {
namespace {

/// One term of the sum along one axis: which kernel row (column) meets which input row (column).
struct Tap {
  int64_t kernel;
  int64_t input;
};

struct Axis {
  bool transposed;
  int64_t input, output, kernel, stride, pad;
};

/// For every output position of an axis the terms that its sum has; padding adds none.
std::vector<std::vector<Tap>> axis_taps(const Axis& axis) {
  std::vector<std::vector<Tap>> taps(static_cast<size_t>(axis.output));
  for (int64_t position = 0; position < axis.output; ++position) {
    for (int64_t k = 0; k < axis.kernel; ++k) {
      int64_t input = position * axis.stride - axis.pad + k;
      if (axis.transposed) {
        const int64_t scaled = position + axis.pad - k;
        if (scaled < 0 || scaled % axis.stride != 0) continue;
        input = scaled / axis.stride;
      }
      if (input >= 0 && input < axis.input) taps[static_cast<size_t>(position)].push_back({k, input});
    }
  }
  return taps;
}

/// NCHW to NHWC, widened: the channels of a pixel lie together.
std::vector<int16_t> channels_last(const ConvShape& shape, const std::vector<int8_t>& input) {
  std::vector<int16_t> out(input.size());
  const int64_t pixels = shape.h * shape.w;
  for (int64_t n = 0; n < shape.n; ++n)
    for (int64_t c = 0; c < shape.ci; ++c)
      for (int64_t p = 0; p < pixels; ++p)
        out[static_cast<size_t>((n * pixels + p) * shape.ci + c)] =
            input[static_cast<size_t>((n * shape.ci + c) * pixels + p)];
  return out;
}

/// OIHW to (group, kernel_h, kernel_w, input channel of the group, output channel of the group), widened: the
/// weights that one input value is multiplied with lie together.
std::vector<int16_t> outputs_last(const ConvShape& shape, const std::vector<int8_t>& weights) {
  std::vector<int16_t> out(weights.size());
  const int64_t ci = shape.ci / shape.groups, co = shape.co / shape.groups,
                area = shape.kernel_h * shape.kernel_w;
  for (int64_t o = 0; o < shape.co; ++o)
    for (int64_t i = 0; i < ci; ++i)
      for (int64_t k = 0; k < area; ++k)
        out[static_cast<size_t>((((o / co) * area + k) * ci + i) * co + o % co)] =
            weights[static_cast<size_t>((o * ci + i) * area + k)];
  return out;
}

/// sums[o] += value * weights[o]; unsigned, because int32 accumulation wraps around.
void multiply_add(int16_t value, const int16_t* weights, uint32_t* sums, int64_t count) {
  for (int64_t o = 0; o < count; ++o)
    sums[o] += static_cast<uint32_t>(static_cast<int32_t>(value) * weights[o]);
}

int8_t finish(const Epilogue& epilogue, uint32_t sum, int32_t bias) {
  const int32_t shifted = static_cast<int32_t>(sum) >> epilogue.shift;
  const auto biased = static_cast<int32_t>(static_cast<uint32_t>(shifted) + static_cast<uint32_t>(bias));
  return static_cast<int8_t>(std::clamp<int64_t>(biased, epilogue.clip_min, epilogue.clip_max));
}

/// The operands in the layouts that the loops want.
struct Operands {
  const ConvShape& shape;
  std::vector<int16_t> input;
  std::vector<int16_t> weights;
};

/// The sums of all output channels of one group at one output position.
void accumulate(const Operands& operands, int64_t n, int64_t group, std::span<const Tap> rows,
                std::span<const Tap> columns, std::vector<uint32_t>& sums) {
  const ConvShape& shape = operands.shape;
  const int64_t ci = shape.ci / shape.groups, co = shape.co / shape.groups;
  std::fill(sums.begin(), sums.end(), 0U);
  for (const Tap& row : rows) {
    for (const Tap& column : columns) {
      const int64_t pixel = (n * shape.h + row.input) * shape.w + column.input;
      const int64_t place = (group * shape.kernel_h + row.kernel) * shape.kernel_w + column.kernel;
      const int16_t* values = operands.input.data() + pixel * shape.ci + group * ci;
      const int16_t* weights = operands.weights.data() + place * ci * co;
      for (int64_t i = 0; i < ci; ++i) multiply_add(values[i], weights + i * co, sums.data(), co);
    }
  }
}

/// Half the widths of the ranges that inputs and weights are drawn from, and the middles of the ranges.
struct Ranges {
  double input_half, input_middle;
  double weight_half, weight_middle;
  double bias_half, bias_middle;
};

/// Chosen so that outputs spread over about the clip range: the sum of `terms` products of uniform values
/// with half widths a and b has the standard deviation sqrt(terms) * a * b / 3. The bias moves the outputs to
/// the middle of the clip range; without one the weights are given a mean that does.
Ranges choose_ranges(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  const Epilogue& epilogue = workload.epilogue;
  double terms = static_cast<double>(shape.kernel_h * shape.kernel_w * (shape.ci / shape.groups));
  if (workload.op == Operator::conv2d_transpose)
    terms = std::max(1.0, terms / static_cast<double>(shape.stride_h * shape.stride_w));
  const double scale = std::ldexp(1.0, static_cast<int>(epilogue.shift));
  const auto width = static_cast<double>(epilogue.clip_max - epilogue.clip_min);
  const double middle = static_cast<double>(epilogue.clip_max + epilogue.clip_min) / 2.0;
  const double half =
      std::clamp(std::round(std::sqrt(3.0 * width / 5.0 * scale / std::sqrt(terms))), 1.0, 127.0);
  if (epilogue.bias) return {half, 0.0, half, 0.0, width / 8.0, middle};
  const double mean = std::clamp(middle * scale / terms / std::max(1.0, half / 2.0), -64.0, 64.0);
  return {half / 2.0, half / 2.0, std::min(half, 127.0 - std::abs(mean)), mean, 0.0, 0.0};
}

/// Whole numbers close to uniform between middle - half and middle + half, eight from each random word.
void fill(std::vector<int8_t>& values, double half, double middle, Random& random) {
  const auto low = static_cast<int>(std::lround(middle - half));
  const auto count = static_cast<int>(std::lround(middle + half)) - low + 1;
  uint64_t word = 0;
  for (size_t i = 0; i < values.size(); ++i, word >>= 8) {
    if (i % 8 == 0) word = random.next();
    values[i] = static_cast<int8_t>(low + ((static_cast<int>(word & 255) * count) >> 8));
  }
}

}  // namespace

std::vector<int8_t> reference_output(const Workload& workload, const std::vector<int8_t>& input,
                                     const std::vector<int8_t>& weights, const std::vector<int32_t>& bias) {
  const ConvShape& shape = workload.shape;
  const int64_t height = output_height(workload), width = output_width(workload),
                co = shape.co / shape.groups;
  const bool transposed = workload.op == Operator::conv2d_transpose;
  const auto rows = axis_taps({transposed, shape.h, height, shape.kernel_h, shape.stride_h, shape.pad_h});
  const auto columns = axis_taps({transposed, shape.w, width, shape.kernel_w, shape.stride_w, shape.pad_w});
  const Operands operands{shape, channels_last(shape, input), outputs_last(shape, weights)};
  std::vector<int8_t> output(static_cast<size_t>(shape.n * shape.co * height * width));
  std::vector<uint32_t> sums(static_cast<size_t>(co));
  const auto bias_of = [&](int64_t channel) {
    return workload.epilogue.bias ? bias[static_cast<size_t>(channel)] : 0;
  };
  for (int64_t n = 0; n < shape.n; ++n)
    for (int64_t group = 0; group < shape.groups; ++group)
      for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x) {
          accumulate(operands, n, group, rows[static_cast<size_t>(y)], columns[static_cast<size_t>(x)], sums);
          for (int64_t o = 0; o < co; ++o) {
            const int64_t channel = group * co + o;
            output[static_cast<size_t>(((n * shape.co + channel) * height + y) * width + x)] =
                finish(workload.epilogue, sums[static_cast<size_t>(o)], bias_of(channel));
          }
        }
  return output;
}

WorkloadData make_data(const Workload& workload, uint64_t seed) {
  WorkloadData data;
  if (workload.op == Operator::external) return data;
  const ConvShape& shape = workload.shape;
  const Ranges ranges = choose_ranges(workload);
  data.input.resize(static_cast<size_t>(shape.n * shape.ci * shape.h * shape.w));
  data.weights.resize(
      static_cast<size_t>(shape.co * (shape.ci / shape.groups) * shape.kernel_h * shape.kernel_w));
  data.bias.resize(static_cast<size_t>(shape.co));
  Random inputs = Random::stream(seed, "input"), weights = Random::stream(seed, "weights");
  Random biases = Random::stream(seed, "bias");
  fill(data.input, ranges.input_half, ranges.input_middle, inputs);
  fill(data.weights, ranges.weight_half, ranges.weight_middle, weights);
  for (int32_t& bias : data.bias)
    bias = static_cast<int32_t>(
        std::lround(ranges.bias_middle + ranges.bias_half * (2.0 * biases.uniform() - 1.0)));
  data.output = reference_output(workload, data.input, data.weights, data.bias);
  return data;
}

}  // namespace tamis

#pragma once

#include "tamis/data.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace tamis {

// The result of a workload computed in another way than reference_result: every input value is scattered to
// the outputs that it reaches, in 64-bit sums (wrapped to 32 bits at the end) or in sums of doubles.

/// Where an element of a tensor of images lies, as Layout is documented.
inline size_t element_of(Layout layout, int64_t channels, int64_t height, int64_t width, int64_t n, int64_t c,
                         int64_t y, int64_t x) {
  if (layout == Layout::nhwc) return static_cast<size_t>(((n * height + y) * width + x) * channels + c);
  if (layout == Layout::nchw16c)
    return static_cast<size_t>((((n * (channels / 16) + c / 16) * height + y) * width + x) * 16 + c % 16);
  return static_cast<size_t>(((n * channels + c) * height + y) * width + x);
}

template <class Element>
using OracleSum = std::conditional_t<std::is_same_v<Element, float>, double, int64_t>;

/// The sums of a convolution or dense layer, in the order of its output.
template <class Element>
std::vector<OracleSum<Element>> scattered_sums(const Workload& workload, const WorkloadData& data) {
  using Sum = OracleSum<Element>;
  const ConvShape& s = workload.shape;
  const auto& input = data.input.values<Element>();
  const auto& weights = data.weights.values<Element>();
  const int64_t depth = output_depth(workload);
  const int64_t height = output_height(workload), width = output_width(workload);
  const int64_t group_in = s.ci / s.groups, group_out = s.co / s.groups;
  std::vector<Sum> sums(data.output.size());
  // The output position that an input position meets through a kernel position, or -1.
  const auto target = [&](int64_t in, int64_t tap, int64_t stride, int64_t pad, int64_t limit) -> int64_t {
    if (workload.op == Operator::conv2d_transpose) {
      const int64_t out = in * stride - pad + tap;
      return out >= 0 && out < limit ? out : -1;
    }
    const int64_t scaled = in + pad - tap;
    return scaled >= 0 && scaled % stride == 0 && scaled / stride < limit ? scaled / stride : -1;
  };
  // Rows of all planes are counted through, of the kernel too.
  for (int64_t n = 0; n < s.n; ++n)
    for (int64_t c = 0; c < s.ci; ++c)
      for (int64_t row = 0; row < s.d * s.h; ++row)
        for (int64_t x = 0; x < s.w; ++x) {
          const Sum value = input[element_of(workload.layout, s.ci, s.d * s.h, s.w, n, c, row, x)];
          for (int64_t k = 0; k < s.kernel_d * s.kernel_h; ++k)
            for (int64_t kx = 0; kx < s.kernel_w; ++kx) {
              const int64_t oz =
                  depth == 1 && s.d == 1 && s.kernel_d == 1 && s.pad_d == 0
                      ? 0
                      : target(row / s.h, k / s.kernel_h * s.dilation_d, s.stride_d, s.pad_d, depth);
              const int64_t oy =
                  target(row % s.h, k % s.kernel_h * s.dilation_h, s.stride_h, s.pad_h, height);
              const int64_t ox = target(x, kx * s.dilation_w, s.stride_w, s.pad_w, width);
              if (oz < 0 || oy < 0 || ox < 0) continue;
              for (int64_t o = c / group_in * group_out; o < (c / group_in + 1) * group_out; ++o) {
                const int64_t weight =
                    ((o * group_in + c % group_in) * s.kernel_d * s.kernel_h + k) * s.kernel_w + kx;
                sums[element_of(workload.layout, s.co, depth * height, width, n, o, oz * height + oy, ox)] +=
                    value * static_cast<Sum>(weights[static_cast<size_t>(weight)]);
              }
            }
        }
  return sums;
}

/// The sums of a matmul: for every k the outer product of a column of A and a row of B.
template <class Element>
std::vector<OracleSum<Element>> product_sums(const Workload& workload, const WorkloadData& data) {
  using Sum = OracleSum<Element>;
  const MatmulShape& s = workload.matmul;
  std::vector<Sum> sums(data.output.size());
  for (int64_t batch = 0; batch < s.batch; ++batch)
    for (int64_t k = 0; k < s.k; ++k)
      for (int64_t m = 0; m < s.m; ++m)
        for (int64_t n = 0; n < s.n; ++n) {
          const int64_t a = batch * s.m * s.k + (s.transpose_a ? k * s.m + m : m * s.k + k);
          const int64_t b = batch * s.k * s.n + (s.transpose_b ? n * s.k + k : k * s.n + n);
          sums[static_cast<size_t>((batch * s.m + m) * s.n + n)] +=
              static_cast<Sum>(data.input.values<Element>()[static_cast<size_t>(a)]) *
              static_cast<Sum>(data.weights.values<Element>()[static_cast<size_t>(b)]);
        }
  return sums;
}

/// The channel (column of a matmul) of every element of the output.
inline std::vector<size_t> channels_of(const Workload& workload, size_t elements) {
  std::vector<size_t> channels(elements);
  const int64_t height = output_height(workload), width = output_width(workload);
  if (workload.op == Operator::matmul) {
    for (size_t i = 0; i < elements; ++i) channels[i] = i % static_cast<size_t>(width);
    return channels;
  }
  const int64_t co = workload.shape.co, rows = output_depth(workload) * height;
  for (int64_t n = 0; n < workload.shape.n; ++n)
    for (int64_t c = 0; c < co; ++c)
      for (int64_t y = 0; y < rows; ++y)
        for (int64_t x = 0; x < width; ++x)
          channels[element_of(workload.layout, co, rows, width, n, c, y, x)] = static_cast<size_t>(c);
  return channels;
}

inline int8_t finished(const Workload& workload, int64_t sum, int32_t bias, int8_t /*residual*/) {
  // Floor division is the arithmetic shift.
  const int64_t wrapped = static_cast<int32_t>(static_cast<uint32_t>(sum));
  const int64_t divisor = int64_t{1} << workload.epilogue.shift;
  const int64_t shifted = wrapped >= 0 ? wrapped / divisor : -((-wrapped + divisor - 1) / divisor);
  const auto biased = static_cast<int32_t>(static_cast<uint32_t>(shifted + bias));
  return static_cast<int8_t>(
      std::min(std::max<double>(biased, workload.epilogue.clip_min), workload.epilogue.clip_max));
}

/// The definitions of Activation, spelled otherwise: by the hyperbolic tangent and the complementary error
/// function.
inline double oracle_activation(Activation activation, double x) {
  const double sigmoid = 0.5 * std::tanh(0.5 * x) + 0.5;
  const double ramp = x <= -3 ? 0 : x >= 3 ? 1 : (x + 3) / 6;
  switch (activation) {
    case Activation::none:
      break;
    case Activation::hard_swish:
      return ramp * x;
    case Activation::silu:
      return sigmoid * x;
    case Activation::gelu:
      return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
    case Activation::sigmoid:
      return sigmoid;
    case Activation::hard_sigmoid:
      return ramp;
    case Activation::tanh:
      return 1 - 2 / (std::exp(2 * x) + 1);
  }
  return x;
}

inline float finished(const Workload& workload, double sum, float bias, float residual) {
  const double value = oracle_activation(workload.epilogue.activation, sum + bias + residual);
  return static_cast<float>(
      std::min(std::max(value, workload.epilogue.clip_min), workload.epilogue.clip_max));
}

template <class Element>
Tensor scattered_output_of(const Workload& workload, const WorkloadData& data) {
  using Bias = std::conditional_t<std::is_same_v<Element, float>, float, int32_t>;
  const auto sums = workload.op == Operator::matmul ? product_sums<Element>(workload, data)
                                                    : scattered_sums<Element>(workload, data);
  const std::vector<size_t> channels = channels_of(workload, sums.size());
  std::vector<Element> output;
  for (size_t i = 0; i < sums.size(); ++i)
    output.push_back(finished(workload, sums[i], data.bias.values<Bias>()[channels[i]],
                              workload.epilogue.residual ? data.residual.values<Element>()[i] : Element{}));
  return output;
}

/// What is computed of elements of 16 bits, before it is rounded to them.
inline Tensor scattered_output_of_halves(const Workload& workload, const WorkloadData& data) {
  Workload wide = workload;
  wide.type = DataType::float32;
  WorkloadData widened_data = data;
  for (Tensor* tensor : {&widened_data.input, &widened_data.weights, &widened_data.output})
    *tensor = widened(workload.type, *tensor);
  if (workload.epilogue.residual) widened_data.residual = widened(workload.type, data.residual);
  return scattered_output_of<float>(wide, widened_data);
}

inline Tensor scattered_output(const Workload& workload, const WorkloadData& data) {
  if (workload.op == Operator::separable_conv2d) {
    const SeparableParts parts = separable_parts(workload);
    WorkloadData first, second = data;
    first.input = data.input;
    first.weights = data.inner.weights;
    first.bias = data.inner.bias;
    first.output = std::vector<float>(static_cast<size_t>(tensor_sizes(parts.depthwise).output));
    second.input = scattered_output(parts.depthwise, first);
    return scattered_output(parts.pointwise, second);
  }
  if (is_half(workload.type)) return scattered_output_of_halves(workload, data);
  return workload.type == DataType::int8 ? scattered_output_of<int8_t>(workload, data)
                                         : scattered_output_of<float>(workload, data);
}

}  // namespace tamis

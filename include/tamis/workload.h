#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// The operators that can be tuned. `external` is none of ours: something that the target alone knows by the
/// workload's `source`, such as a recorded table.
enum class Operator {
  conv2d,
  grouped_conv2d,
  depthwise_conv2d,
  conv2d_transpose,
  conv3d,
  dense,
  matmul,
  separable_conv2d,
  external
};

/// `conv2d`, `grouped_conv2d`, ...
std::string_view to_string(Operator op);
/// The operator of a word. Errors: invalid_input, with the nearest word.
Result<Operator> parse_operator(std::string_view word);

/// What the elements are. int8: int8 operands, int32 accumulation (which wraps around) and bias, int8 output.
/// float32: everything is float32; the order of a sum is free, so its rounding is not specified.
/// float16 (IEEE 754's binary16) and bfloat16 (the upper half of a float32): operands, residual and output
/// have 16 bits, everything else is as for float32; each output is rounded once, to nearest, halves to even.
enum class DataType { int8, float32, float16, bfloat16 };
/// `int8`, `float32`, `float16` or `bfloat16`.
std::string_view to_string(DataType type);
/// Whether the type's elements are fractions, which are summed up in float32: all but int8.
constexpr bool is_real(DataType type) { return type != DataType::int8; }
/// Whether the type's elements have 16 bits: float16 and bfloat16.
constexpr bool is_half(DataType type) { return type == DataType::float16 || type == DataType::bfloat16; }
/// The type of a word. Errors: invalid_input, with the nearest word.
Result<DataType> parse_data_type(std::string_view word);

/// How a convolution's input and output lie in memory, the last axis without gaps. nchw: [n][c][h][w]; nhwc:
/// [n][h][w][c]; nchw16c: [n][c / 16][h][w][16], only where ci and co are multiples of 16. Of a conv3d there
/// is an axis d before h in each. Weights are OIHW (OIDHW) in all of them.
enum class Layout { nchw, nhwc, nchw16c };
/// `nchw`, `nhwc` or `nchw16c`.
std::string_view to_string(Layout layout);
/// The layout of a word. Errors: invalid_input, with the nearest word.
Result<Layout> parse_layout(std::string_view word);
/// Channels of a block of Layout::nchw16c.
constexpr int64_t kLayoutBlock = 16;

/// The shape of a convolution; a dense layer is one with h = w = kernel_h = kernel_w = 1: input (n, ci),
/// weights (co, ci), output (n, co).
///
/// Input (n, ci, h, w) and output (n, co, out_h, out_w) lie as Workload::layout says; weights are OIHW (co,
/// ci / groups, kernel_h, kernel_w), for conv2d_transpose too. All sizes are at least 1, paddings at least 0;
/// groups divides ci and co: it is 1 for conv2d and dense, and ci (as is co) for depthwise_conv2d. Output
/// rows are (h + pad_top + pad_bottom - (kernel - 1) * dilation - 1) / stride + 1, rounded down, with pad_top
/// = pad_h and pad_bottom = pad_h + extra_pad_h; for conv2d_transpose (h - 1) * stride - pad_top - pad_bottom
/// + kernel + output_pad, where input row y, through kernel row ky, is added to output row y * stride -
/// pad_top
/// + ky (the gradient of a convolution, as in TVM's conv2d_transpose).
///
/// conv3d has one axis more, the depth, with what h has: input (n, ci, d, h, w), weights (co, ci, kernel_d,
/// kernel_h, kernel_w), output (n, co, out_d, out_h, out_w), groups 1. All others leave the depth at its
/// defaults.
///
/// A separable_conv2d is a depthwise_conv2d of ci channels, which all these sizes but co describe, and after
/// its epilogue (Workload::inner) a conv2d of a 1x1 kernel, stride 1 and no padding from ci to co channels:
/// weights (ci, 1, kernel_h, kernel_w) and (co, ci, 1, 1), output (n, co, out_h, out_w).
struct ConvShape {
  int64_t n = 1, ci = 1, h = 1, w = 1, co = 1;
  int64_t kernel_h = 1, kernel_w = 1;
  int64_t stride_h = 1, stride_w = 1;
  int64_t pad_h = 0, pad_w = 0;  ///< zeros on both sides; for a transposed one, rows cut off both sides
  int64_t output_pad_h = 0,
          output_pad_w = 0;  ///< conv2d_transpose only: extra output rows at the end, below the stride
  int64_t groups = 1;
  int64_t dilation_h = 1, dilation_w = 1;  ///< input rows between neighbouring taps; not of conv2d_transpose
  int64_t extra_pad_h = 0, extra_pad_w = 0;   ///< what the end has more than pad_h (pad_w); may be negative
  int64_t d = 1, kernel_d = 1, stride_d = 1;  ///< the depth, of conv3d only
  int64_t pad_d = 0, dilation_d = 1, extra_pad_d = 0;

  /// The padding behind the last row (column).
  [[nodiscard]] int64_t pad_bottom() const { return pad_h + extra_pad_h; }
  [[nodiscard]] int64_t pad_right() const { return pad_w + extra_pad_w; }
  /// The padding behind the last plane.
  [[nodiscard]] int64_t pad_back() const { return pad_d + extra_pad_d; }
  /// Whether each axis has as much padding at its end as at its beginning.
  [[nodiscard]] bool evenly_padded() const {
    return extra_pad_h == 0 && extra_pad_w == 0 && extra_pad_d == 0;
  }
  friend bool operator==(const ConvShape&, const ConvShape&) = default;
};

/// The shape of Operator::matmul: `batch` products of matrices, both of them activations, all row-major.
///
/// A is [batch, m, k], or [batch, k, m] where transpose_a; B is [batch, k, n], or [batch, n, k] where
/// transpose_b; the output is [batch, m, n]. All sizes are at least 1.
struct MatmulShape {
  int64_t batch = 1, m = 1, n = 1, k = 1;
  bool transpose_a = false, transpose_b = false;
  friend bool operator==(const MatmulShape&, const MatmulShape&) = default;
};

/// What becomes of each output of a workload that is not of int8 in place of a clip. x is the output so far:
/// hard_swish x * min(max(x / 6 + 1/2, 0), 1), silu x / (1 + exp(-x)), gelu x * (1 + erf(x / sqrt(2))) / 2,
/// sigmoid 1 / (1 + exp(-x)), hard_sigmoid min(max(x / 6 + 1/2, 0), 1), tanh its hyperbolic tangent.
enum class Activation { none, hard_swish, silu, gelu, sigmoid, hard_sigmoid, tanh };
/// `none`, `hard_swish`, `silu`, ...
std::string_view to_string(Activation activation);
/// The activation of a word, which `none` is not. Errors: invalid_input, with the nearest word, or with what
/// to write for one of the clip (ReLU, ReLU6).
Result<Activation> parse_activation(std::string_view word);

/// What follows the accumulation. The bias is per output channel (per column n of a matmul).
///
/// int8, in this order: arithmetic shift right, bias, clip, narrowing. output = int8(min(max((acc >> shift) +
/// bias, clip_min), clip_max)): VTA's epilogue as TVM's template has it. Bounds are integers from -128
/// to 127.
/// Others: output = min(max(acc + bias + residual, clip_min), clip_max), or activation(acc + bias +
/// residual), for which both bounds are none. The residual is a tensor of the output's shape and layout. A
/// bound may be infinite, which is none; there is no shift, so it is 0. What is not a number passes through
/// both.
struct Epilogue {
  int64_t shift = 8;                         ///< 0 to 31
  bool bias = true;                          ///< int32 for int8, float32 for all others
  double clip_min = 0;                       ///< at most clip_max; 0 is a rectified linear unit (ReLU)
  double clip_max = 127;                     ///< at least clip_min
  Activation activation = Activation::none;  ///< not of int8
  bool residual = false;                     ///< not of int8
  friend bool operator==(const Epilogue&, const Epilogue&) = default;
};

/// The epilogue of a workload that says nothing of it. int8: shift 8, bias, clip to 0..127. Others: bias and
/// ReLU, that is clip to 0..infinity.
Epilogue default_epilogue(DataType type);

/// An operator with its shapes and types.
struct Workload {
  std::string name;  ///< for people and logs: `resnet18.C2`, or the spec where the user gave one
  Operator op = Operator::conv2d;
  ConvShape shape;     ///< every operator but matmul and external, which leave it at its defaults
  MatmulShape matmul;  ///< matmul only; the others leave it at its defaults
  Epilogue epilogue;
  /// What follows the depthwise part of a separable_conv2d, which always has it, and has no residual; nothing
  /// for all others.
  std::optional<Epilogue> inner = {};
  DataType type = DataType::int8;
  Layout layout = Layout::nchw;  ///< of input and output; nchw for dense, matmul and external
  std::string source;  ///< external only, which has nothing else: a path that the target understands
  friend bool operator==(const Workload&, const Workload&) = default;
};

/// What a spec, a suite or a file leaves open: the target chooses.
struct WorkloadDefaults {
  DataType type = DataType::int8;
  Layout layout = Layout::nchw;  ///< of operators that have one
};

/// Output planes of a conv3d, 1 of others; output rows (columns) of the workload, for a matmul m (n). At
/// least 1 for a workload that was validated.
int64_t output_depth(const Workload& workload);
int64_t output_height(const Workload& workload);
int64_t output_width(const Workload& workload);
/// Multiply-accumulates of the operator as defined: n * co * out_h * out_w * kernel_h * kernel_w * ci /
/// groups, of conv3d times out_d * kernel_d (for conv2d_transpose over the input's h * w instead of out_h *
/// out_w), batch * m * n * k, those of both parts for separable_conv2d; 0 for external, where nobody knows.
int64_t multiply_accumulates(const Workload& workload);

/// How many elements the tensors of a workload have. For a matmul input is A and weights is B; the bias
/// counts whether the epilogue has one or not, the residual only where it has. Inner ones are those of the
/// depthwise part of a separable_conv2d. All 0 for external.
struct TensorSizes {
  int64_t input = 0, weights = 0, bias = 0, output = 0, residual = 0;
  int64_t inner_weights = 0, inner_bias = 0;
};
/// The workload must be valid.
TensorSizes tensor_sizes(const Workload& workload);

/// The two parts of a separable_conv2d as workloads of their own, named by their specs.
struct SeparableParts {
  Workload depthwise;  ///< depthwise_conv2d with the inner epilogue
  Workload pointwise;  ///< conv2d of a 1x1 kernel with the epilogue
};
/// The workload must be a separable_conv2d.
SeparableParts separable_parts(const Workload& workload);
/// The separable_conv2d of two such parts; its name is its spec. Nothing where they are none: where the
/// second does not take what the first gives, or is no plain 1x1 convolution, or types or layouts differ, or
/// either is of int8, or the first one has a residual.
std::optional<Workload> join_separable(const Workload& depthwise, const Workload& pointwise);

/// Errors: invalid_input that names the field when the workload is impossible (an empty output, groups that
/// do not divide the channels, a size that overflows, ...). Tensors of more than 2^31 elements are refused.
Status validate(const Workload& workload);

/// The spec string, which parse_spec reads back: `conv2d:n=1,ci=64,h=56,w=56,co=64,k=3,stride=1,pad=1`.
/// The sizes that every convolution (dense layer, matmul) has are always written, the others only where they
/// differ from their defaults, so equal workloads have equal specs. The type is left out only where int8 is
/// both the workload's and the default, the layout where nchw is. An external one is `external:SOURCE`.
std::string to_spec(const Workload& workload, const WorkloadDefaults& defaults = {});
/// Reads a spec (docs/reference/workloads has the keys). For depthwise_conv2d groups and co follow from ci.
/// Needed are ci, and, as far as the operator has them, h, w, co, the kernel and, for grouped_conv2d, groups;
/// m, n and k for matmul. `relu=1` is short for clip_min=0, `relu=0` for clip_min=none; an activation leaves
/// both bounds none. `pad=same` is worked out from the other sizes. `conv1d`, `grouped_conv1d`,
/// `depthwise_conv1d` and `conv1d_transpose` are read as the operators of two axes with one row. The name is
/// the spec as to_spec writes it with these defaults. Errors: invalid_input naming the key.
Result<Workload> parse_spec(std::string_view spec, const WorkloadDefaults& defaults = {});

/// The workload as a JSON object with the same keys as the spec plus `operator` and `name` (bias,
/// residual and transposes as true or false, a bound that is none as null; an external one has `source`
/// instead), and back; a missing name is filled with the spec. `origin` names the JSON in errors. to_json
/// writes for defaults of int8 and nchw. Errors: invalid_input naming the key.
Json to_json(const Workload& workload);
Result<Workload> workload_from_json(const Json& json, const std::string& origin,
                                    const WorkloadDefaults& defaults = {});

/// Where one channel of one image lies: pixel p (row * width + column, after the rows of earlier planes) is
/// element first + p * step.
struct ChannelPlace {
  int64_t first;
  int64_t step;
};

/// The place of channel c of image n in a tensor of `channels` channels of `pixels` pixels each.
inline ChannelPlace channel_place(Layout layout, int64_t channels, int64_t pixels, int64_t n, int64_t c) {
  const int64_t image = n * channels * pixels;
  switch (layout) {
    case Layout::nchw:
      break;
    case Layout::nhwc:
      return {image + c, channels};
    case Layout::nchw16c:
      return {image + c / kLayoutBlock * pixels * kLayoutBlock + c % kLayoutBlock, kLayoutBlock};
  }
  return {image + c * pixels, 1};
}

/// The elements of an NCHW tensor in another layout.
template <class T>
std::vector<T> to_layout(Layout layout, int64_t channels, int64_t pixels, std::vector<T> nchw) {
  if (layout == Layout::nchw) return nchw;
  std::vector<T> out(nchw.size());
  size_t element = 0;
  for (int64_t n = 0; element < nchw.size(); ++n)
    for (int64_t c = 0; c < channels; ++c) {
      const ChannelPlace place = channel_place(layout, channels, pixels, n, c);
      for (int64_t p = 0; p < pixels; ++p)
        out[static_cast<size_t>(place.first + p * place.step)] = nchw[element++];
    }
  return out;
}

}  // namespace tamis

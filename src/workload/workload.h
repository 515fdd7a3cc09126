#pragma once

#include "base/json_fwd.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// The operators that can be tuned. `external` is none of ours: something that the target alone knows by the
/// workload's `source`, such as a recorded table.
enum class Operator { conv2d, grouped_conv2d, depthwise_conv2d, conv2d_transpose, dense, external };

/// `conv2d`, `grouped_conv2d`, ...
std::string_view to_string(Operator op);
/// The operator of a word. Errors: invalid_input, with the nearest word.
Result<Operator> parse_operator(std::string_view word);

/// The shape of a convolution; a dense layer is one with h = w = kernel_h = kernel_w = 1.
///
/// Layouts: input NCHW (n, ci, h, w); weights OIHW (co, ci / groups, kernel_h, kernel_w), for
/// conv2d_transpose too; output NCHW (n, co, out_h, out_w). All sizes are at least 1, paddings at least 0;
/// groups divides ci and co: it is 1 for conv2d and dense, and ci (as is co) for depthwise_conv2d. Output
/// rows are (h + 2 * pad - kernel) / stride + 1, rounded down; for conv2d_transpose (h - 1) * stride - 2 *
/// pad + kernel + output_pad, where input row y, through kernel row ky, is added to output row y * stride -
/// pad + ky (the gradient of a convolution, as in TVM's conv2d_transpose).
struct ConvShape {
  int64_t n = 1, ci = 1, h = 1, w = 1, co = 1;
  int64_t kernel_h = 1, kernel_w = 1;
  int64_t stride_h = 1, stride_w = 1;
  int64_t pad_h = 0, pad_w = 0;  ///< zeros on both sides; for a transposed one, rows cut off both sides
  int64_t output_pad_h = 0,
          output_pad_w = 0;  ///< conv2d_transpose only: extra output rows at the end, below the stride
  int64_t groups = 1;
  friend bool operator==(const ConvShape&, const ConvShape&) = default;
};

/// What follows the int32 accumulation, in this order: arithmetic shift right, bias, clip, narrowing to int8.
/// output = int8(min(max((acc >> shift) + bias[co], clip_min), clip_max)): VTA's epilogue as TVM's template
/// has it.
struct Epilogue {
  int64_t shift = 8;       ///< 0 to 31
  bool bias = true;        ///< an int32 bias per output channel
  int64_t clip_min = 0;    ///< -128 to clip_max
  int64_t clip_max = 127;  ///< clip_min to 127
  friend bool operator==(const Epilogue&, const Epilogue&) = default;
};

/// An operator with its shapes and types: int8 input and weights, int32 accumulation, int8 output.
struct Workload {
  std::string name;  ///< for people and logs: `resnet18.C2`, or the spec where the user gave one
  Operator op = Operator::conv2d;
  ConvShape shape;
  Epilogue epilogue;
  std::string source;  ///< external only: a path that the target understands; shape and epilogue are defaults
  friend bool operator==(const Workload&, const Workload&) = default;
};

/// Output rows (columns) of the workload: at least 1 for a workload that was validated.
int64_t output_height(const Workload& workload);
int64_t output_width(const Workload& workload);
/// Multiply-accumulates of the operator as defined: n * co * out_h * out_w * kernel_h * kernel_w * ci /
/// groups (for conv2d_transpose over the input's h * w instead of out_h * out_w); 0 for external, where
/// nobody knows.
int64_t multiply_accumulates(const Workload& workload);

/// Errors: invalid_input that names the field when the shape is impossible (an empty output, groups that do
/// not divide the channels, a size that overflows, ...). Tensors of more than 2^31 elements are refused.
Status validate(const Workload& workload);

/// The spec string, which parse_spec reads back: `conv2d:n=1,ci=64,h=56,w=56,co=64,k=3,stride=1,pad=1`.
/// The sizes that every convolution (or dense layer) has are always written, the others only where they
/// differ from their defaults, so equal workloads have equal specs. An external one is `external:SOURCE`.
std::string to_spec(const Workload& workload);
/// Reads a spec. Keys: n ci h w co k kh kw stride stride_h stride_w pad pad_h pad_w output_pad output_pad_h
/// output_pad_w groups shift bias clip_min clip_max; for dense n, ci (input features) and co (output
/// features). For depthwise_conv2d groups and co follow from ci. Needed are ci, and, as far as the operator
/// has them, h, w, co, the kernel and, for grouped_conv2d, groups. The name is the spec as to_spec writes it.
/// Errors: invalid_input naming the key.
Result<Workload> parse_spec(std::string_view spec);

/// The workload as a JSON object with the same keys as the spec plus `operator` and `name` (bias as true or
/// false; an external one has `source` instead), and back; a missing name is filled with the spec. `origin`
/// names the JSON in errors. Errors: invalid_input naming the key.
Json to_json(const Workload& workload);
Result<Workload> workload_from_json(const Json& json, const std::string& origin);

}  // namespace tamis

#include "tamis/workload.h"

#include "base/text.h"

#include <array>
#include <limits>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::array<std::string_view, 9> kOperatorWords = {
    "conv2d", "grouped_conv2d", "depthwise_conv2d", "conv2d_transpose", "conv3d",
    "dense",  "matmul",         "separable_conv2d", "external"};
constexpr std::array<std::string_view, 4> kDataTypeWords = {"int8", "float32", "float16", "bfloat16"};
constexpr std::array<std::string_view, 7> kActivationWords = {"none",    "hard_swish",   "silu", "gelu",
                                                              "sigmoid", "hard_sigmoid", "tanh"};
constexpr std::array<std::string_view, 3> kLayoutWords = {"nchw", "nhwc", "nchw16c"};

/// What others have and tamis has not, or calls otherwise, and what to write for it.
struct Elsewhere {
  std::string_view word, instead;
};

constexpr std::string_view kThreeAxes = "of three axes there is conv3d only, without groups";
constexpr std::string_view kDense = "it is called dense: n rows of ci features to co";
constexpr std::string_view kProduct = "it is called matmul: batch, m, n and k";

constexpr std::array kOperatorsElsewhere = {
    Elsewhere{"grouped_conv3d", kThreeAxes},
    Elsewhere{"depthwise_conv3d", kThreeAxes},
    Elsewhere{"conv3d_transpose", kThreeAxes},
    Elsewhere{"conv", "write conv2d, grouped_conv2d or depthwise_conv2d"},
    Elsewhere{"convolution", "write conv2d, grouped_conv2d or depthwise_conv2d"},
    Elsewhere{"deconv2d", "it is called conv2d_transpose"},
    Elsewhere{"linear", kDense},
    Elsewhere{"fully_connected", kDense},
    Elsewhere{"gemm", kProduct},
    Elsewhere{"bmm", kProduct},
    Elsewhere{"batch_matmul", kProduct},
};

constexpr std::string_view kNearestFloat = "the nearest is type=float32";
constexpr std::string_view kNearestInteger = "the nearest is type=int8, whose sums are int32";
constexpr std::array kTypesElsewhere = {
    Elsewhere{"fp16", "write float16"},  Elsewhere{"half", "write float16"},
    Elsewhere{"bf16", "write bfloat16"}, Elsewhere{"float64", kNearestFloat},
    Elsewhere{"double", kNearestFloat},  Elsewhere{"uint8", kNearestInteger},
    Elsewhere{"int4", kNearestInteger},  Elsewhere{"int16", kNearestInteger},
    Elsewhere{"int32", kNearestInteger}, Elsewhere{"fp32", "write float32"},
};

constexpr std::string_view kSilu = "it is called silu";
constexpr std::string_view kHardSwish = "it is called hard_swish";
constexpr std::string_view kHardSigmoid = "it is called hard_sigmoid";
constexpr std::array kActivationsElsewhere = {
    Elsewhere{"none", "leave it out, and write relu=0 for outputs as they are"},
    Elsewhere{"relu", "it is the clip: write relu=1"},
    Elsewhere{"relu6", "it is the clip: write clip_min=0,clip_max=6"},
    Elsewhere{"clip", "write clip_min and clip_max"},
    Elsewhere{"identity", "leave it out, and write relu=0 for outputs as they are"},
    Elsewhere{"swish", kSilu},
    Elsewhere{"hardswish", kHardSwish},
    Elsewhere{"hswish", kHardSwish},
    Elsewhere{"hardsigmoid", kHardSigmoid},
};

/// The enumerator whose word is given; `what` names the enumeration in errors.
template <class Enum>
Result<Enum> parse_word(std::string_view word, std::span<const std::string_view> words, std::string_view what,
                        std::span<const Elsewhere> elsewhere = {}) {
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i] == word) return static_cast<Enum>(i);
  for (const Elsewhere& other : elsewhere)
    if (other.word == word)
      return invalid_input(fmt::format("the {} {} is not supported; {}", what, word, other.instead));
  return invalid_input(
      fmt::format("there is no {} \"{}\"{}", what, word, did_you_mean(word, {words.begin(), words.end()})));
}

/// One axis of a convolution.
struct Extent {
  int64_t input, kernel, stride, padding, output_pad, dilation;  // `padding` of both sides together
};

/// Output positions along one axis; may be below 1 for a shape that was not validated.
int64_t output_extent(bool transposed, const Extent& axis) {
  if (transposed) return (axis.input - 1) * axis.stride - axis.padding + axis.kernel + axis.output_pad;
  const int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
  if (axis.input + axis.padding < reach) return 0;
  return (axis.input + axis.padding - reach) / axis.stride + 1;
}

}  // namespace

std::string_view to_string(Operator op) { return kOperatorWords[static_cast<size_t>(op)]; }
std::string_view to_string(DataType type) { return kDataTypeWords[static_cast<size_t>(type)]; }
std::string_view to_string(Activation activation) {
  return kActivationWords[static_cast<size_t>(activation)];
}
std::string_view to_string(Layout layout) { return kLayoutWords[static_cast<size_t>(layout)]; }

Result<Operator> parse_operator(std::string_view word) {
  return parse_word<Operator>(word, kOperatorWords, "operator", kOperatorsElsewhere);
}

Result<DataType> parse_data_type(std::string_view word) {
  return parse_word<DataType>(word, kDataTypeWords, "type", kTypesElsewhere);
}

Result<Activation> parse_activation(std::string_view word) {
  constexpr std::span<const std::string_view> kWords(kActivationWords);
  TAMIS_ASSIGN(const int place,
               parse_word<int>(word, kWords.subspan(1), "activation", kActivationsElsewhere));
  return static_cast<Activation>(place + 1);
}

Result<Layout> parse_layout(std::string_view word) {
  return parse_word<Layout>(word, kLayoutWords, "layout");
}

Epilogue default_epilogue(DataType type) {
  if (type == DataType::int8) return {};
  return {.shift = 0, .bias = true, .clip_min = 0, .clip_max = std::numeric_limits<double>::infinity()};
}

int64_t output_depth(const Workload& workload) {
  if (workload.op != Operator::conv3d) return 1;
  const ConvShape& s = workload.shape;
  return output_extent(false, {s.d, s.kernel_d, s.stride_d, s.pad_d + s.pad_back(), 0, s.dilation_d});
}

int64_t output_height(const Workload& workload) {
  if (workload.op == Operator::matmul) return workload.matmul.m;
  const ConvShape& s = workload.shape;
  return output_extent(workload.op == Operator::conv2d_transpose,
                       {s.h, s.kernel_h, s.stride_h, s.pad_h + s.pad_bottom(), s.output_pad_h, s.dilation_h});
}

int64_t output_width(const Workload& workload) {
  if (workload.op == Operator::matmul) return workload.matmul.n;
  const ConvShape& s = workload.shape;
  return output_extent(workload.op == Operator::conv2d_transpose,
                       {s.w, s.kernel_w, s.stride_w, s.pad_w + s.pad_right(), s.output_pad_w, s.dilation_w});
}

SeparableParts separable_parts(const Workload& workload) {
  SeparableParts parts;
  Workload& first = parts.depthwise;
  first = workload;
  first.op = Operator::depthwise_conv2d;
  first.shape.groups = first.shape.co = first.shape.ci;
  first.epilogue = *workload.inner;
  first.inner.reset();
  Workload& second = parts.pointwise;
  second.op = Operator::conv2d;
  second.type = workload.type;
  second.layout = workload.layout;
  second.epilogue = workload.epilogue;
  second.shape.n = workload.shape.n;
  second.shape.ci = workload.shape.ci;
  second.shape.co = workload.shape.co;
  second.shape.h = output_height(workload);
  second.shape.w = output_width(workload);
  first.name = to_spec(first);
  second.name = to_spec(second);
  return parts;
}

std::optional<Workload> join_separable(const Workload& depthwise, const Workload& pointwise) {
  if (depthwise.op != Operator::depthwise_conv2d || pointwise.op != Operator::conv2d) return std::nullopt;
  if (depthwise.epilogue.residual) return std::nullopt;
  Workload joined = depthwise;
  joined.op = Operator::separable_conv2d;
  joined.shape.groups = 1;
  joined.shape.co = pointwise.shape.co;
  joined.inner = depthwise.epilogue;
  joined.epilogue = pointwise.epilogue;
  if (!validate(joined).ok()) return std::nullopt;
  Workload second = separable_parts(joined).pointwise;
  second.name = pointwise.name;
  if (second != pointwise) return std::nullopt;
  joined.name = to_spec(joined);
  return joined;
}

int64_t multiply_accumulates(const Workload& workload) {
  if (workload.op == Operator::external) return 0;
  const MatmulShape& product = workload.matmul;
  if (workload.op == Operator::matmul) return product.batch * product.m * product.n * product.k;
  const ConvShape& shape = workload.shape;
  if (workload.op == Operator::separable_conv2d) {
    const int64_t outputs = shape.n * output_height(workload) * output_width(workload);
    return outputs * shape.ci * (shape.kernel_h * shape.kernel_w + shape.co);
  }
  const bool transposed = workload.op == Operator::conv2d_transpose;
  const int64_t pixels = transposed ? shape.h * shape.w : output_height(workload) * output_width(workload);
  const int64_t depths = output_depth(workload) * shape.kernel_d;
  return shape.n * shape.co * depths * pixels * shape.kernel_h * shape.kernel_w * (shape.ci / shape.groups);
}

TensorSizes tensor_sizes(const Workload& workload) {
  if (workload.op == Operator::external) return {};
  const bool residual = workload.epilogue.residual;
  const MatmulShape& product = workload.matmul;
  if (workload.op == Operator::matmul)
    return {product.batch * product.m * product.k, product.batch * product.k * product.n, product.n,
            product.batch * product.m * product.n, residual ? product.batch * product.m * product.n : 0};
  const ConvShape& s = workload.shape;
  const int64_t output =
      s.n * s.co * output_depth(workload) * output_height(workload) * output_width(workload);
  if (workload.op == Operator::separable_conv2d)
    return {s.n * s.ci * s.h * s.w,         s.co * s.ci, s.co, output, residual ? output : 0,
            s.ci * s.kernel_h * s.kernel_w, s.ci};
  return {s.n * s.ci * s.d * s.h * s.w, s.co * (s.ci / s.groups) * s.kernel_d * s.kernel_h * s.kernel_w, s.co,
          output, residual ? output : 0};
}

}  // namespace tamis

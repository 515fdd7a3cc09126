#include "workload/tensor_text.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The same of a conv3d, whose planes come before the rows.
std::string voxels(Layout layout, int64_t n, int64_t channels, const std::array<int64_t, 3>& sizes) {
  const auto [planes, rows, columns] = sizes;
  switch (layout) {
    case Layout::nchw:
      break;
    case Layout::nhwc:
      return bracketed({n, planes, rows, columns, channels}, "image, plane, row, column, channel (NDHWC)");
    case Layout::nchw16c:
      return bracketed({n, channels / kLayoutBlock, planes, rows, columns, kLayoutBlock},
                       "image, block of 16 channels, plane, row, column, channel of the block (NCDHW16c)");
  }
  return bracketed({n, channels, planes, rows, columns}, "image, channel, plane, row, column (NCDHW)");
}

std::string pixels(Layout layout, int64_t n, int64_t channels, int64_t rows, int64_t columns) {
  switch (layout) {
    case Layout::nchw:
      break;
    case Layout::nhwc:
      return bracketed({n, rows, columns, channels}, "image, row, column, channel (NHWC)");
    case Layout::nchw16c:
      return bracketed({n, channels / kLayoutBlock, rows, columns, kLayoutBlock},
                       "image, block of 16 channels, row, column, channel of the block (NCHW16c)");
  }
  return bracketed({n, channels, rows, columns}, "image, channel, row, column (NCHW)");
}

std::string matmul_shape(const MatmulShape& shape, const std::string& argument) {
  if (argument == "input")
    return shape.transpose_a ? bracketed({shape.batch, shape.k, shape.m}, "product, k, row (A, transposed)")
                             : bracketed({shape.batch, shape.m, shape.k}, "product, row, k (A)");
  if (argument == "weights")
    return shape.transpose_b
               ? bracketed({shape.batch, shape.n, shape.k}, "product, column, k (B, transposed)")
               : bracketed({shape.batch, shape.k, shape.n}, "product, k, column (B)");
  return bracketed({shape.batch, shape.m, shape.n}, "product, row, column");
}

std::string dense_shape(const ConvShape& shape, const std::string& argument) {
  if (argument == "input") return bracketed({shape.n, shape.ci}, "row, input feature");
  if (argument == "weights") return bracketed({shape.co, shape.ci}, "output feature, input feature");
  return bracketed({shape.n, shape.co}, "row, output feature");
}

std::string volume_shape(const Workload& workload, const std::string& argument) {
  const ConvShape& shape = workload.shape;
  if (argument == "input") return voxels(workload.layout, shape.n, shape.ci, {shape.d, shape.h, shape.w});
  if (argument == "weights")
    return bracketed({shape.co, shape.ci, shape.kernel_d, shape.kernel_h, shape.kernel_w},
                     "output channel, input channel, kernel plane, kernel row, kernel column (OIDHW)");
  return voxels(workload.layout, shape.n, shape.co,
                {output_depth(workload), output_height(workload), output_width(workload)});
}

std::string convolution_shape(const Workload& workload, const std::string& argument) {
  const ConvShape& shape = workload.shape;
  if (argument == "input") return pixels(workload.layout, shape.n, shape.ci, shape.h, shape.w);
  if (workload.op == Operator::separable_conv2d && argument == "weights")
    return bracketed({shape.co, shape.ci}, "output channel, channel, of the pointwise part");
  if (argument == "inner_weights")
    return bracketed({shape.ci, shape.kernel_h, shape.kernel_w},
                     "channel, kernel row, kernel column, of the depthwise part");
  if (argument == "weights")
    return bracketed({shape.co, shape.ci / shape.groups, shape.kernel_h, shape.kernel_w},
                     "output channel, input channel of its group, kernel row, kernel column (OIHW)");
  return pixels(workload.layout, shape.n, shape.co, output_height(workload), output_width(workload));
}

}  // namespace

std::string bracketed(const std::vector<int64_t>& extents, std::string_view what) {
  std::string text;
  for (const int64_t extent : extents) text += fmt::format("[{}]", extent);
  return fmt::format("{}: {}", text, what);
}

std::string tensor_text(const Workload& workload, const std::string& tensor) {
  if (workload.op == Operator::matmul) return matmul_shape(workload.matmul, tensor);
  if (workload.op == Operator::dense) return dense_shape(workload.shape, tensor);
  if (workload.op == Operator::conv3d) return volume_shape(workload, tensor);
  return convolution_shape(workload, tensor);
}

std::string result_text(const Workload& workload) {
  const Epilogue& epilogue = workload.epilogue;
  std::string value = workload.type == DataType::int8 ? fmt::format("(sum >> {})", epilogue.shift) : "sum";
  if (epilogue.bias) value += " + bias";
  if (epilogue.residual) value += " + residual";
  if (epilogue.activation != Activation::none)
    value = fmt::format("{}({})", to_string(epilogue.activation), value);
  if (!std::isinf(epilogue.clip_min)) value = fmt::format("max({}, {:g})", value, epilogue.clip_min);
  if (!std::isinf(epilogue.clip_max)) value = fmt::format("min({}, {:g})", value, epilogue.clip_max);
  if (is_half(workload.type)) value += fmt::format("; uint16_t are the bits of {}", to_string(workload.type));
  return value;
}

}  // namespace tamis

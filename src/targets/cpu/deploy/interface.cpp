#include "targets/cpu/deploy/interface.h"

#include "tamis/workload.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

using Extents = std::vector<int64_t>;

std::string bracketed(const Extents& extents, std::string_view what) {
  std::string text;
  for (const int64_t extent : extents) text += fmt::format("[{}]", extent);
  return fmt::format("{}: {}", text, what);
}

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

std::string prepare_name(const Interface& kernel) { return kernel.name + "_prepare"; }

std::string parameter_name(const Interface& kernel, const Buffer& argument) {
  if (kernel.workload.op != Operator::matmul) return argument.name;
  if (argument.name == "input") return "a";
  return argument.name == "weights" ? "b" : argument.name;
}

std::string c_type(Element element) {
  switch (element) {
    case Element::float32:
      break;
    case Element::int8:
      return "int8_t";
    case Element::uint8:
      return "uint8_t";
    case Element::int32:
      return "int32_t";
    case Element::int64:
      return "int64_t";
    case Element::boolean:
      return "uint8_t";
    case Element::float16:
    case Element::bfloat16:
      return "uint16_t";
  }
  return "float";
}

std::vector<Buffer> all_arguments(const Interface& kernel) {
  std::vector<Buffer> all = kernel.run_arguments;
  for (const Buffer& argument : kernel.prepare_arguments) {
    const auto same = [&](const Buffer& other) { return other.name == argument.name; };
    if (std::none_of(all.begin(), all.end(), same)) all.push_back(argument);
  }
  return all;
}

std::string shape_of(const Interface& kernel, const Buffer& argument) {
  const Workload& workload = kernel.workload;
  if (argument.name == "bias")
    return bracketed({argument.elements()}, workload.op == Operator::matmul ? "column" : "output channel");
  if (argument.name == "inner_bias") return bracketed({argument.elements()}, "channel of the depthwise part");
  if (argument.name != "input" && argument.name != "weights" && argument.name != "output" &&
      argument.name != "residual" && argument.name != "inner_weights")
    return bracketed({argument.elements()}, "as " + prepare_name(kernel) + " writes it");
  if (workload.op == Operator::matmul) return matmul_shape(workload.matmul, argument.name);
  if (workload.op == Operator::dense) return dense_shape(workload.shape, argument.name);
  if (workload.op == Operator::conv3d) return volume_shape(workload, argument.name);
  return convolution_shape(workload, argument.name);
}

}  // namespace tamis::cpu

#pragma once

#include "tamis/workload.h"

#include <algorithm>
#include <limits>

#include <rapidcheck.h>

namespace tamis {

inline int64_t draw_between(int64_t low, int64_t high) { return *rc::gen::inRange<int64_t>(low, high + 1); }
inline bool draw_flag() { return draw_between(0, 1) == 1; }

inline MatmulShape any_product() {
  MatmulShape shape{draw_between(1, 3), draw_between(1, 9), draw_between(1, 9), draw_between(1, 9)};
  if (draw_between(0, 3) == 0) shape.n = draw_between(60, 150);
  shape.transpose_a = draw_flag();
  shape.transpose_b = draw_flag();
  return shape;
}

/// A shape that suits the operator; it may have no output.
inline ConvShape any_shape(Operator op, Layout layout) {
  ConvShape shape;
  const int64_t block = layout == Layout::nchw16c ? kLayoutBlock : 1;
  shape.n = draw_between(1, 2);
  shape.groups = op == Operator::grouped_conv2d || op == Operator::conv2d_transpose ? draw_between(1, 3) : 1;
  shape.ci = shape.groups * draw_between(1, block == 1 ? 4 : 2) * block;
  shape.co = shape.groups * draw_between(1, block == 1 ? 4 : 2) * block;
  if (op == Operator::depthwise_conv2d) shape.groups = shape.co = shape.ci;
  if (op == Operator::dense) return shape;
  shape.h = draw_between(1, 7);
  shape.w = draw_between(1, 7);
  shape.kernel_h = draw_between(1, 4);
  shape.kernel_w = draw_between(1, 4);
  shape.stride_h = draw_between(1, 3);
  shape.stride_w = draw_between(1, 3);
  shape.pad_h = draw_between(0, 3);
  shape.pad_w = draw_between(0, 3);
  if (draw_flag()) {
    shape.extra_pad_h = draw_between(0, 3) - shape.pad_h;
    shape.extra_pad_w = draw_between(0, 3) - shape.pad_w;
  }
  if (op == Operator::conv3d) {
    shape.d = draw_between(1, 5);
    shape.kernel_d = draw_between(1, 3);
    shape.stride_d = draw_between(1, 3);
    shape.pad_d = draw_between(0, 2);
    shape.dilation_d = draw_between(1, 2);
    if (draw_flag()) shape.extra_pad_d = draw_between(0, 2) - shape.pad_d;
  }
  if (op == Operator::conv2d_transpose) {
    shape.output_pad_h = draw_between(0, shape.stride_h - 1);
    shape.output_pad_w = draw_between(0, shape.stride_w - 1);
  } else {
    shape.dilation_h = draw_between(1, 3);
    shape.dilation_w = draw_between(1, 3);
  }
  return shape;
}

inline Epilogue any_epilogue(DataType type) {
  Epilogue epilogue = default_epilogue(type);
  epilogue.bias = draw_flag();
  if (type == DataType::int8) {
    const int64_t low = draw_between(-128, 127);
    epilogue.shift = draw_between(0, 31);
    epilogue.clip_min = static_cast<double>(low);
    epilogue.clip_max = static_cast<double>(draw_between(low, 127));
    return epilogue;
  }
  constexpr double kNone = std::numeric_limits<double>::infinity();
  epilogue.residual = draw_flag();
  epilogue.activation = static_cast<Activation>(draw_between(0, 6));
  if (epilogue.activation != Activation::none) {
    epilogue.clip_min = -kNone;
    epilogue.clip_max = kNone;
    return epilogue;
  }
  const double low = static_cast<double>(draw_between(-3000, 3000)) / 1000;
  epilogue.clip_min = draw_flag() ? low : draw_flag() ? 0 : -kNone;
  epilogue.clip_max =
      draw_flag() ? std::max(0.0, low) + static_cast<double>(draw_between(0, 6000)) / 7 : kNone;
  return epilogue;
}

/// A small valid workload of any operator, type and layout, drawn inside an rc::check; shapes that have no
/// output are discarded.
inline Workload any_workload() {
  Workload workload;
  workload.op = static_cast<Operator>(draw_between(0, 6));
  workload.type = workload.op == Operator::separable_conv2d ? DataType::float32
                                                            : static_cast<DataType>(draw_between(0, 3));
  workload.epilogue = any_epilogue(workload.type);
  if (workload.op == Operator::separable_conv2d) {
    workload.inner = any_epilogue(workload.type);
    workload.inner->residual = false;
  }
  if (workload.op == Operator::matmul) {
    workload.matmul = any_product();
  } else {
    if (workload.op != Operator::dense) workload.layout = static_cast<Layout>(draw_between(0, 2));
    workload.shape = any_shape(workload.op, workload.layout);
  }
  RC_PRE(validate(workload).ok());
  workload.name = to_spec(workload);
  return workload;
}

}  // namespace tamis

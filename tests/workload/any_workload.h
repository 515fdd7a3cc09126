#pragma once

#include "workload/workload.h"

#include <rapidcheck.h>

namespace tamis {

/// A small valid workload of any operator, drawn inside an rc::check; shapes that have no output are
/// discarded.
inline Workload any_workload() {
  const auto draw = [](int64_t low, int64_t high) { return *rc::gen::inRange<int64_t>(low, high + 1); };
  Workload workload;
  workload.op = static_cast<Operator>(draw(0, 4));
  ConvShape& shape = workload.shape;
  shape.n = draw(1, 2);
  shape.groups =
      workload.op == Operator::grouped_conv2d || workload.op == Operator::conv2d_transpose ? draw(1, 3) : 1;
  shape.ci = shape.groups * draw(1, 4);
  shape.co = shape.groups * draw(1, 4);
  if (workload.op == Operator::depthwise_conv2d) shape.groups = shape.co = shape.ci;
  if (workload.op != Operator::dense) {
    shape.h = draw(1, 7);
    shape.w = draw(1, 7);
    shape.kernel_h = draw(1, 4);
    shape.kernel_w = draw(1, 4);
    shape.stride_h = draw(1, 3);
    shape.stride_w = draw(1, 3);
    shape.pad_h = draw(0, 3);
    shape.pad_w = draw(0, 3);
  }
  if (workload.op == Operator::conv2d_transpose) {
    shape.output_pad_h = draw(0, shape.stride_h - 1);
    shape.output_pad_w = draw(0, shape.stride_w - 1);
  }
  workload.epilogue.shift = draw(0, 31);
  workload.epilogue.bias = draw(0, 1) == 1;
  workload.epilogue.clip_min = draw(-128, 127);
  workload.epilogue.clip_max = draw(workload.epilogue.clip_min, 127);
  RC_PRE(validate(workload).ok());
  workload.name = to_spec(workload);
  return workload;
}

}  // namespace tamis

#pragma once

#include "tamis/workload.h"

#include <cstdint>

namespace tamis {

/// The padding of an axis as `pad_top` and `pad_bottom`, or `pad_left` and `pad_right`, say it: of each side
/// apart. 0 for a side that is not given.
struct PaddedSides {
  int64_t first = 0, last = 0;
};

/// The padding of all axes; of two axes the planes have none.
struct PaddedAxes {
  PaddedSides planes, rows, columns;
};

/// Sets the padding of a shape. Errors: invalid_input naming the side where sides differ and one is out of
/// range; validate() names a side of an axis whose sides are alike.
Status set_padding(ConvShape& shape, const PaddedAxes& axes);

/// Sets the padding that ONNX calls SAME_UPPER and TensorFlow SAME: the output has as many rows as the input,
/// divided by the stride and rounded up (times the stride for conv2d_transpose), and an odd row of padding
/// lies at the end. The other sizes must be set; where one is out of range nothing is done, as validate()
/// names it.
void set_same_padding(Workload& workload);

}  // namespace tamis

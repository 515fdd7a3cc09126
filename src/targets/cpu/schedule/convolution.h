#pragma once

#include "tamis/result.h"
#include "tamis/workload.h"
#include "targets/loop/epilogue.h"
#include "targets/loop/program.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tamis::cpu {

using namespace loop;

/// Every so many rows (columns) from a first one on.
struct Stride {
  int64_t first = 0, step = 1;
  Affine at(const Affine& position) const { return step * position + Affine(first); }
};

/// What makes a convolution one phase of a transposed one: the output rows (columns) that a stride reaches,
/// and the rows of the kernel that they meet.
struct Phase {
  int64_t number = 0, count = 1;             ///< among the phases of the operator
  int64_t output_h = 1, output_w = 1;        ///< of the whole output
  int64_t kernel_h = 1, kernel_w = 1;        ///< of the weights as they come
  int64_t most_taps_h = 1, most_taps_w = 1;  ///< rows and columns of the kernel of the largest phase
  Stride output_y, output_x;                 ///< where output (y, x) of the phase lies in the whole output
  Stride tap_y, tap_x;                       ///< which row of the weights row ky of the phase's kernel is
  /// `_2`: keeps the names of one program apart.
  std::string suffix() const;
};

/// A convolution in the terms that schedules are written in: sizes for each group. A dense layer is one of
/// a single column, its features the channels; so is a 1x1 convolution that touches each pixel by itself.
struct Convolution {
  int64_t n = 1, groups = 1;
  int64_t ci = 1, co = 1;  ///< channels of a group
  int64_t h = 1, w = 1, out_h = 1, out_w = 1;
  int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  int64_t pad_h = 0, pad_w = 0, dilation_h = 1, dilation_w = 1;
  int64_t pad_bottom = 0, pad_right = 0;
  /// The depth of a conv3d. Its weights lie as if the rows of the planes of the kernel were one after
  /// another.
  bool volume = false;
  int64_t d = 1, out_d = 1, kernel_d = 1, stride_d = 1, pad_d = 0, pad_back = 0, dilation_d = 1;
  bool depthwise = false;  ///< then groups is 1, and ci = co are the channels
  bool pixels = false;     ///< 1x1, stride 1, no padding, pixels side by side: w = 1 and h counts them all
  Layout layout = Layout::nhwc;
  DataType type = DataType::float32;
  Epilogue epilogue;
  std::optional<Phase> phase;  ///< of a transposed convolution, then n, groups, ... are those of the phase

  /// Columns of the input with its padding that some output needs; rows for a number of output rows.
  int64_t padded_w() const { return (out_w - 1) * stride_w + (kernel_w - 1) * dilation_w + 1; }
  int64_t padded_rows(int64_t rows) const { return (rows - 1) * stride_h + (kernel_h - 1) * dilation_h + 1; }
  bool padded() const {
    return pad_h > 0 || pad_w > 0 || pad_bottom > 0 || pad_right > 0 || pad_d > 0 || pad_back > 0;
  }
  /// Planes of the input that a number of output planes needs, with their padding.
  int64_t padded_planes(int64_t planes) const {
    return (planes - 1) * stride_d + (kernel_d - 1) * dilation_d + 1;
  }
  /// Rows of all planes of the kernel.
  int64_t kernel_rows() const { return kernel_d * kernel_h; }
  /// Whether it sums few channels under a kernel, as a network's first layer does: then a loop over channels
  /// is too short, and a copy of the input takes long against the sums.
  bool few_channels() const {
    return ci <= 4 && kernel_rows() * kernel_w > 1 && is_real(type) && !depthwise && !phase;
  }
};

/// A transposed convolution is described by the largest of its phases, without the place of one, a separable
/// one by its depthwise part. Errors:
/// unsupported for an operator that is not a convolution of ours.
Result<Convolution> describe(const Workload& workload);
/// The ordinary convolutions that a transposed one is made of, one for each row and column of its stride that
/// has an output: output row y * stride - pad + k of row y of the input is, taken apart by its remainder,
/// that of a convolution of stride 1 with every stride-th row of the kernel, turned. The workload must be one
/// that describe takes.
std::vector<Convolution> phases_of(const Workload& workload);

/// The terms of an affine that are multiples of a block, divided by it, and the rest: quotient and remainder
/// where the rest stays below the block.
std::pair<Affine, Affine> divide(const Affine& channel, int64_t block);

/// Where an element of a tensor in a layout lies: [n, y, x, channel] in the order of the layout. For nchw16c
/// the channel must be a multiple of 16 in all loops but those of its lane.
std::vector<Affine> layout_index(Layout layout, const Affine& n, const Affine& y, const Affine& x,
                                 const Affine& channel);
/// Where the element of an input pixel lies in the input, and that of an output pixel in the output; of a
/// conv3d in plane z, which others do not have.
std::vector<Affine> input_index(const Convolution& conv, const Affine& n, const Affine& z, const Affine& y,
                                const Affine& x, const Affine& channel);
std::vector<Affine> output_index(const Convolution& conv, const Affine& n, const Affine& z, const Affine& y,
                                 const Affine& x, const Affine& channel);
/// The extents of such a tensor.
std::vector<int64_t> layout_extents(Layout layout, int64_t n, int64_t h, int64_t w, int64_t channels);

/// The arguments that every program of a convolution has, in their order: input, `weights` as it takes them,
/// corrections for int8 where `corrected`, bias and residual where there are, output.
std::vector<Buffer> argument_buffers(const Convolution& conv, Buffer weights, bool corrected = false);
/// int8 activations that are multiplied by dot products are kept as uint8 with this much added, because these
/// multiply uint8 by int8.
inline constexpr double kActivationShift = 128;
/// The value of a loop.
inline Affine variable(const char* name) { return Affine::variable(name); }

}  // namespace tamis::cpu

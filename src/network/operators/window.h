#pragma once

#include "network/operators/operator.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tamis::network {

/// How a window slides along one spatial dimension. Place o of the window has its tap k at
/// o * stride + k * dilation - pad_begin of what it slides over. No sizes exceed 2^30 there, so sums and
/// products of two do not overflow.
struct WindowAxis {
  int64_t input = 1;   ///< size of what the window slides over, without padding
  int64_t kernel = 1;  ///< taps of the window
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad_begin = 0;
  int64_t pad_end = 0;
  int64_t output = 1;  ///< places of the window; the last may hang over the padding at the end (ceil_mode)

  /// How many elements lie between the first tap and the last, both counted.
  [[nodiscard]] int64_t span() const { return (kernel - 1) * dilation + 1; }
  bool operator==(const WindowAxis&) const = default;
};

/// One axis for each spatial dimension, outermost first.
using Window = std::vector<WindowAxis>;

/// What a window does where a node has both `auto_pad` and `pads`, of which the texts allow one only.
enum class BothPaddings { refused, automatic };

/// The window of a Conv or a pool: from `strides`, `dilations`, `pads`, `auto_pad` and `ceil_mode`. `input`
/// and `kernel` are the spatial sizes. SAME_UPPER and SAME_LOWER follow the text for dilated windows too,
/// VALID takes no notice of ceil_mode, and windows that would begin in the padding at the end are dropped at
/// every opset. Where a stride exceeds the kernel SAME_UPPER and SAME_LOWER do not pad; onnxruntime's pools
/// then skip elements at the start.
/// Errors: invalid_input for attributes that cannot be meant, and where the window is larger than the padded
/// input; unsupported for sizes beyond 2^30.
Result<Window> sliding_window(const Call& call, std::span<const int64_t> input,
                              std::span<const int64_t> kernel, BothPaddings both);

/// The window of a ConvTranspose, which slides over its *output*: `output` of an axis is the size of X, and
/// `input` that of Y. From `strides`, `dilations`, `pads`, `auto_pad`, `output_padding` and `output_shape`.
/// Taps of it may lie beyond Y where padding crops them. Errors: as sliding_window; invalid_input for a Y
/// without elements, or with more along a dimension than X reaches.
Result<Window> transposed_window(const Call& call, std::span<const int64_t> input,
                                 std::span<const int64_t> kernel);

/// The attribute `kernel_shape`, one positive size for each spatial dimension. Errors: invalid_input where it
/// is absent or otherwise.
Result<std::vector<int64_t>> kernel_shape(const Call& call, size_t spatial_rank);

/// The sizes of what the window slides over, and how many places it has, along each axis.
Shape inputs_of(const Window& window);
Shape outputs_of(const Window& window);

/// Places of the window along the last axis that one tap visits inside the input one after the other:
/// place output + i reads the element input + i * stride of the last axis.
struct TapRun {
  size_t tap;     ///< row-major among the taps
  size_t input;   ///< row-major in the spatial dimensions, of the first
  size_t output;  ///< row-major among the places, of the first
  size_t count;
};

/// All runs of a window. Taps in the padding have none. Neighbouring dimensions in which the window has one
/// tap, stride 1 and no padding count as one, so that runs are long.
class TapRuns {
 public:
  explicit TapRuns(const Window& window);

  /// Calls `visit` with every TapRun.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const TapRun& row : rows_)
      for (const TapRun& part : parts_)
        visit(TapRun{row.tap + part.tap, row.input + part.input, row.output + part.output, part.count});
  }

 private:
  std::vector<TapRun> rows_;   ///< taps and places of all but the last axis
  std::vector<TapRun> parts_;  ///< taps of the last axis
};

}  // namespace tamis::network

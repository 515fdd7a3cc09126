#pragma once

#include "targets/cpu/schedule/convolution.h"
#include "targets/cpu/schedule/kernel.h"

namespace tamis::cpu {

/// The weights of a convolution in the order in which a schedule reads them, output channels in blocks of
/// whole tiles of vectors (what lies behind the last channel is never read):
///
///     kernel_first    [group][block][ky][kx][channel][co of the block]
///     channels_first  [group][block][channel block][ky][kx][channel of the block][co of the block]
///
/// Of a conv3d ky counts the rows of all planes of the kernel. For int8 four channels lie innermost, behind
/// the output channel. The phases of a transposed convolution share one such buffer: each has the place of a
/// group, and as many rows and columns of the kernel as the largest.
struct PackedWeights {
  const Convolution& conv;
  int64_t block = 16;  ///< output channels of a block
  ReductionOrder order = ReductionOrder::kernel_first;
  int64_t channel_block = 1;

  /// Its name is `packed_weights`.
  Buffer buffer() const;
  /// Where the weight of output channel co and input channel ci of a group lies.
  Access access(const Affine& g, const Affine& co, const Affine& ky, const Affine& kx,
                const Affine& ci) const;
  /// The program that computes it from `weights` (OIHW), and `corrections` for int8: what summing activations
  /// with 128 added gives too much, negated, for each output channel.
  Program program(const std::string& name) const;

 private:
  int64_t groups() const { return conv.phase ? conv.phase->count : conv.groups; }
  int64_t kernel_h() const { return conv.phase ? conv.phase->most_taps_h : conv.kernel_rows(); }
  int64_t kernel_w() const { return conv.phase ? conv.phase->most_taps_w : conv.kernel_w; }
  /// The element of `weights` that lies in a place.
  Value weight(const Affine& g, const Affine& co, const Affine& ci) const;
  int64_t blocks() const { return (conv.co + block - 1) / block; }
  Stage pack() const;
  Stage correct() const;
};

/// The extents of a depthwise convolution's weights as they are packed: [channels / lanes][ky][kx][lanes],
/// the channels filled up to whole vectors.
std::vector<int64_t> packed_depthwise_extents(const Convolution& conv, int64_t lanes);
/// The stage that packs them from one buffer (ci, 1, kernel_h, kernel_w) into another.
Stage pack_depthwise(const Convolution& conv, int64_t lanes, const char* from, const char* to);

}  // namespace tamis::cpu

#pragma once

#include "targets/cpu/schedule/convolution.h"
#include "targets/cpu/schedule/kernel.h"

#include <string>

namespace tamis::cpu {

/// A place: in an output, or in a kernel. z is of a conv3d only.
struct VoxelPlace {
  Affine z, y, x;
};

/// A copy of the activations in the form that a schedule reads them in, padding filled in; elements of 16
/// bits become float32. Of a conv3d a block has the planes that one output plane needs, as if their rows were
/// one after another.
struct InputCopy {
  const Convolution& conv;
  InputForm form = InputForm::padded;  ///< padded or blocked
  bool patches = false;                ///< im2col: for each output pixel the elements that it is summed from
  bool whole = false;         ///< made once, for all rows, images and groups; else for a block of rows
  int64_t rows = 1;           ///< output rows of a block; whole, at least so many are copied
  int64_t columns = 0;        ///< 0: as many as the outputs need; more where tiles go beyond them
  int64_t channel_block = 1;  ///< of the blocked form
  std::string block;          ///< the loop over blocks of rows, unless whole

  /// Its name is `copy`, with the suffix of a phase.
  Buffer buffer() const;
  /// The stage that fills it: inside the loops n, g, z of a conv3d and `block`, unless whole.
  Stage stage() const;
  /// Where the element lies that an output pixel multiplies with an element of the kernel of channel ci of
  /// group g of image n. Its y must have the loop `block` in it, unless whole.
  Access access(const Affine& n, const Affine& g, const VoxelPlace& pixel, const VoxelPlace& tap,
                const Affine& ci) const;

 private:
  std::string name() const { return conv.phase ? "copy" + conv.phase->suffix() : "copy"; }
  int64_t copied_planes() const;
  int64_t copied_rows() const;
  int64_t copied_columns() const;
  int64_t channels() const;
  Access at(const Affine& n, const Affine& row, const Affine& column, const Affine& channel) const;
  Value input_element(const Affine& n, const VoxelPlace& place, const Affine& channel) const;
  /// The group that is being copied.
  Affine group() const;
  /// Where a channel of a group lies among those of a copied pixel.
  Affine copied_channel(const Affine& g, const Affine& channel) const;
  /// Adds the loops over groups, where they are copied together, and over their channels, the lanes of blocks
  /// apart; gives the channel in its group.
  Affine add_channel_loops(Stage& stage) const;
  Stage patch_stage() const;
  Stage plain_stage() const;
};

/// Channels of an int8 convolution are summed four at a time, those of others one at a time.
int64_t channels_at_once(DataType type);
/// The channels of a group, filled up to whole steps of the summation.
int64_t filled_channels(const Convolution& conv);

}  // namespace tamis::cpu

#pragma once

#include "tamis/result.h"
#include "tamis/workload.h"
#include "targets/loop/program.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis::gpu {

/// The operators as one: output[b, y, x, n] is the epilogue of the sum over rows and columns of a kernel and
/// over k of input[b, y', x', k] * weights[.., k, n]. A matmul's m is x, and it has one row; in a depthwise
/// convolution the input's channel is n, and k is 1.
struct Contraction {
  DataType type = DataType::float32;
  Epilogue epilogue;
  Layout layout = Layout::nhwc;
  bool matmul = false, transpose_a = false, transpose_b = false;
  bool dense = false;
  bool depthwise = false;
  /// Whether elements of weights that follow one another along k lie side by side, where the schedule is free
  /// to choose: of dense and of convolutions.
  bool weights_along_k = false;
  int64_t batch = 1, rows = 1, columns = 1, channels = 1, depth = 1;
  int64_t h = 1, w = 1;  ///< of the input
  int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0, dilation_h = 1,
          dilation_w = 1;
  /// One of several products of a convolution, as Winograd's: weights lie [batch][k][n].
  bool weights_by_batch = false;
  std::string input_name = "input", output_name = "output";  ///< of the buffers

  /// Whether outputs of one channel lie side by side, not channels of one output.
  [[nodiscard]] bool columns_together() const { return !matmul && layout == Layout::nchw; }
  [[nodiscard]] bool has_taps() const { return kernel_h * kernel_w > 1; }
  /// Whether input column x is what output column x needs, and no other.
  [[nodiscard]] bool pointwise() const;
  /// Elements of the kernel's window.
  [[nodiscard]] int64_t taps() const { return kernel_h * kernel_w; }
  [[nodiscard]] loop::Access input(const loop::Affine& b, const loop::Affine& y, const loop::Affine& x,
                                   const loop::Affine& k) const;
  [[nodiscard]] loop::Access weights(const loop::Affine& b, const loop::Affine& ky, const loop::Affine& kx,
                                     const loop::Affine& k, const loop::Affine& n) const;
  [[nodiscard]] loop::Access output(const loop::Affine& b, const loop::Affine& y, const loop::Affine& x,
                                    const loop::Affine& n) const;
  /// input, weights as the schedule reads them, bias and residual where there are, output.
  [[nodiscard]] std::vector<loop::Buffer> arguments() const;
};

/// Errors: unsupported, naming what there is no schedule for.
Result<Contraction> describe(const Workload& workload);

/// What waits for what between shared memory and the sums.
enum class Pipeline {
  none,       ///< two barriers for each block of k
  buffers,    ///< two buffers in turn, so one barrier
  registers,  ///< and the next block is fetched to registers while this one is multiplied
  ahead,      ///< GpuChoices::stages buffers, and blocks are copied while earlier ones are multiplied
};

/// What computes products.
enum class Math {
  scalar,  ///< an item for itself, in the type of the sums
  dot4,    ///< an item for itself, four int8 along k at once
  matrix,  ///< the 32 items of a warp together, matrices from shared memory (loop::LoopKind::matrix)
};

/// How a convolution is computed.
enum class Algorithm {
  implicit_gemm,  ///< one product after the other for each tap of the kernel
  direct,         ///< all taps of a block of the input, which shared memory takes with what lies around it
  winograd2,      ///< F(2x2, 3x3)
  winograd4,      ///< F(4x4, 3x3)
};
constexpr bool is_winograd(Algorithm algorithm) {
  return algorithm == Algorithm::winograd2 || algorithm == Algorithm::winograd4;
}

/// All that a config chooses. Tiles are of an item, in registers; a group has items_y * items_x * items_n
/// items. Where warps multiply matrices, a warp is 8 items along x times 4 along n, an item's tile is spread
/// over the warp's, and tile_n and one of tile_x and tile_y are even.
struct GpuChoices {
  Algorithm algorithm = Algorithm::implicit_gemm;  ///< direct and Winograd's: only of convolutions with taps
  int64_t tile_y = 1, tile_x = 1, tile_n = 1;
  int64_t items_y = 1, items_x = 1, items_n = 1;
  int64_t block_k = 1;   ///< elements of k that are staged, or that follow one another, at once
  bool stage_a = false;  ///< the input through shared memory
  bool stage_b = false;  ///< the weights through shared memory
  Pipeline pipeline = Pipeline::none;
  int64_t stages = 2;  ///< buffers, where blocks are copied ahead
  Math math = Math::scalar;
  int64_t vector = 1;       ///< lanes of a tile along the axis whose outputs lie together
  int64_t load_vector = 1;  ///< elements that an item stages at once
  int64_t unroll = 1;       ///< steps of k that are unrolled
  int64_t swizzle = 1;      ///< groups along x (m) that follow one another before the next channels
  int64_t split_k = 1;      ///< parts of the sum that groups of their own compute

  [[nodiscard]] int64_t items() const { return items_y * items_x * items_n; }
  [[nodiscard]] int64_t sums() const { return tile_y * tile_x * tile_n; }
};

/// Elements of k that one step multiplies: 1, 4, or those of 32 bytes.
int64_t depth_of_step(const Contraction& contraction, Math math);

/// How many blocks of k are written one after another where blocks are copied ahead into so many buffers: as
/// many as make the buffer and the tap of each known.
int64_t blocks_in_turn(const Contraction& contraction, int64_t stages);

/// Bytes of shared memory that a group needs.
int64_t shared_bytes(const Contraction& contraction, const GpuChoices& choices);

/// The program of a choice, named `name`. Winograd's must be one that winograd.h takes.
loop::Program schedule(const Contraction& contraction, const GpuChoices& choices, const std::string& name);

}  // namespace tamis::gpu

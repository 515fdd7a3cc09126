#pragma once

#include "tamis/result.h"
#include "targets/cpu/codegen/machine.h"
#include "targets/cpu/schedule/convolution.h"
#include "targets/loop/transform.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tamis::cpu {

using namespace loop;

/// How an operator is computed.
enum class Algorithm {
  direct,     ///< the definition, its loops tiled
  im2col,     ///< the input's patches are laid out as a matrix first
  winograd2,  ///< Winograd's minimal filtering F(2x2, 3x3) (Lavin and Gray 2016), of stride 1 or 2
  winograd4,  ///< F(4x4, 3x3) of stride 1
};

/// In which form the innermost loops read the activations.
enum class InputForm {
  as_is,    ///< where they are
  padded,   ///< copied with their padding, block of rows by block of rows, channels innermost
  blocked,  ///< the same, in blocks of channels: [channels / 16][row][column][16]
};

/// What stays in the caches while the rest streams by.
enum class LoopOrder { weights_stay, activations_stay };

/// Which reduction is outermost inside a tile.
enum class ReductionOrder { kernel_first, channels_first };

/// What is shared out among threads.
enum class ParallelAxis { rows, channels };

/// All that a config chooses for an operator.
struct ScheduleChoices {
  Algorithm algorithm = Algorithm::direct;
  int64_t lanes = 16;      ///< channels of a vector
  int64_t tile_y = 1;      ///< rows of a tile in registers
  int64_t tile_x = 1;      ///< columns (pixels, or Winograd tiles) of a tile in registers
  int64_t tile_co = 1;     ///< vectors of output channels of a tile in registers
  int64_t block_rows = 1;  ///< rows of tiles computed one after another before the next block
  int64_t block_ci = 0;    ///< input channels summed before the next tile is begun; 0: all
  int64_t unroll = 1;      ///< input channels of the innermost loop that are unrolled
  bool prefetch = false;   ///< whether the next weights are fetched while these are read
  InputForm input = InputForm::padded;
  LoopOrder order = LoopOrder::weights_stay;
  ReductionOrder reduction = ReductionOrder::kernel_first;
  ParallelAxis parallel = ParallelAxis::rows;
  // Of the depthwise part of a separable convolution; the others are those of its pointwise part.
  int64_t inner_tile_y = 1;  ///< rows of a tile in registers
  int64_t inner_tile_x = 1;  ///< columns of a tile in registers
  int64_t inner_unroll = 1;  ///< taps of the kernel that are unrolled: none, a row, or all
  LoopOrder inner_order = LoopOrder::weights_stay;
};

/// A scheduled operator.
///
/// `run` has the arguments input, packed_weights (weights for a matmul), bias where there is one, output;
/// `prepare` computes packed_weights from weights, once and ahead of time. A separable convolution also has
/// packed_inner_weights, made of inner_weights, and inner_bias, of its depthwise part.
struct Kernel {
  Program run;
  std::optional<Program> prepare;
};

/// Schedules a convolution (but a depthwise one) by the algorithms direct and im2col.
Kernel schedule_direct(const Convolution& conv, const ScheduleChoices& choices, Trace* trace);
/// Schedules a 3x3 convolution of stride 1 or 2 by Winograd's algorithm.
Kernel schedule_winograd(const Convolution& conv, const ScheduleChoices& choices, Trace* trace);
/// How many weights that algorithm keeps for each pair of channels, in place of the 9 of the kernel.
int64_t winograd_weights(Algorithm algorithm, int64_t stride);
/// Weights that exceed these bytes are taken for read from beyond a core's second cache, half of which they
/// fill at least where it is as large as they come.
inline constexpr int64_t kStreamedBytes = int64_t{1} << 20;
Kernel schedule_depthwise(const Convolution& conv, const ScheduleChoices& choices, Trace* trace);

/// Schedules Operator::conv2d_transpose: its phases one after another, each by the algorithm direct.
Kernel schedule_transposed(const Workload& workload, const ScheduleChoices& choices, Trace* trace);

/// Schedules Operator::separable_conv2d: of each block of rows the depthwise part, into a buffer of the
/// thread, and then the pointwise part.
Kernel schedule_separable(const Workload& workload, const ScheduleChoices& choices, Trace* trace);

/// Schedules Operator::matmul. Both operands are activations, so that packing B is part of `run`; there is no
/// `prepare`. The operand B is the argument `weights`.
Kernel schedule_matmul(const Workload& workload, const ScheduleChoices& choices, Trace* trace);

}  // namespace tamis::cpu

#pragma once

#include "tamis/result.h"
#include "tamis/workload.h"
#include "targets/vta/isa/hardware.h"

#include <cstdint>
#include <vector>

namespace tamis::vta {

/// The kernel taps that one output phase uses along one axis: taps first, first + step, ... (count of them),
/// where tap t reads the input row `offset + t` of the window. A plain convolution has one phase with every
/// tap.
struct Taps {
  int64_t first = 0;
  int64_t step = 1;
  int64_t count = 0;
  int64_t offset = 0;
};

/// One spatial axis of a blocked workload.
///
/// A transposed convolution of stride s is s interleaved plain convolutions of stride 1 (its phases): output
/// row s * q + p belongs to phase p and reads input rows from q - pad on. So both kinds are described alike:
/// the output has `positions` rows per phase, position q reads the window of input rows [q * step - pad, q *
/// step - pad + window).
struct Axis {
  int64_t input = 1;      ///< input rows in DRAM
  int64_t kernel = 1;     ///< taps of the kernel in memory; flipped for a transposed convolution
  int64_t positions = 1;  ///< output rows per phase
  int64_t step = 1;       ///< input rows from one position to the next
  int64_t pad = 0;        ///< rows before the input that position 0 reads; negative: rows that nobody reads
  int64_t window = 1;     ///< input rows that one position reads
  std::vector<Taps> phases;

  /// Output rows in DRAM: positions * phases. May exceed the workload's own by less than one phase round.
  int64_t output() const { return positions * static_cast<int64_t>(phases.size()); }
  /// Input rows that `tile` neighbouring positions read.
  int64_t rows(int64_t tile) const { return (tile - 1) * step + window; }
};

/// A workload as VTA's matrix unit sees it: channels in blocks, batches in blocks.
///
/// Groups whose channels do not fill a block are merged: several groups share one block-diagonal block of
/// weights, which wastes multiplications but runs; a depthwise convolution becomes one merged group a block
/// of channels.
struct BlockedWorkload {
  int64_t batch_blocks = 1;
  int64_t groups = 1;     ///< after merging
  int64_t ci_blocks = 1;  ///< input channel blocks of one group
  int64_t co_blocks = 1;  ///< output channel blocks of one group
  int64_t merged = 1;     ///< groups of the workload in one group here
  Axis h, w;

  int64_t total_ci_blocks() const { return groups * ci_blocks; }
  int64_t total_co_blocks() const { return groups * co_blocks; }
  /// GEMM micro-ops that compute the workload: the least number of cycles of the matrix unit.
  int64_t gemm_uops() const;
};

/// Errors: unsupported, naming the field, for channels that do not fill blocks, and for what VTA cannot
/// compute: other types and layouts than int8 in nchw, dilation, products of activations.
Result<BlockedWorkload> block_workload(const Workload& workload, const Hardware& hardware);

}  // namespace tamis::vta

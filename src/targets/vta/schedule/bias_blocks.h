#pragma once

#include "tamis/result.h"
#include "tamis/workload.h"
#include "targets/vta/schedule/blocked_workload.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tamis::vta {

// A bias as a matrix product, so that adding it costs the one cycle of a GEMM micro-op instead of the two of
// an ALU operation on two tensors. The lanes of one inp element hold the same constants for every bias; a
// block of weights, one row an output channel, holds the numbers whose products with them sum up to the
// channel's bias. 16 lanes make up every number between about -244,000 and 246,000. Which biases beyond that
// give other results depends on the sums of the layer: a bias is first moved to the nearest one that gives
// the same result for every sum that the layer can have.

/// Whether every bias of a workload has a block that gives the same results.
bool bias_fits_blocks(const Workload& workload, const BlockedWorkload& blocked);

/// The lanes of the inp element, the same for each of `batch` rows.
std::vector<int8_t> bias_constants(int64_t batch, int64_t block);

/// The blocks of all biases, [output channel block][channel in the block][lane]. Needs bias_fits_blocks().
/// Errors: unsupported for a bias so large that adding it to a sum may wrap around, which no block does.
Result<std::vector<int8_t>> bias_blocks(const Workload& workload, const BlockedWorkload& blocked,
                                        std::span<const int32_t> bias);

}  // namespace tamis::vta

#pragma once

#include "tamis/workload.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/schedule/blocked_workload.h"

#include <cstdint>
#include <vector>

namespace tamis::vta {

/// VTA's DRAM layouts, as bytes. All of a block's lanes lie together; a batch or channel that the workload
/// does not have is zero.
///   input   [batch block][ci block][h][w]      elements of batch x block int8
///   weights [co block][ci block of its group][kernel h][kernel w]  elements of block_out x block_in int8,
///   flipped in h and
///           w for conv2d_transpose, block-diagonal for merged groups
///   bias    [co block]                          elements of batch x block int32, the same for every batch
///   lane output  [batch block][co block][positions * phases rows][... columns]  elements of batch x block
///   int8
std::vector<uint8_t> pack_input(const Workload& workload, const BlockedWorkload& blocked,
                                const Hardware& hardware, const std::vector<int8_t>& input);
std::vector<uint8_t> pack_weights(const Workload& workload, const BlockedWorkload& blocked,
                                  const Hardware& hardware, const std::vector<int8_t>& weights);
std::vector<uint8_t> pack_bias(const Workload& workload, const BlockedWorkload& blocked,
                               const Hardware& hardware, const std::vector<int32_t>& bias);
/// The NCHW output in a packed one; rows and columns beyond the workload's are dropped.
std::vector<int8_t> unpack_output(const Workload& workload, const BlockedWorkload& blocked,
                                  const Hardware& hardware, const std::vector<uint8_t>& packed);
/// Bytes of the packed output.
int64_t packed_output_bytes(const BlockedWorkload& blocked, const Hardware& hardware);

}  // namespace tamis::vta

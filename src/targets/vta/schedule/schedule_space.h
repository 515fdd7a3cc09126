#pragma once

#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/workload.h"
#include "targets/vta/schedule/blocked_workload.h"

namespace tamis::vta {

/// Which schedules a space holds.
enum class SpaceKind {
  autotvm,  ///< AutoTVM's VTA templates: the same knobs, values and index numbering
  wide,     ///< the template's knobs, then ours: loop_order, resident, uop_loops
};
/// Errors: not_found for a word that is neither `template` nor `wide`.
Result<SpaceKind> parse_space_kind(const std::string& word);

/// The knobs of a workload. Convolutions of every kind: tile_b, tile_h, tile_w, tile_ci, tile_co (splits in
/// two, of the batch blocks, output positions, input channel blocks of a group and all output channel
/// blocks), oc_nthread, h_nthread; dense: tile_b, tile_ci, tile_co, oc_nthread. As in TVM 0.9's
/// vta/top/vta_{conv2d,group_conv2d,conv2d_transpose,dense}.py.
Result<Space> schedule_space(const Workload& workload, const BlockedWorkload& blocked, SpaceKind kind);

}  // namespace tamis::vta

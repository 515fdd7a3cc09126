#include "targets/vta/codegen/kernel.h"

namespace tamis::vta {
namespace {

/// Where the taps of one phase start, and how they step, along both axes.
struct Phase {
  Taps h, w;
  int64_t row = 0, col = 0;  ///< of the phase in a round of output rows and columns
};

KernelLoop make_loop(InnerLoop loop, const BlockedWorkload& blocked, const Schedule& schedule,
                     const Footprint& tile, const Phase& phase) {
  const int64_t plane = tile.out_rows * tile.out_cols;
  const int64_t taps = blocked.h.kernel * blocked.w.kernel;
  const int64_t inp_plane = tile.inp_rows * tile.inp_cols;
  const auto phases_h = static_cast<int64_t>(blocked.h.phases.size());
  const auto phases_w = static_cast<int64_t>(blocked.w.phases.size());
  switch (loop) {
    case InnerLoop::ci:
      return {schedule.tile_ci, 0, inp_plane, taps};
    case InnerLoop::w:
      return {schedule.tile_w, phases_w, blocked.w.step, 0};
    case InnerLoop::kernel_w:
      return {phase.w.count, 0, 1, phase.w.step};
    case InnerLoop::kernel_h:
      return {phase.h.count, 0, tile.inp_cols, phase.h.step * blocked.w.kernel};
    case InnerLoop::group:
      return {tile.groups_in_tile, tile.co_in_group * plane, schedule.tile_ci * inp_plane,
              tile.co_in_group * schedule.tile_ci * taps};
    case InnerLoop::co:
      return {tile.co_in_group, plane, 0, schedule.tile_ci * taps};
    case InnerLoop::h:
      return {schedule.tile_h, phases_h * tile.out_cols, blocked.h.step * tile.inp_cols, 0};
  }
  return {};
}

void append_uops(const std::vector<KernelLoop>& loops, size_t depth, Uop base, std::vector<Uop>& uops) {
  if (depth == loops.size()) {
    uops.push_back(base);
    return;
  }
  for (int64_t i = 0; i < loops[depth].extent; ++i) {
    append_uops(loops, depth + 1, base, uops);
    base.dst += static_cast<uint32_t>(loops[depth].dst);
    base.src += static_cast<uint32_t>(loops[depth].src);
    base.wgt += static_cast<uint32_t>(loops[depth].wgt);
  }
}

Kernel make_kernel(const BlockedWorkload& blocked, const Schedule& schedule, const Footprint& tile,
                   const Phase& phase) {
  std::vector<KernelLoop> loops;
  for (const InnerLoop name : schedule.inner) {
    const KernelLoop loop = make_loop(name, blocked, schedule, tile, phase);
    if (loop.extent > 1) loops.push_back(loop);
  }
  Kernel kernel;
  if (!loops.empty()) kernel.outer = loops[0];
  if (loops.size() > 1) kernel.inner = loops[1];
  loops.erase(loops.begin(), loops.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(2, loops.size())));
  const int64_t dst = phase.row * tile.out_cols + phase.col;
  const int64_t src = phase.h.offset * tile.inp_cols + phase.w.offset;
  const int64_t wgt = phase.h.first * blocked.w.kernel + phase.w.first;
  append_uops(loops, 0, {static_cast<uint32_t>(dst), static_cast<uint32_t>(src), static_cast<uint32_t>(wgt)},
              kernel.uops);
  return kernel;
}

}  // namespace

std::vector<Kernel> make_kernels(const BlockedWorkload& blocked, const Schedule& schedule,
                                 const Footprint& footprint) {
  std::vector<Kernel> kernels;
  for (size_t row = 0; row < blocked.h.phases.size(); ++row) {
    for (size_t col = 0; col < blocked.w.phases.size(); ++col) {
      const Phase phase{blocked.h.phases[row], blocked.w.phases[col], static_cast<int64_t>(row),
                        static_cast<int64_t>(col)};
      if (phase.h.count == 0 || phase.w.count == 0) continue;
      kernels.push_back(make_kernel(blocked, schedule, footprint, phase));
    }
  }
  return kernels;
}

std::optional<size_t> find_hazard(const std::vector<Uop>& uops) {
  for (size_t i = 1; i < uops.size(); ++i) {
    if (uops[i].dst == uops[i - 1].dst) return i;
    if (i > 1 && uops[i].dst == uops[i - 2].dst) return i;
  }
  return std::nullopt;
}

}  // namespace tamis::vta

#include "targets/vta/codegen/uop_table.h"

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

UopRange range(int64_t begin, int64_t count) {
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + count)};
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

UopTable::UopTable(const Schedule& schedule, const Footprint& footprint, std::vector<Kernel> kernels)
    : schedule_(schedule),
      footprint_(footprint),
      kernels_(std::move(kernels)),
      contexts_(schedule.contexts()),
      slots_(std::max(footprint.inp_slots, footprint.wgt_slots)),
      bias_uops_(footprint.bias_tile > 0 ? schedule.tile_b : 0) {
  for (const Kernel& kernel : kernels_) {
    kernel_begin_.push_back(step_uops_);
    step_uops_ += static_cast<int64_t>(kernel.uops.size());
  }
  context_uops_ = 1 + bias_uops_ + schedule.tile_b * slots_ * step_uops_;
}

UopRange UopTable::tile(int64_t context) const { return range(context * context_uops_, 1); }

UopRange UopTable::biases(int64_t context) const { return range(context * context_uops_ + 1, bias_uops_); }

UopRange UopTable::kernel(int64_t context, int64_t b, int64_t ci, size_t kernel) const {
  const int64_t slot = slots_ > 1 ? ci : 0;
  const int64_t begin =
      context * context_uops_ + 1 + bias_uops_ + (b * slots_ + slot) * step_uops_ + kernel_begin_[kernel];
  return range(begin, static_cast<int64_t>(kernels_[kernel].uops.size()));
}

std::vector<Uop> UopTable::uops() const {
  std::vector<Uop> all;
  all.reserve(static_cast<size_t>(size()));
  const int64_t batch_tile = footprint_.acc_tile / schedule_.tile_b;
  for (int64_t context = 0; context < contexts_; ++context) {
    const int64_t acc = context * footprint_.acc_context();
    const auto add = [&](const Uop& uop, int64_t dst, int64_t src, int64_t wgt) {
      all.push_back({static_cast<uint32_t>(uop.dst + dst), static_cast<uint32_t>(uop.src + src),
                     static_cast<uint32_t>(uop.wgt + wgt)});
    };
    add({}, acc, acc, 0);
    for (int64_t b = 0; b < bias_uops_; ++b) add({}, acc + b * batch_tile, acc + footprint_.acc_tile, 0);
    for (int64_t b = 0; b < schedule_.tile_b; ++b)
      for (int64_t slot = 0; slot < slots_; ++slot)
        for (const Kernel& kernel : kernels_)
          for (const Uop& uop : kernel.uops)
            add(uop, acc + b * batch_tile,
                context * footprint_.inp_context() +
                    (footprint_.inp_slots > 1 ? slot * footprint_.inp_tile : 0),
                context * footprint_.wgt_context() +
                    (footprint_.wgt_slots > 1 ? slot * footprint_.wgt_tile : 0));
  }
  return all;
}

}  // namespace tamis::vta

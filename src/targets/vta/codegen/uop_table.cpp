#include "targets/vta/codegen/uop_table.h"

#include <algorithm>

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
      return {schedule.tile_h, phases_h * tile.out_cols, blocked.h.step / tile.row_step * tile.inp_cols, 0};
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

/// Whether `outer` goes on where `inner` ends, so that both are one loop.
bool continues(const KernelLoop& outer, const KernelLoop& inner) {
  return outer.dst == inner.extent * inner.dst && outer.src == inner.extent * inner.src &&
         outer.wgt == inner.extent * inner.wgt;
}

/// The loops of more than one iteration, in the schedule's order. With `compact`, rows that go on where
/// columns end are one loop with them.
std::vector<KernelLoop> make_loops(const BlockedWorkload& blocked, const Schedule& schedule,
                                   const Footprint& tile, const Phase& phase) {
  KernelLoop w = make_loop(InnerLoop::w, blocked, schedule, tile, phase);
  KernelLoop h = make_loop(InnerLoop::h, blocked, schedule, tile, phase);
  if (schedule.compact && w.extent > 1 && h.extent > 1 && continues(h, w)) {
    w.extent *= h.extent;
    h.extent = 1;
  }
  std::vector<KernelLoop> loops;
  for (const InnerLoop name : schedule.inner) {
    const KernelLoop loop = name == InnerLoop::w   ? w
                            : name == InnerLoop::h ? h
                                                   : make_loop(name, blocked, schedule, tile, phase);
    if (loop.extent > 1) loops.push_back(loop);
  }
  return loops;
}

Kernel make_kernel(const BlockedWorkload& blocked, const Schedule& schedule, const Footprint& tile,
                   const Phase& phase) {
  std::vector<KernelLoop> loops = make_loops(blocked, schedule, tile, phase);
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

std::optional<size_t> find_hazard(std::span<const Uop> uops) {
  for (size_t i = 1; i < uops.size(); ++i) {
    if (uops[i].dst == uops[i - 1].dst) return i;
    if (i > 1 && uops[i].dst == uops[i - 2].dst) return i;
  }
  return std::nullopt;
}

int64_t least_uops(const Schedule& schedule, const Footprint& footprint, const std::vector<Kernel>& kernels) {
  int64_t of_step = 0;
  for (const Kernel& kernel : kernels) of_step += static_cast<int64_t>(kernel.uops.size());
  const int64_t biases = footprint.bias_tile > 0 ? schedule.tile_b : 0;
  const int64_t slots = schedule.shared ? 1 : std::max(footprint.inp_slots, footprint.wgt_slots);
  return schedule.contexts() * (1 + biases + schedule.tile_b * slots * of_step);
}

UopTable::UopTable(const Schedule& schedule, const Footprint& footprint, std::vector<Kernel> kernels,
                   const Plan& plan)
    : schedule_(schedule),
      footprint_(footprint),
      kernels_(std::move(kernels)),
      placements_(plan.placements),
      bias_uops_(footprint.bias_tile > 0 ? schedule.tile_b : 0) {
  for (const Kernel& kernel : kernels_) {
    kernel_begin_.push_back(step_uops_);
    step_uops_ += static_cast<int64_t>(kernel.uops.size());
  }
  place_contexts();
  place_blocks(plan);
  if (footprint.bias_blocks > 0) place_products(plan);
}

void UopTable::place_contexts() {
  size_t placement = 0;
  for (int64_t context = 0; context < schedule_.contexts(); ++context) {
    context_begin_.push_back(size_);
    size_ += 1 + bias_uops_;
    for (; placement < placements_.size() && placements_[placement].context == context; ++placement) {
      placement_begin_.push_back(size_);
      size_ += step_uops_;
    }
  }
}

void UopTable::place_blocks(const Plan& plan) {
  blocks_begin_.assign(context_begin_.size(), kNone);
  for (const Tile& tile : plan.tiles) {
    int64_t& begin = blocks_begin_[static_cast<size_t>(tile.context)];
    if (!tile.by_block || begin != kNone) continue;
    begin = 0;
  }
  for (int64_t& begin : blocks_begin_) {
    if (begin == kNone) continue;
    begin = size_;
    size_ += blocks() * (bias_uops_ > 0 ? 2 : 1);
  }
}

void UopTable::place_products(const Plan& plan) {
  products_begin_.assign(product_key(schedule_.contexts(), 0, false), kNone);
  for (const Tile& tile : plan.tiles) {
    int64_t& begin = products_begin_[product_key(tile.context, tile.co, tile.by_block)];
    if (begin != kNone) continue;
    begin = size_;
    products_.push_back({tile.context, tile.co, tile.by_block});
    size_ += tile.by_block ? blocks() : schedule_.tile_b;
  }
}

UopRange UopTable::block(int64_t context, int64_t block) const {
  return range(blocks_begin_[static_cast<size_t>(context)] + block, 1);
}

UopRange UopTable::block_bias(int64_t context, int64_t block) const {
  return range(blocks_begin_[static_cast<size_t>(context)] + blocks() + block, 1);
}

UopRange UopTable::bias_products(const Tile& tile) const {
  return range(products_begin_[product_key(tile.context, tile.co, false)], schedule_.tile_b);
}

UopRange UopTable::block_bias_product(const Tile& tile, int64_t block) const {
  return range(products_begin_[product_key(tile.context, tile.co, true)] + block, 1);
}

UopRange UopTable::kernel(size_t placement, size_t kernel) const {
  return range(placement_begin_[placement] + kernel_begin_[kernel],
               static_cast<int64_t>(kernels_[kernel].uops.size()));
}

std::vector<Uop> UopTable::uops() const {
  std::vector<Uop> all;
  all.reserve(static_cast<size_t>(size_));
  for (int64_t context = 0; context < schedule_.contexts(); ++context) append_context(context, all);
  for (int64_t context = 0; context < schedule_.contexts(); ++context)
    if (blocks_begin_[static_cast<size_t>(context)] != kNone) append_blocks(context, all);
  append_products(all);
  return all;
}

namespace {

Uop moved(const Uop& uop, int64_t dst, int64_t src, int64_t wgt) {
  return {static_cast<uint32_t>(uop.dst + dst), static_cast<uint32_t>(uop.src + src),
          static_cast<uint32_t>(uop.wgt + wgt)};
}

}  // namespace

void UopTable::append_context(int64_t context, std::vector<Uop>& all) const {
  const int64_t batch_tile = footprint_.acc_tile / schedule_.tile_b;
  const int64_t acc = context * footprint_.acc_context();
  const int64_t inp = inp_region_of(schedule_, context) * footprint_.inp_region();
  const int64_t wgt = wgt_region_of(schedule_, context) * footprint_.wgt_region();
  all.push_back(moved({}, acc, acc, 0));
  for (int64_t b = 0; b < bias_uops_; ++b)
    all.push_back(moved({}, acc + b * batch_tile, acc + footprint_.acc_tile, 0));
  for (const Placement& placement : placements_) {
    if (placement.context != context) continue;
    for (const Kernel& kernel : kernels_)
      for (const Uop& uop : kernel.uops)
        all.push_back(moved(uop, acc + placement.b * batch_tile,
                            inp + placement.inp_slot * footprint_.inp_tile,
                            wgt + placement.wgt_slot * footprint_.wgt_tile));
  }
}

void UopTable::append_blocks(int64_t context, std::vector<Uop>& all) const {
  const int64_t acc = context * footprint_.acc_context();
  for (int64_t block = 0; block < blocks(); ++block) {
    const int64_t at = acc + block * footprint_.plane();
    all.push_back(moved({}, at, at, 0));
  }
  for (int64_t block = 0; bias_uops_ > 0 && block < blocks(); ++block)
    all.push_back(moved({}, acc + block * footprint_.plane(),
                        acc + footprint_.acc_tile + block % schedule_.tile_co, 0));
}

void UopTable::append_products(std::vector<Uop>& all) const {
  const int64_t constants = footprint_.inp_regions * footprint_.inp_region();
  const int64_t first_bias = footprint_.wgt_regions * footprint_.wgt_region();
  for (const Products& products : products_) {
    const int64_t acc = products.context * footprint_.acc_context();
    const int64_t bias = first_bias + products.co * schedule_.tile_co;
    const int64_t step = products.by_block ? 1 : schedule_.tile_co;
    for (int64_t block = 0; block < blocks(); block += step)
      all.push_back(moved({}, acc + block * footprint_.plane(), constants, bias + block % schedule_.tile_co));
  }
}

}  // namespace tamis::vta

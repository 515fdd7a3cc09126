#include "targets/vta/codegen/uop_table.h"

namespace tamis::vta {
namespace {

UopRange range(int64_t begin, int64_t count) {
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + count)};
}

}  // namespace

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

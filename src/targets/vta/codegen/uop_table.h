#pragma once

#include "targets/vta/codegen/plan.h"
#include "targets/vta/isa/instruction.h"
#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tamis::vta {

/// One loop of a GEMM: how often, and how far each step moves in acc, inp and wgt (elements).
struct KernelLoop {
  int64_t extent = 1, dst = 0, src = 0, wgt = 0;
};

/// A GEMM instruction without its place in SRAM: two hardware loops around micro-ops relative to the tiles'
/// bases.
struct Kernel {
  KernelLoop outer, inner;
  std::vector<Uop> uops;
};

/// The kernels of one load step of a schedule: one a phase that has taps (one for all but transposed
/// convolutions).
std::vector<Kernel> make_kernels(const BlockedWorkload& blocked, const Schedule& schedule,
                                 const Footprint& footprint);

/// The position of the first micro-op whose accumulator one of the two before it writes, or nothing: what the
/// FPGA design's accumulator pipeline cannot do (Design::hls).
std::optional<size_t> find_hazard(std::span<const Uop> uops);

/// Micro-ops [begin, end) of the uop memory.
struct UopRange {
  uint32_t begin = 0, end = 0;
};

/// The micro-ops that a program has at least, which no plan is needed for; all of a program of the template.
int64_t least_uops(const Schedule& schedule, const Footprint& footprint, const std::vector<Kernel>& kernels);

/// Every micro-op of a program, loaded once at its start. Each context has, in this order: one uop for its
/// whole accumulator tile (resets and ALU operations without a second operand), one a batch block for adding
/// biases, and the kernels of its placements. Behind those of all contexts come the uops that only some tiles
/// need: of single blocks, and of biases that are products.
class UopTable {
 public:
  UopTable(const Schedule& schedule, const Footprint& footprint, std::vector<Kernel> kernels,
           const Plan& plan);

  /// All accumulators of a tile, by one uop.
  UopRange tile(int64_t context) const { return range(context_begin(context), 1); }
  /// The accumulators of one channel block, `block` counted over batch blocks and channel blocks of a tile
  /// that is finished by block.
  UopRange block(int64_t context, int64_t block) const;
  /// Their biases, for the ALU: one uop a batch block, or that of one channel block.
  UopRange biases(int64_t context) const { return range(context_begin(context) + 1, bias_uops_); }
  UopRange block_bias(int64_t context, int64_t block) const;
  /// Their biases, for GEMM, likewise.
  UopRange bias_products(const Tile& tile) const;
  UopRange block_bias_product(const Tile& tile, int64_t block) const;
  UopRange kernel(size_t placement, size_t kernel) const;
  const std::vector<Kernel>& kernels() const { return kernels_; }
  int64_t size() const { return size_; }
  /// The micro-ops with the bases of their contexts.
  std::vector<Uop> uops() const;

 private:
  static constexpr int64_t kNone = -1;

  static UopRange range(int64_t begin, int64_t count) {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + count)};
  }
  int64_t context_begin(int64_t context) const { return context_begin_[static_cast<size_t>(context)]; }
  int64_t blocks() const { return schedule_.tile_b * schedule_.tile_co; }
  size_t product_key(int64_t context, int64_t co, bool by_block) const {
    return static_cast<size_t>((context * footprint_.outer_co + co) * 2 + (by_block ? 1 : 0));
  }
  void place_contexts();
  void place_blocks(const Plan& plan);
  void place_products(const Plan& plan);
  void append_context(int64_t context, std::vector<Uop>& all) const;
  void append_blocks(int64_t context, std::vector<Uop>& all) const;
  void append_products(std::vector<Uop>& all) const;

  Schedule schedule_;
  Footprint footprint_;
  std::vector<Kernel> kernels_;
  std::vector<Placement> placements_;
  std::vector<int64_t> kernel_begin_;     // of each kernel among those of one placement
  std::vector<int64_t> placement_begin_;  // of each placement
  std::vector<int64_t> context_begin_;
  std::vector<int64_t> blocks_begin_;    // of each context, or kNone
  std::vector<int64_t> products_begin_;  // by product_key(), or kNone
  struct Products {
    int64_t context, co;
    bool by_block;
  };
  std::vector<Products> products_;  // in the order of their uops
  int64_t bias_uops_;
  int64_t step_uops_ = 0;  // of all kernels
  int64_t size_ = 0;
};

}  // namespace tamis::vta

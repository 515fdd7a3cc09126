#include "targets/vta/codegen/alu_hazard.h"

#include "targets/vta/codegen/uop_table.h"

namespace tamis::vta {
namespace {

/// The only or the smallest x in [0, count) with distance + x * step = 0.
std::optional<int64_t> root(int64_t distance, int64_t step, int64_t count) {
  if (distance == 0) return count > 0 ? std::optional<int64_t>(0) : std::nullopt;
  if (step == 0 || distance % step != 0) return std::nullopt;
  const int64_t x = -distance / step;
  return x > 0 && x < count ? std::optional(x) : std::nullopt;
}

/// Of Design::chisel.
class HazardFinder {
 public:
  HazardFinder(const AluInstruction& alu, const Uop* uops)
      : alu_(alu), uops_(uops), count_(alu.uop_begin < alu.uop_end ? alu.uop_end - alu.uop_begin : 0) {}

  std::optional<AluHazard> run() {
    if (count_ == 0 || alu_.iter_in == 0) return std::nullopt;
    // Where dst and src move alike, all rounds of iter_out are like the first, but for what came before.
    const bool alike = alu_.dst_factor_out == alu_.src_factor_out;
    for (int64_t y = 0; y < alu_.iter_out && !(alike && y > 1) && !found_; ++y) search(y);
    return found_;
  }

 private:
  int64_t dst(int64_t y, int64_t x, uint32_t uop) const {
    return uops_[uop].dst + y * alu_.dst_factor_out + x * alu_.dst_factor_in;
  }
  int64_t src(int64_t y, int64_t x, uint32_t uop) const {
    return uops_[uop].src + y * alu_.src_factor_out + x * alu_.src_factor_in;
  }

  /// Looks at the rounds of one y.
  void search(int64_t y) {
    const int64_t rounds = alu_.iter_in, step = int64_t{alu_.src_factor_in} - alu_.dst_factor_in;
    const uint32_t last = count_ - 1;
    if (y > 0 && src(y, 0, 0) == dst(y - 1, rounds - 1, last)) note(y, 0, 0);
    if (const auto x = root(src(y, 1, 0) - dst(y, 0, last), step, rounds - 1)) note(y, *x + 1, 0);
    for (uint32_t uop = 1; uop < count_; ++uop)
      if (const auto x = root(src(y, 0, uop) - dst(y, 0, uop - 1), step, rounds)) note(y, *x, uop);
  }

  void note(int64_t y, int64_t x, uint32_t uop) {
    const AluHazard hazard{static_cast<uint64_t>(y), static_cast<uint64_t>(x), uop,
                           static_cast<uint64_t>(src(y, x, uop))};
    const bool earlier =
        !found_ || hazard.x < found_->x || (hazard.x == found_->x && hazard.uop < found_->uop);
    if (earlier) found_ = hazard;
  }

  const AluInstruction& alu_;
  const Uop* uops_;
  uint32_t count_;
  std::optional<AluHazard> found_;
};

/// Of Design::hls: all rounds are like the first.
std::optional<AluHazard> find_repeated_dst(const AluInstruction& alu, const Uop* uops) {
  if (alu.iter_out == 0 || alu.iter_in == 0 || alu.uop_begin >= alu.uop_end) return std::nullopt;
  const std::optional<size_t> hazard = find_hazard({uops, alu.uop_end - alu.uop_begin});
  if (!hazard) return std::nullopt;
  return AluHazard{0, 0, static_cast<uint32_t>(*hazard), uops[*hazard].dst};
}

}  // namespace

std::optional<AluHazard> find_alu_hazard(Design design, const AluInstruction& alu, const Uop* uops) {
  switch (design) {
    case Design::chisel:
      return HazardFinder(alu, uops).run();
    case Design::hls:
      return find_repeated_dst(alu, uops);
    case Design::fsim:
      break;
  }
  return std::nullopt;
}

}  // namespace tamis::vta

#include "targets/vta/codegen/checks.h"

#include <fmt/format.h>

namespace tamis::vta {
namespace {

std::optional<Rejection> check_memory(const Hardware& hardware, Memory memory, int64_t contexts,
                                      int64_t each) {
  const int64_t needed = contexts * each;
  const int64_t available = hardware.depth(memory);
  if (needed <= available) return std::nullopt;
  return Rejection{Verdict::resource_exceeded, Verdict::run_failed,
                   fmt::format("{} memory: {} elements needed ({} virtual threads x {}), {} available",
                               to_string(memory), needed, contexts, each, available)};
}

}  // namespace

std::optional<Rejection> check_memories(const Hardware& hardware, const Schedule& schedule,
                                        const Footprint& footprint, const UopTable& uops) {
  const int64_t contexts = schedule.contexts();
  if (auto rejection = check_memory(hardware, Memory::inp, contexts, footprint.inp_context()))
    return rejection;
  if (auto rejection = check_memory(hardware, Memory::wgt, contexts, footprint.wgt_context()))
    return rejection;
  if (auto rejection = check_memory(hardware, Memory::uop, 1, uops.size())) return rejection;
  return check_memory(hardware, Memory::acc, contexts, footprint.acc_context());
}

std::optional<Rejection> check_hazard(const Hardware& hardware, const UopTable& uops) {
  if (hardware.hazard != Hazard::hls) return std::nullopt;
  for (const Kernel& kernel : uops.kernels()) {
    const std::optional<size_t> hazard = find_hazard(kernel.uops);
    if (!hazard) continue;
    return Rejection{
        Verdict::build_failed, Verdict::wrong_result,
        fmt::format(
            "accumulator hazard: micro-op {} adds to acc element {} that one of the 2 micro-ops before "
            "it writes; this device needs 2 others in between",
            *hazard, kernel.uops[*hazard].dst)};
  }
  return std::nullopt;
}

Rejection too_many_instructions(const Hardware& hardware) {
  return {Verdict::resource_exceeded, Verdict::run_failed,
          fmt::format("instruction stream: more than {} instructions needed, {} available",
                      hardware.max_instructions, hardware.max_instructions)};
}

Rejection field_too_small(const FieldOverflow& overflow) {
  return {Verdict::resource_exceeded, Verdict::wrong_result,
          fmt::format("instruction field {}: {} needed, at most {} fits", overflow.field, overflow.value,
                      overflow.most)};
}

}  // namespace tamis::vta

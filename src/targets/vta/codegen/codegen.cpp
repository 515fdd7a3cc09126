#include "targets/vta/codegen/codegen.h"

#include "targets/vta/codegen/emitter.h"
#include "targets/vta/codegen/stream_checks.h"
#include "targets/vta/codegen/token_bound.h"
#include "targets/vta/codegen/uop_table.h"
#include "targets/vta/schedule/schedule.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr int64_t kPage = 4096;

/// Lays the operands out one after another from the second page on, so that address 0 belongs to nobody.
class DramLayout {
 public:
  explicit DramLayout(const Hardware& hardware) : hardware_(hardware) {}

  /// Adds a zero-filled buffer of `elements` of a memory; returns its base in elements.
  int64_t add(BufferRole role, Memory memory, int64_t elements) {
    const int64_t element = hardware_.element_bytes(memory);
    const int64_t alignment = std::max(kPage, element);
    next_ = (next_ + alignment - 1) / alignment * alignment;
    DramBuffer buffer;
    buffer.address = static_cast<uint32_t>(next_);
    buffer.role = role;
    buffer.bytes.resize(static_cast<size_t>(elements * element));
    buffers.push_back(std::move(buffer));
    const int64_t base = next_ / element;
    next_ += elements * element;
    return base;
  }
  int64_t end() const { return (next_ + kPage - 1) / kPage * kPage; }

  std::vector<DramBuffer> buffers;

 private:
  const Hardware& hardware_;
  int64_t next_ = kPage;
};

OperandBases lay_out(DramLayout& dram, const BlockedWorkload& blocked, const Schedule& schedule,
                     const Footprint& footprint, int64_t uops) {
  OperandBases bases;
  bases.uops = dram.add(BufferRole::uops, Memory::uop, uops);
  bases.input =
      dram.add(BufferRole::input, Memory::inp,
               blocked.batch_blocks * blocked.total_ci_blocks() * blocked.h.input * blocked.w.input);
  bases.weights =
      dram.add(BufferRole::weights, Memory::wgt,
               blocked.total_co_blocks() * blocked.ci_blocks * blocked.h.kernel * blocked.w.kernel);
  bases.bias = dram.add(BufferRole::bias, footprint.bias_blocks > 0 ? Memory::wgt : Memory::acc,
                        blocked.total_co_blocks());
  bases.output =
      dram.add(BufferRole::output, Memory::out,
               blocked.batch_blocks * blocked.total_co_blocks() * blocked.h.output() * blocked.w.output());
  if (footprint.constants > 0)
    bases.constants = dram.add(BufferRole::constants, Memory::inp, footprint.constants);
  if (needs_zeros(blocked, schedule, footprint))
    bases.zeros = dram.add(BufferRole::data, Memory::inp, footprint.inp_cols);
  return bases;
}

void write_uops(const Hardware& hardware, const std::vector<Uop>& uops, DramBuffer& buffer) {
  const Codec codec(hardware);
  for (size_t i = 0; i < uops.size(); ++i) {
    const uint32_t word = codec.encode(uops[i]);
    std::memcpy(buffer.bytes.data() + i * sizeof(word), &word, sizeof(word));
  }
}

/// Elements that a program needs of each memory.
struct Needs {
  int64_t inp, wgt, acc, uop;
};

/// What a schedule needs at least, before its plan is made. Exact but for uops and for regions whose slots
/// are taken in turn: the last of those may use one.
Needs least_needs(const Schedule& schedule, const Footprint& tile, const std::vector<Kernel>& kernels) {
  const auto operand = [&](int64_t regions, int64_t region, int64_t of_step, int64_t extra, bool keep) {
    const bool in_turn = schedule.shared && !keep && extra == 0;
    return (in_turn ? (regions - 1) * region + of_step : regions * region) + extra;
  };
  return {operand(tile.inp_regions, tile.inp_region(), tile.inp_tile, tile.constants, schedule.keep_inp),
          operand(tile.wgt_regions, tile.wgt_region(), tile.wgt_tile, tile.bias_blocks, schedule.keep_wgt),
          schedule.contexts() * tile.acc_context(), least_uops(schedule, tile, kernels)};
}

/// What the program of a plan needs.
Needs needs_of(const Schedule& schedule, const Footprint& tile, const Plan& plan, const UopTable& uops) {
  const auto operand = [](int64_t end, int64_t regions, int64_t region, int64_t extra) {
    return extra > 0 ? regions * region + extra : end;
  };
  return {operand(plan.inp_end, tile.inp_regions, tile.inp_region(), tile.constants),
          operand(plan.wgt_end, tile.wgt_regions, tile.wgt_region(), tile.bias_blocks),
          schedule.contexts() * tile.acc_context(), uops.size()};
}

void set_needs(const Needs& needs, const Schedule& schedule, Features& features) {
  features.set("inp_needed", static_cast<double>(needs.inp));
  features.set("wgt_needed", static_cast<double>(needs.wgt));
  features.set("acc_needed", static_cast<double>(needs.acc));
  features.set("uop_needed", static_cast<double>(needs.uop));
  features.set("contexts", static_cast<double>(schedule.contexts()));
}

std::optional<Rejection> check_memory(const Hardware& hardware, Memory memory, int64_t needed,
                                      const std::string& made_of) {
  const int64_t available = hardware.depth(memory);
  if (needed <= available) return std::nullopt;
  return Rejection{Verdict::resource_exceeded, Verdict::run_failed,
                   fmt::format("{} memory: {} elements needed ({}), {} available", to_string(memory), needed,
                               made_of, available)};
}

/// Whether the micro-ops fit their memory. In the Chisel design the rest overwrites the first, so that some
/// instructions become others than meant; traps_unchecked() tells whether one of these traps.
std::optional<Rejection> check_uops(const Hardware& hardware, int64_t needed) {
  const int64_t available = hardware.depth(Memory::uop);
  if (needed <= available) return std::nullopt;
  return Rejection{Verdict::resource_exceeded,
                   hardware.design == Design::chisel ? Verdict::wrong_result : Verdict::run_failed,
                   fmt::format("uop memory: {} needed, {} available", needed, available)};
}

/// How the elements of inp or wgt come about.
std::string regions_text(const Schedule& schedule, int64_t regions, int64_t each, int64_t extra) {
  std::string text = schedule.shared ? fmt::format("{} shared regions of up to {}", regions, each)
                                     : fmt::format("{} virtual threads x {}", regions, each);
  if (extra > 0) text += fmt::format(" and {} for biases", extra);
  return text;
}

/// Whether a program fits the memories.
std::optional<Rejection> check_memories(const Hardware& hardware, const Schedule& schedule,
                                        const Footprint& tile, const Needs& needs) {
  const int64_t contexts = schedule.contexts();
  if (auto rejection =
          check_memory(hardware, Memory::inp, needs.inp,
                       regions_text(schedule, tile.inp_regions, tile.inp_region(), tile.constants)))
    return rejection;
  if (auto rejection =
          check_memory(hardware, Memory::wgt, needs.wgt,
                       regions_text(schedule, tile.wgt_regions, tile.wgt_region(), tile.bias_blocks)))
    return rejection;
  if (auto rejection = check_uops(hardware, needs.uop)) return rejection;
  return check_memory(hardware, Memory::acc, needs.acc,
                      fmt::format("{} virtual threads x {}", contexts, tile.acc_context()));
}

/// Whether every micro-op finds the accumulator that it adds to up to date.
std::optional<Rejection> check_hazard(const Hardware& hardware, const std::vector<Kernel>& kernels) {
  if (hardware.design != Design::hls) return std::nullopt;
  for (const Kernel& kernel : kernels) {
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

/// Whether no ALU instruction reads what it has not written yet.
std::optional<Rejection> check_alu_hazard(const Hardware& hardware, const UopStream& stream) {
  const auto found = find_alu_hazard(hardware, stream);
  if (!found) return std::nullopt;
  const bool two = hardware.design == Design::hls;
  return Rejection{
      Verdict::build_failed, Verdict::wrong_result,
      fmt::format("ALU hazard: instruction {} reads acc element {} that {} just before writes; this "
                  "device needs {} in between",
                  found->position, found->hazard.element, two ? "one of the 2 micro-ops" : "the micro-op",
                  two ? "2 others" : "another")};
}

/// Whether no queue is asked to hold more tokens than the Chisel design counts. The bound holds for engines
/// of any speed, so this may reject what the device would run.
std::optional<Rejection> check_tokens(const Hardware& hardware, const Plan& plan, int64_t blocks) {
  if (hardware.design != Design::chisel) return std::nullopt;
  const uint64_t needed = most_waiting_tokens(plan, blocks);
  if (needed <= kMostTokens) return std::nullopt;
  return Rejection{
      Verdict::resource_exceeded, Verdict::run_failed,
      fmt::format("waiting tokens: {} needed in a queue where STORE or LOAD is slow, {} available", needed,
                  kMostTokens)};
}

/// The rejection for a stream of more than the device's `max_instructions`.
Rejection too_many_instructions(const Hardware& hardware) {
  return {Verdict::resource_exceeded, Verdict::run_failed,
          fmt::format("instruction stream: more than {} instructions needed, {} available",
                      hardware.max_instructions, hardware.max_instructions)};
}

/// The rejection for a value that does not fit its instruction field.
Rejection field_too_small(const FieldOverflow& overflow) {
  return {Verdict::resource_exceeded, Verdict::wrong_result,
          fmt::format("instruction field {}: {} needed, at most {} fits", overflow.field, overflow.value,
                      overflow.most)};
}

/// Whether every inp load is one that the device's bursts bear.
std::optional<Rejection> check_inp_loads(const Hardware& hardware, uint64_t tiles) {
  if (tiles <= most_inp_tiles(hardware)) return std::nullopt;
  return Rejection{Verdict::resource_exceeded, Verdict::run_failed,
                   fmt::format("inp load: {} tiles at once needed, at most {} fit bursts of {} beats", tiles,
                               most_inp_tiles(hardware), hardware.memory.burst_beats)};
}

/// Keeps the first reason; a trap on the device outweighs a wrong result.
void reject(std::optional<Rejection>& rejection, const std::optional<Rejection>& next) {
  if (!next) return;
  if (!rejection) {
    rejection = next;
  } else if (next->on_device == Verdict::run_failed) {
    rejection->on_device = Verdict::run_failed;
  }
}

/// The Chisel design traps at some of what other designs compute wrongly.
void weigh_traps(const Hardware& hardware, const UopStream& stream, Rejection& rejection) {
  if (hardware.design != Design::chisel || rejection.on_device == Verdict::run_failed) return;
  if (traps_unchecked(hardware, stream)) rejection.on_device = Verdict::run_failed;
}

}  // namespace

Generated generate(const Hardware& hardware, const Workload& workload, const BlockedWorkload& blocked,
                   const Space& space, const Config& config, bool ignore_checks) {
  Generated generated;
  const Schedule schedule = with_threads_that_work(make_schedule(space, config), blocked);
  const Result<Footprint> tile = footprint(blocked, schedule, workload.epilogue.bias);
  if (!tile.ok()) {
    generated.rejection = Rejection{Verdict::build_failed, Verdict::build_failed, tile.error().message};
    return generated;
  }
  std::vector<Kernel> kernels = make_kernels(blocked, schedule, *tile);
  const Needs least = least_needs(schedule, *tile, kernels);
  reject(generated.rejection, check_memories(hardware, schedule, *tile, least));
  reject(generated.rejection, check_hazard(hardware, kernels));
  if (generated.rejection && !ignore_checks) {
    set_needs(least, schedule, generated.features);
    return generated;
  }

  const Plan plan = make_plan(schedule, *tile, blocked, hardware.max_instructions);
  const UopTable uops(schedule, *tile, std::move(kernels), plan);
  const Needs needs = needs_of(schedule, *tile, plan, uops);
  set_needs(needs, schedule, generated.features);
  generated.features.set("tiles", static_cast<double>(plan.tiles.size()));
  generated.features.set("steps", static_cast<double>(plan.steps.size()));
  reject(generated.rejection, check_memories(hardware, schedule, *tile, needs));
  reject(generated.rejection, check_tokens(hardware, plan, schedule.tile_b * schedule.tile_co));
  if (generated.rejection && !ignore_checks) return generated;

  DramLayout dram(hardware);
  const OperandBases bases = lay_out(dram, blocked, schedule, *tile, uops.size());
  const CopyPlanner copies(blocked, schedule, *tile, bases);
  Emission emission = emit({hardware, schedule, *tile, workload.epilogue, uops, copies, plan});
  append(emission.counts, generated.features);
  if (emission.too_long) reject(generated.rejection, too_many_instructions(hardware));
  reject(generated.rejection, check_inp_loads(hardware, emission.most_inp_tiles));
  if (emission.overflow) reject(generated.rejection, field_too_small(*emission.overflow));
  if (generated.rejection && !ignore_checks) return generated;

  const std::vector<Uop> all_uops = uops.uops();
  const UopStream stream{emission.instructions, all_uops, bases.uops};
  reject(generated.rejection, check_alu_hazard(hardware, stream));
  if (generated.rejection) weigh_traps(hardware, stream, *generated.rejection);
  if (generated.rejection && !ignore_checks) return generated;

  write_uops(hardware, all_uops, dram.buffers.front());
  generated.bias = schedule.bias;
  generated.launch =
      Launch{static_cast<uint32_t>(dram.end()), std::move(emission.instructions), std::move(dram.buffers)};
  return generated;
}

}  // namespace tamis::vta

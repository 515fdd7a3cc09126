#include "base/cpu_clones.h"
#include "targets/vta/simulator/gemm_kernel.h"
#include "targets/vta/simulator/stale_writes.h"

#include <algorithm>
#include <array>
#include <vector>

namespace tamis::vta {
namespace {

int32_t wrap(uint32_t value) { return static_cast<int32_t>(value); }

int32_t shift_left(int32_t value, uint32_t amount) { return wrap(static_cast<uint32_t>(value) << amount); }

/// By the low five bits of the amount's magnitude, to the left where it is negative.
int32_t shift_by_magnitude(int32_t value, int32_t amount) {
  if (amount >= 0) return value >> (amount & 31);
  return shift_left(value, (0u - static_cast<uint32_t>(amount)) & 31u);
}

/// By the amount's low five bits as a signed number.
int32_t shift_by_five_bits(int32_t value, int32_t amount) {
  return shift_by_magnitude(value, ((amount & 31) ^ 16) - 16);
}

/// Calls visit(dst, src) for every micro-op of the nest, and pass() before every pass over the uops.
template <class Pass, class Visit>
void for_each_alu_uop(const AluInstruction& alu, const Uop* uops, Pass pass, Visit visit) {
  const uint32_t count = alu.uop_end - alu.uop_begin;
  for (uint64_t y = 0; y < alu.iter_out; ++y) {
    for (uint64_t x = 0; x < alu.iter_in; ++x) {
      const uint64_t dst = y * alu.dst_factor_out + x * alu.dst_factor_in;
      const uint64_t src = y * alu.src_factor_out + x * alu.src_factor_in;
      pass();
      for (uint32_t u = 0; u < count; ++u) visit(dst + uops[u].dst, src + uops[u].src);
    }
  }
}

/// Design::hls and Design::fsim: acc[dst] = operation(acc[dst], imm or acc[src]). Runs the nest with one
/// operation on every lane.
template <class Operation>
void run_on_dst(const AluInstruction& alu, const Uop* uops, const TensorMemories& memories, bool stale,
                Operation operation) {
  const int64_t lanes = memories.lanes();
  StaleWrites writes(lanes);
  std::vector<int32_t> left_copy(static_cast<size_t>(lanes));
  const auto one = [&](uint64_t dst, uint64_t src) {
    int32_t* target = memories.acc + dst * lanes;
    int8_t* out = memories.out + dst * lanes;
    const int32_t* left = target;
    if (stale) {
      std::copy_n(writes.read(dst, target), lanes, left_copy.begin());
      writes.remember(dst, target);
      left = left_copy.data();
    }
    const int32_t* right = alu.use_imm ? target : memories.acc + src * lanes;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const int32_t result = operation(left[lane], alu.use_imm ? alu.imm : right[lane]);
      target[lane] = result;
      out[lane] = static_cast<int8_t>(result);
    }
  };
  const auto pass = [&] {
    if (stale) writes.drain();
  };
  for_each_alu_uop(alu, uops, pass, one);
}

/// An element as lanes of its own, which no pointer aliases: kLanes of them, or any number where that is 0.
template <int64_t kLanes>
struct Lanes {
  explicit Lanes(int64_t) {}
  std::array<int32_t, kLanes> values;
};
template <>
struct Lanes<0> {
  explicit Lanes(int64_t count) : values(static_cast<size_t>(count)) {}
  std::vector<int32_t> values;
};

/// Design::chisel: acc[dst] = operation(acc[src], imm), or operation(acc[dst], acc[src]). A read of acc[src]
/// misses what the uop just before wrote, in the round before too.
template <int64_t kLanes, class Operation>
void run_on_src(const AluInstruction& alu, const Uop* uops, const TensorMemories& memories,
                Operation operation) {
  const int64_t lanes = kLanes > 0 ? kLanes : memories.lanes();
  Lanes<kLanes> before(lanes), read(lanes), result(lanes);  // before: what the last write replaced
  uint64_t last = ~uint64_t{0};                             // where that was
  const auto one = [&](uint64_t dst, uint64_t src) {
    int32_t* target = memories.acc + dst * lanes;
    int8_t* out = memories.out + dst * lanes;
    if (src == last)
      read.values = before.values;
    else
      std::copy_n(memories.acc + src * lanes, lanes, read.values.begin());
    std::copy_n(target, lanes, before.values.begin());
    if (alu.use_imm)
      for (int64_t lane = 0; lane < lanes; ++lane)
        result.values[lane] = operation(read.values[lane], alu.imm);
    else
      for (int64_t lane = 0; lane < lanes; ++lane)
        result.values[lane] = operation(before.values[lane], read.values[lane]);
    std::copy_n(result.values.begin(), lanes, target);
    for (int64_t lane = 0; lane < lanes; ++lane) out[lane] = static_cast<int8_t>(result.values[lane]);
    last = dst;
  };
  for_each_alu_uop(
      alu, uops, [] {}, one);
}

/// Calls run(operation) with the operation of an opcode; shifts are the design's.
template <class Run, class Shift>
void with_operation(AluOpcode opcode, Shift shift, Run run) {
  switch (opcode) {
    case AluOpcode::min:
      return run([](int32_t a, int32_t b) { return std::min(a, b); });
    case AluOpcode::max:
      return run([](int32_t a, int32_t b) { return std::max(a, b); });
    case AluOpcode::add:
      return run(
          [](int32_t a, int32_t b) { return wrap(static_cast<uint32_t>(a) + static_cast<uint32_t>(b)); });
    case AluOpcode::shr:
      return run(shift);
    case AluOpcode::mul:
      return run(
          [](int32_t a, int32_t b) { return wrap(static_cast<uint32_t>(a) * static_cast<uint32_t>(b)); });
  }
}

/// Runs an operation with an immediate over elements of 16 lanes, in place.
template <class Operation>
[[gnu::always_inline]] inline void run_in_place(const AluInstruction& alu, const Uop& uop,
                                                const TensorMemories& memories, Operation operation) {
  for (uint64_t y = 0; y < alu.iter_out; ++y) {
    for (uint64_t x = 0; x < alu.iter_in; ++x) {
      const uint64_t element = uop.dst + y * alu.dst_factor_out + x * alu.dst_factor_in;
      int32_t* __restrict acc = memories.acc + element * 16;
      int8_t* __restrict out = memories.out + element * 16;
      for (int lane = 0; lane < 16; ++lane) {
        const int32_t result = operation(acc[lane]);
        acc[lane] = result;
        out[lane] = static_cast<int8_t>(result);
      }
    }
  }
}

TAMIS_CLONES void min_in_place(const AluInstruction& alu, const Uop& uop, const TensorMemories& memories) {
  run_in_place(alu, uop, memories, [imm = alu.imm](int32_t a) { return a < imm ? a : imm; });
}

TAMIS_CLONES void max_in_place(const AluInstruction& alu, const Uop& uop, const TensorMemories& memories) {
  run_in_place(alu, uop, memories, [imm = alu.imm](int32_t a) { return a > imm ? a : imm; });
}

TAMIS_CLONES void shr_in_place(const AluInstruction& alu, const Uop& uop, const TensorMemories& memories) {
  run_in_place(alu, uop, memories, [imm = alu.imm](int32_t a) { return a >> imm; });
}

/// Runs what generated programs are full of: one uop that changes each of its elements once, by an immediate
/// that all designs take alike. False where the instruction is another.
bool run_usual(const AluInstruction& alu, const Uop* uops, const TensorMemories& memories) {
  const bool in_place = uops->src == uops->dst && alu.src_factor_in == alu.dst_factor_in &&
                        alu.src_factor_out == alu.dst_factor_out;
  // No round may touch the element of the one before.
  const bool moves =
      (alu.iter_in == 1 || alu.dst_factor_in != 0) &&
      (alu.iter_out == 1 || alu.dst_factor_out != uint64_t{alu.iter_in - 1} * alu.dst_factor_in);
  if (!alu.use_imm || alu.uop_end - alu.uop_begin != 1 || memories.lanes() != 16 || !in_place || !moves)
    return false;
  if (alu.opcode == AluOpcode::min) return min_in_place(alu, *uops, memories), true;
  if (alu.opcode == AluOpcode::max) return max_in_place(alu, *uops, memories), true;
  if (alu.opcode != AluOpcode::shr || alu.imm < 0 || alu.imm > 15) return false;
  return shr_in_place(alu, *uops, memories), true;
}

}  // namespace

void run_alu(const AluInstruction& alu, const Uop* uops, const TensorMemories& memories,
             const ComputeRules& rules) {
  if (run_usual(alu, uops, memories)) return;
  const auto on_dst = [&](auto operation) { run_on_dst(alu, uops, memories, rules.stale(), operation); };
  const auto on_src = [&](auto operation) {
    if (memories.lanes() == 16) return run_on_src<16>(alu, uops, memories, operation);
    run_on_src<0>(alu, uops, memories, operation);
  };
  switch (rules.design) {
    case Design::chisel:
      // The sign of the immediate decides, whether it is an operand or not.
      if (alu.imm < 0)
        return with_operation(
            alu.opcode,
            [](int32_t a, int32_t b) { return shift_left(a, (0u - static_cast<uint32_t>(b)) & 31u); },
            on_src);
      return with_operation(
          alu.opcode, [](int32_t a, int32_t b) { return a >> (b & 31); }, on_src);
    case Design::hls:
      return with_operation(alu.opcode, shift_by_five_bits, on_dst);
    case Design::fsim:
      return with_operation(alu.opcode, shift_by_magnitude, on_dst);
  }
}

}  // namespace tamis::vta

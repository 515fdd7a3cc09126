#include "targets/vta/simulator/gemm_kernel.h"
#include "targets/vta/simulator/stale_writes.h"

#include <algorithm>
#include <vector>

namespace tamis::vta {
namespace {

int32_t wrap(uint32_t value) { return static_cast<int32_t>(value); }

int32_t shift_right(int32_t value, int32_t amount) {
  if (amount >= 0) return value >> (amount & 31);
  return wrap(static_cast<uint32_t>(value) << ((0u - static_cast<uint32_t>(amount)) & 31u));
}

/// Runs the nest with one operation on every lane.
template <class Operation>
void run(const AluInstruction& alu, const Uop* uops, const TensorMemories& memories, StaleWrites* writes,
         Operation operation) {
  const int64_t lanes = memories.lanes();
  const uint32_t count = alu.uop_end - alu.uop_begin;
  std::vector<int32_t> left_copy(static_cast<size_t>(lanes));
  const auto one = [&](uint64_t dst, uint64_t src) {
    int32_t* target = memories.acc + dst * lanes;
    int8_t* out = memories.out + dst * lanes;
    const int32_t* left = target;
    if (writes != nullptr) {
      std::copy_n(writes->read(dst, target), lanes, left_copy.begin());
      writes->remember(dst, target);
      left = left_copy.data();
    }
    const int32_t* right = memories.acc + src * lanes;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const int32_t result = operation(left[lane], alu.use_imm ? alu.imm : right[lane]);
      target[lane] = result;
      out[lane] = static_cast<int8_t>(result);
    }
  };
  for (uint64_t y = 0; y < alu.iter_out; ++y) {
    for (uint64_t x = 0; x < alu.iter_in; ++x) {
      const uint64_t dst = y * alu.dst_factor_out + x * alu.dst_factor_in;
      const uint64_t src = alu.use_imm ? 0 : y * alu.src_factor_out + x * alu.src_factor_in;
      if (writes != nullptr) writes->drain();
      for (uint32_t u = 0; u < count; ++u) one(dst + uops[u].dst, alu.use_imm ? 0 : src + uops[u].src);
    }
  }
}

}  // namespace

void run_alu(const AluInstruction& alu, const Uop* uops, const TensorMemories& memories, bool stale) {
  StaleWrites stale_writes(memories.lanes());
  StaleWrites* writes = stale ? &stale_writes : nullptr;
  switch (alu.opcode) {
    case AluOpcode::min:
      return run(alu, uops, memories, writes, [](int32_t a, int32_t b) { return std::min(a, b); });
    case AluOpcode::max:
      return run(alu, uops, memories, writes, [](int32_t a, int32_t b) { return std::max(a, b); });
    case AluOpcode::add:
      return run(alu, uops, memories, writes, [](int32_t a, int32_t b) {
        return wrap(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
      });
    case AluOpcode::shr:
      return run(alu, uops, memories, writes, shift_right);
    case AluOpcode::mul:
      return run(alu, uops, memories, writes, [](int32_t a, int32_t b) {
        return wrap(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
      });
  }
}

}  // namespace tamis::vta

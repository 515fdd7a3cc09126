#include "targets/vta/codegen/program_counts.h"

namespace tamis::vta {
namespace {

void count_copy(const Hardware& hardware, const MemoryInstruction& copy, ProgramCounts& counts) {
  const uint64_t bytes = static_cast<uint64_t>(copy.x_size) * copy.y_size *
                         static_cast<uint64_t>(hardware.element_bytes(copy.memory));
  if (bytes == 0) return;
  const bool padded = copy.x_pad_0 + copy.x_pad_1 + copy.y_pad_0 + copy.y_pad_1 > 0;
  const uint64_t runs = copy.x_stride == copy.x_size && !padded ? 1 : copy.y_size;
  (copy.is_store ? counts.store_bytes : counts.load_bytes) += bytes;
  (copy.is_store ? counts.store_runs : counts.load_runs) += runs;
}

template <class Looping>
uint64_t steps_of(const Looping& instruction) {
  return static_cast<uint64_t>(instruction.iter_out) * instruction.iter_in *
         (instruction.uop_end - instruction.uop_begin);
}

}  // namespace

void count(const Hardware& hardware, const Instruction& instruction, ProgramCounts& counts) {
  ++counts.instructions;
  if (const auto* copy = std::get_if<MemoryInstruction>(&instruction)) count_copy(hardware, *copy, counts);
  if (const auto* gemm = std::get_if<GemmInstruction>(&instruction)) counts.gemm_steps += steps_of(*gemm);
  if (const auto* alu = std::get_if<AluInstruction>(&instruction)) counts.alu_steps += steps_of(*alu);
}

void append(const ProgramCounts& counts, Features& features) {
  features.set("program_instructions", static_cast<double>(counts.instructions));
  features.set("program_load_bytes", static_cast<double>(counts.load_bytes));
  features.set("program_load_runs", static_cast<double>(counts.load_runs));
  features.set("program_store_bytes", static_cast<double>(counts.store_bytes));
  features.set("program_store_runs", static_cast<double>(counts.store_runs));
  features.set("program_gemm_steps", static_cast<double>(counts.gemm_steps));
  features.set("program_alu_steps", static_cast<double>(counts.alu_steps));
}

}  // namespace tamis::vta

#include "targets/vta/codegen/emitter.h"

#include <algorithm>

namespace tamis::vta {
namespace {

constexpr int64_t kMostIterations = (1 << 14) - 1;

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

/// Adds an instruction of a program for this hardware.
void count(const Hardware& hardware, const Instruction& instruction, ProgramCounts& counts) {
  ++counts.instructions;
  if (const auto* copy = std::get_if<MemoryInstruction>(&instruction)) count_copy(hardware, *copy, counts);
  if (const auto* gemm = std::get_if<GemmInstruction>(&instruction)) counts.gemm_steps += steps_of(*gemm);
  if (const auto* alu = std::get_if<AluInstruction>(&instruction)) counts.alu_steps += steps_of(*alu);
}

class Emitter {
 public:
  explicit Emitter(const EmissionInput& input)
      : input_(input), codec_(input.hardware), plane_(input.footprint.out_rows * input.footprint.out_cols) {}

  Emission run() {
    copies_.clear();
    input_.copies.load_uops(input_.uops.size(), copies_);
    add_copies({}, {});
    for (const TileGroup& group : input_.plan.groups) {
      for (size_t tile = group.tiles_begin; tile < group.tiles_end; ++tile)
        open_tile(input_.plan.tiles[tile]);
      for (size_t step = group.steps_begin; step < group.steps_end; ++step) run_step(input_.plan.steps[step]);
      for (size_t tile = group.tiles_begin; tile < group.tiles_end; ++tile)
        close_tile(input_.plan.tiles[tile]);
      if (emission_.too_long) break;
    }
    FinishInstruction finish;
    finish.dependencies.pop_next = true;  // the last store
    add(finish);
    emission_.too_long = emission_.too_long || input_.plan.truncated;
    return std::move(emission_);
  }

 private:
  void add(const Instruction& instruction) {
    // One instruction past the limit is kept, so that a device which is handed the stream unchecked can
    // refuse it.
    if (emission_.instructions.size() > input_.hardware.max_instructions) {
      emission_.too_long = true;
      return;
    }
    if (!emission_.overflow) emission_.overflow = codec_.overflow(instruction);
    emission_.instructions.push_back(codec_.encode(instruction));
    count(input_.hardware, instruction, emission_.counts);
  }

  /// Adds the planned copies; `first` flags the first of them, `last` the last.
  void add_copies(const Dependencies& first, const Dependencies& last) {
    for (size_t i = 0; i < copies_.size(); ++i) {
      Dependencies& flags = copies_[i].dependencies;
      if (i == 0) {
        flags.pop_prev = first.pop_prev;
        flags.pop_next = first.pop_next;
      }
      if (i + 1 == copies_.size()) {
        flags.push_prev = last.push_prev;
        flags.push_next = last.push_next;
      }
      if (copies_[i].memory == Memory::inp)
        emission_.most_inp_tiles =
            std::max(emission_.most_inp_tiles, uint64_t{copies_[i].y_size} * copies_[i].x_size);
      add(copies_[i]);
    }
  }

  void open_tile(const Tile& tile) {
    if (input_.footprint.bias_tile > 0 && tile.load_bias) {
      copies_.clear();
      input_.copies.load_bias(tile, copies_);
      add_copies({}, {});
    }
    GemmInstruction reset;
    reset.reset = true;
    reset.dependencies.pop_next = tile.wait_store;
    cover_tile(tile, reset);
    add(reset);
  }

  /// Lets an instruction with one micro-op run over every accumulator of the tile.
  template <class Looping>
  void cover_tile(const Tile& tile, Looping& instruction) const {
    const UopRange range = input_.uops.tile(tile.context);
    instruction.uop_begin = range.begin;
    instruction.uop_end = range.end;
    const bool single = input_.footprint.acc_tile <= kMostIterations;
    instruction.iter_in = field(single ? input_.footprint.acc_tile : plane_);
    instruction.dst_factor_in = 1;
    if (single) return;
    instruction.iter_out = field(input_.footprint.acc_tile / plane_);
    instruction.dst_factor_out = field(plane_);
  }

  void run_step(const Step& step) {
    const Tile& tile = input_.plan.tiles[step.tile];
    copies_.clear();
    if (step.load_inp) input_.copies.load_input(tile, step, copies_);
    if (step.load_wgt) input_.copies.load_weights(tile, step, copies_);
    add_copies({.pop_next = step.wait_compute}, {.push_next = true});
    const std::vector<Kernel>& kernels = input_.uops.kernels();
    for (size_t i = 0; i < kernels.size(); ++i) {
      GemmInstruction gemm = make_gemm(kernels[i], input_.uops.kernel(tile.context, step.b, step.ci, i));
      gemm.dependencies.pop_prev = i == 0 && step.loads();
      gemm.dependencies.push_prev = i + 1 == kernels.size() && step.release_compute;
      add(gemm);
    }
  }

  static GemmInstruction make_gemm(const Kernel& kernel, UopRange range) {
    GemmInstruction gemm;
    gemm.uop_begin = range.begin;
    gemm.uop_end = range.end;
    gemm.iter_out = field(kernel.outer.extent);
    gemm.iter_in = field(kernel.inner.extent);
    gemm.dst_factor_out = field(kernel.outer.dst);
    gemm.src_factor_out = field(kernel.outer.src);
    gemm.wgt_factor_out = field(kernel.outer.wgt);
    gemm.dst_factor_in = field(kernel.inner.dst);
    gemm.src_factor_in = field(kernel.inner.src);
    gemm.wgt_factor_in = field(kernel.inner.wgt);
    return gemm;
  }

  void close_tile(const Tile& tile) {
    const Epilogue& epilogue = input_.epilogue;
    if (epilogue.shift != 0) add(elementwise(tile, AluOpcode::shr, epilogue.shift));
    if (input_.footprint.bias_tile > 0) add(add_bias(tile));
    add(elementwise(tile, AluOpcode::min, static_cast<int64_t>(epilogue.clip_max)));
    AluInstruction last = elementwise(tile, AluOpcode::max, static_cast<int64_t>(epilogue.clip_min));
    last.dependencies.push_next = true;
    add(last);
    copies_.clear();
    input_.copies.store_output(tile, copies_);
    add_copies({.pop_prev = true}, {.push_prev = tile.release_store});
  }

  AluInstruction elementwise(const Tile& tile, AluOpcode opcode, int64_t immediate) const {
    AluInstruction alu;
    alu.opcode = opcode;
    alu.use_imm = true;
    alu.imm = static_cast<int32_t>(immediate);
    cover_tile(tile, alu);
    return alu;
  }

  AluInstruction add_bias(const Tile& tile) const {
    AluInstruction alu;
    alu.opcode = AluOpcode::add;
    const UopRange range = input_.uops.biases(tile.context);
    alu.uop_begin = range.begin;
    alu.uop_end = range.end;
    alu.iter_out = field(input_.footprint.bias_tile);
    alu.dst_factor_out = field(plane_);
    alu.src_factor_out = 1;
    alu.iter_in = field(plane_);
    alu.dst_factor_in = 1;
    return alu;
  }

  const EmissionInput& input_;
  Codec codec_;
  int64_t plane_;
  std::vector<MemoryInstruction> copies_;
  Emission emission_;
};

}  // namespace

void append(const ProgramCounts& counts, Features& features) {
  features.set("program_instructions", static_cast<double>(counts.instructions));
  features.set("program_load_bytes", static_cast<double>(counts.load_bytes));
  features.set("program_load_runs", static_cast<double>(counts.load_runs));
  features.set("program_store_bytes", static_cast<double>(counts.store_bytes));
  features.set("program_store_runs", static_cast<double>(counts.store_runs));
  features.set("program_gemm_steps", static_cast<double>(counts.gemm_steps));
  features.set("program_alu_steps", static_cast<double>(counts.alu_steps));
}

Emission emit(const EmissionInput& input) { return Emitter(input).run(); }

}  // namespace tamis::vta

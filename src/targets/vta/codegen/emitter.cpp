#include "targets/vta/codegen/emitter.h"

#include <algorithm>

namespace tamis::vta {
namespace {

constexpr int64_t kMostIterations = (1 << 14) - 1;
/// The HLS design takes a shift as a signed number of 5 bits; larger shifts are made of several.
constexpr int64_t kMostShift = 15;

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
      : input_(input), codec_(input.hardware), plane_(input.footprint.plane()) {}

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
    cover(whole(tile), reset);
    add(reset);
  }

  /// The accumulators that the last operations of a tile run over at once: all, or one channel block.
  struct Part {
    UopRange all, biases;
    int64_t blocks;  ///< channel blocks for each of the biases' micro-ops
    int64_t elements;
  };

  Part whole(const Tile& tile) const {
    const UopTable& uops = input_.uops;
    return {uops.tile(tile.context), product() ? uops.bias_products(tile) : uops.biases(tile.context),
            input_.schedule.tile_co, input_.footprint.acc_tile};
  }

  Part block(const Tile& tile, int64_t number) const {
    const UopTable& uops = input_.uops;
    const UopRange biases = product()                        ? uops.block_bias_product(tile, number)
                            : input_.footprint.bias_tile > 0 ? uops.block_bias(tile.context, number)
                                                             : UopRange{};
    return {uops.block(tile.context, number), biases, 1, plane_};
  }

  bool product() const { return input_.footprint.bias_blocks > 0; }

  /// Lets an instruction with one micro-op run over every accumulator of a part.
  template <class Looping>
  void cover(const Part& part, Looping& instruction) const {
    instruction.uop_begin = part.all.begin;
    instruction.uop_end = part.all.end;
    const bool single = part.elements <= kMostIterations;
    instruction.iter_in = field(single ? part.elements : plane_);
    instruction.dst_factor_in = 1;
    if (single) return;
    instruction.iter_out = field(part.elements / plane_);
    instruction.dst_factor_out = field(plane_);
  }

  void run_step(const Step& step) {
    const Tile& tile = input_.plan.tiles[step.tile];
    copies_.clear();
    if (step.load_inp) input_.copies.load_input(tile, step, copies_);
    if (step.load_wgt) input_.copies.load_weights(tile, step, copies_);
    if (step.load_bias) load_bias_blocks(tile);
    add_copies({.pop_next = step.wait_compute}, {.push_next = true});
    const std::vector<Kernel>& kernels = input_.uops.kernels();
    for (size_t i = 0; i < kernels.size(); ++i) {
      GemmInstruction gemm = make_gemm(kernels[i], input_.uops.kernel(step.placement, i));
      gemm.dependencies.pop_prev = i == 0 && step.loads();
      gemm.dependencies.push_prev = i + 1 == kernels.size() && step.release_compute;
      add(gemm);
    }
  }

  void load_bias_blocks(const Tile& tile) {
    if (!has_constants_) input_.copies.load_constants(copies_);
    has_constants_ = true;
    input_.copies.load_bias_blocks(tile, copies_);
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
    if (!tile.by_block) {
      finish(whole(tile));
      copies_.clear();
      input_.copies.store_output(tile, copies_);
      add_copies({.pop_prev = true}, {.push_prev = tile.release_store});
      return;
    }
    const int64_t blocks = input_.schedule.tile_b * input_.schedule.tile_co;
    for (int64_t number = 0; number < blocks; ++number) {
      finish(block(tile, number));
      copies_.clear();
      input_.copies.store_block(tile, number / input_.schedule.tile_co, number % input_.schedule.tile_co,
                                copies_);
      add_copies({.pop_prev = true}, {.push_prev = tile.release_store && number + 1 == blocks});
    }
  }

  /// Shift, bias and clip of a part; the last operation hands it to STORE.
  void finish(const Part& part) {
    const Epilogue& epilogue = input_.epilogue;
    for (int64_t left = epilogue.shift; left > 0; left -= kMostShift)
      add(elementwise(part, AluOpcode::shr, std::min(left, kMostShift)));
    if (product())
      add(add_bias_product(part));
    else if (input_.footprint.bias_tile > 0)
      add(add_bias(part));
    add(elementwise(part, AluOpcode::min, static_cast<int64_t>(epilogue.clip_max)));
    AluInstruction last = elementwise(part, AluOpcode::max, static_cast<int64_t>(epilogue.clip_min));
    last.dependencies.push_next = true;
    add(last);
  }

  AluInstruction elementwise(const Part& part, AluOpcode opcode, int64_t immediate) const {
    AluInstruction alu;
    alu.opcode = opcode;
    alu.use_imm = true;
    alu.imm = static_cast<int32_t>(immediate);
    cover(part, alu);
    // The Chisel design reads acc[src], the others acc[dst]: both are the same element.
    alu.src_factor_in = alu.dst_factor_in;
    alu.src_factor_out = alu.dst_factor_out;
    return alu;
  }

  AluInstruction add_bias(const Part& part) const {
    AluInstruction alu;
    alu.opcode = AluOpcode::add;
    cover_with_biases(part, alu);
    alu.src_factor_out = 1;
    return alu;
  }

  GemmInstruction add_bias_product(const Part& part) const {
    GemmInstruction gemm;
    cover_with_biases(part, gemm);
    gemm.wgt_factor_out = 1;
    return gemm;
  }

  /// Channel blocks outside, the elements of one inside.
  template <class Looping>
  void cover_with_biases(const Part& part, Looping& instruction) const {
    instruction.uop_begin = part.biases.begin;
    instruction.uop_end = part.biases.end;
    if (part.blocks > 1) {
      instruction.iter_out = field(part.blocks);
      instruction.dst_factor_out = field(plane_);
    }
    instruction.iter_in = field(plane_);
    instruction.dst_factor_in = 1;
  }

  const EmissionInput& input_;
  Codec codec_;
  int64_t plane_;
  std::vector<MemoryInstruction> copies_;
  bool has_constants_ = false;
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

#pragma once

#include "targets/vta/codegen/plan.h"
#include "targets/vta/isa/instruction.h"
#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <cstdint>
#include <vector>

namespace tamis::vta {

/// A value as a field of an instruction; whether it fits is found when the instruction is encoded.
inline uint32_t field(int64_t value) { return static_cast<uint32_t>(value); }

/// Where the operands of a program start in DRAM, in elements of their memories. `constants` is the element
/// that biases are multiplied with (bias_blocks.h), `zeros` a row of an input tile; both inp.
struct OperandBases {
  int64_t uops = 0, input = 0, weights = 0, bias = 0, output = 0, constants = 0, zeros = 0;
};

/// Whether some input tile lies wholly in the padding, so that it is made of OperandBases::zeros.
bool needs_zeros(const BlockedWorkload& blocked, const Schedule& schedule, const Footprint& footprint);

/// The LOAD and STORE instructions that move the tiles of a schedule, without dependency flags. Layouts in
/// SRAM:
///   inp [region][slot][group][ci in tile][row][column], then constants;
///   wgt [region][slot][co in tile][ci in tile][tap], then the blocks of biases;
///   acc and out [context][batch][co in tile][row][column], then biases.
/// A whole plane that is contiguous on both sides becomes one row of the copy, so that bursts are long.
/// All append to `out`.
class CopyPlanner {
 public:
  /// The arguments must outlive this.
  CopyPlanner(const BlockedWorkload& blocked, const Schedule& schedule, const Footprint& footprint,
              OperandBases bases)
      : blocked_(blocked), schedule_(schedule), footprint_(footprint), bases_(bases) {}

  void load_input(const Tile& tile, const Step& step, std::vector<MemoryInstruction>& out) const;
  void load_weights(const Tile& tile, const Step& step, std::vector<MemoryInstruction>& out) const;
  void load_bias(const Tile& tile, std::vector<MemoryInstruction>& out) const;
  void load_constants(std::vector<MemoryInstruction>& out) const;
  void load_bias_blocks(const Tile& tile, std::vector<MemoryInstruction>& out) const;
  void store_output(const Tile& tile, std::vector<MemoryInstruction>& out) const;
  /// Channel block `co` of batch block `b` of a tile.
  void store_block(const Tile& tile, int64_t b, int64_t co, std::vector<MemoryInstruction>& out) const;
  void load_uops(int64_t count, std::vector<MemoryInstruction>& out) const;

 private:
  struct Window;
  void load_plane(const Window& rows, const Window& cols, int64_t plane, int64_t sram,
                  std::vector<MemoryInstruction>& out) const;
  void load_read_rows(const Window& cols, int64_t first_row, int64_t plane, int64_t sram,
                      std::vector<MemoryInstruction>& out) const;
  void zero_fill(int64_t sram, std::vector<MemoryInstruction>& out) const;
  void store_blocks(const Tile& tile, int64_t b, int64_t co, int64_t count,
                    std::vector<MemoryInstruction>& out) const;

  const BlockedWorkload& blocked_;
  const Schedule& schedule_;
  const Footprint& footprint_;
  OperandBases bases_;
};

}  // namespace tamis::vta

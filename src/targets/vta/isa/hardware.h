#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "targets/vta/isa/memory_profile.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tamis::vta {

/// The memories that instructions name, with their codes in the instruction set.
enum class Memory : uint8_t { uop = 0, wgt = 1, inp = 2, acc = 3, out = 4, acc_8bit = 5 };
std::string_view to_string(Memory memory);

/// Which of tvm-vta's implementations of VTA a device is. They differ where the instruction set says nothing
/// (docs/reference/vta-isa lists it): hazards of the accumulator, operands and amounts of ALU instructions,
/// what reaches the out memory, and which instructions are legal.
enum class Design : uint8_t {
  chisel,  ///< the RTL in Chisel: tsim and what is built from it
  hls,     ///< the FPGA design in C++ for Xilinx boards
  fsim,    ///< the functional simulator
};
std::string_view to_string(Design design);

/// A VTA device as tvm-vta's vta_config.json describes it. Widths in bits and sizes in bytes, all as log2.
struct Hardware {
  std::string target = "sim";
  std::string hw_ver = "0.0.2";
  int log_inp_width = 3;
  int log_wgt_width = 3;
  int log_acc_width = 5;
  int log_batch = 0;
  int log_block = 4;
  int log_uop_buffer = 15;
  int log_inp_buffer = 15;
  int log_wgt_buffer = 18;
  int log_acc_buffer = 17;
  Design design = Design::chisel;  ///< key DESIGN, ours
  int64_t uop_entries = 0;         ///< key UOP_DEPTH, ours; 0: what the design has, see depth()
  uint64_t max_instructions =
      1u << 21;          ///< key MAX_INSTRUCTIONS, ours: the stream buffer; TVM's runtime has 32 MiB
  MemoryProfile memory;  ///< the keys of a profile, ours

  int64_t batch() const { return int64_t{1} << log_batch; }
  int64_t block() const { return int64_t{1} << log_block; }  ///< BLOCK_IN and BLOCK_OUT
  /// Bytes of one element: uop 4; inp batch x block; wgt block x block; acc batch x block x 4; out batch x
  /// block.
  int64_t element_bytes(Memory of) const;
  /// Elements that the memory holds; acc_8bit is loaded into acc. A uop memory whose `uop_entries` is 0 holds
  /// what its size says, but at most 2048 in the Chisel design.
  int64_t depth(Memory of) const;
  /// The bits of an index into the memory in instructions: of uop what its size says, however many it holds.
  int log_depth(Memory of) const;

  /// AutoTVM's name of the device: `sim_1x16x16_i8w8a32_15_15_18_17`.
  std::string model() const;
  friend bool operator==(const Hardware&, const Hardware&) = default;
};

/// How many tokens wait in a queue of the Chisel design at most: more are lost. The other designs' queues
/// have no such limit.
inline constexpr size_t kMostTokens = 255;

/// How many inp tiles one LOAD may bring: in bursts of 256 beats the Chisel RTL loses count of 2048.
uint64_t most_inp_tiles(const Hardware& hardware);

/// Without DESIGN, nor HAZARD as older files have it (`rtl`, `hls`), a device is the HLS design where TARGET
/// names a Xilinx board (pynq, ultra96, zcu104), else the Chisel design. Errors: invalid_input naming the key
/// for a missing or unknown one, a width other than 8/8/32 bits, a memory that holds no element, index fields
/// that do not fit their instruction word, or a DESIGN that HAZARD contradicts.
Result<Hardware> hardware_from_json(const Json& json, const std::string& origin);
Result<Hardware> read_hardware(const std::string& path);
/// What a user names: `chisel`, `hls` or `fsim` for the default device in that design, else a file (`./hls`
/// for one that is called so). Errors: not_found for what is neither; those of read_hardware().
Result<Hardware> find_hardware(const std::string& design_or_path);
Json to_json(const Hardware& hardware);

}  // namespace tamis::vta

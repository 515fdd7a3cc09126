#pragma once

#include "base/json.h"
#include "tamis/result.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/instruction.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::vta {

/// What a buffer of a program holds, for packing, unpacking and reading; recorded programs have only `data`.
enum class BufferRole { data, input, weights, bias, uops, output, constants };

/// A piece of DRAM that a program may touch.
struct DramBuffer {
  uint32_t address = 0;        ///< physical byte address
  std::vector<uint8_t> bytes;  ///< contents before the run; the size of the buffer
  BufferRole role = BufferRole::data;
  std::optional<std::vector<uint8_t>> after;  ///< what the device left, where a recording has it (same size)
};

/// One launch: an instruction stream and the DRAM it works on. Buffers do not overlap.
struct Launch {
  uint32_t instruction_address = 0;
  std::vector<EncodedInstruction> instructions;
  std::vector<DramBuffer> buffers;
};

/// A program as it is handed to a device: one or more launches, and where known what it computes.
struct Program {  // NOLINT(bugprone-exception-escape): moving a Json checks an invariant, but throws nothing
  Json workload;  ///< free-form; kept from a recording or written by `--save-programs`
  Json config;
  std::optional<Hardware>
      hardware;  ///< the device it was made for; recorded programs that lack it mean the default
  std::vector<Launch> launches;
};

/// Errors: invalid_input, after `origin`, naming two buffers that overlap.
Status check_overlap(const std::vector<DramBuffer>& buffers, const std::string& origin);

/// Reads and writes the recorded-program format (docs/reference/program-format): JSON with `workload`,
/// `config` and `runs`, a list of {insn_phy_addr, instructions: hex strings of 16 bytes in memory order,
/// buffers: [{phy_addr, size, before, after}]}, and optionally `hardware` (keys of vta_config.json) and a
/// buffer's `role`; other members of the document are ignored. Trailing zero bytes of before and after may be
/// left out. Buffers and instructions take at most 1 GiB together. Errors: corrupt, invalid_input, not_found,
/// io.
Result<Program> read_program(const std::string& path);
Result<Program> program_from_json(const Json& json, const std::string& origin);
Json to_json(const Program& program);
Status write_program(const std::string& path, const Program& program);

}  // namespace tamis::vta

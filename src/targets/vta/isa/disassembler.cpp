#include "targets/vta/isa/disassembler.h"

#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr size_t kMostUopsShown = 64;

/// `base + y*out + x*in`, leaving out what is zero.
std::string index_formula(std::string_view base, uint32_t factor_out, uint32_t factor_in) {
  std::string text(base);
  if (factor_out != 0) text += fmt::format(" + {}y", factor_out);
  if (factor_in != 0) text += fmt::format(" + {}x", factor_in);
  return text;
}

/// `for y < 7, x < 3, uop in [0, 7): `, leaving out loops of one round.
template <class Nest>
std::string loops(const Nest& nest) {
  std::string text = "for ";
  if (nest.iter_out != 1) text += fmt::format("y < {}, ", nest.iter_out);
  if (nest.iter_in != 1) text += fmt::format("x < {}, ", nest.iter_in);
  return text + fmt::format("uop in [{}, {}): ", nest.uop_begin, nest.uop_end);
}

/// Dependency flags as arrows with the engine at their other end: `<-LOAD` pops, `->STORE` pushes.
struct Arrows {
  std::string_view prev, next;

  std::string operator()(const Dependencies& flags) const {
    std::string text;
    const auto add = [&](bool flag, std::string_view arrow, std::string_view engine) {
      if (flag) text += fmt::format(" {}{}", arrow, engine);
    };
    add(flags.pop_prev, "<-", prev);
    add(flags.pop_next, "<-", next);
    add(flags.push_prev, "->", prev);
    add(flags.push_next, "->", next);
    return text.empty() ? text : "  [" + text.substr(1) + "]";
  }
};

std::string_view engine_name(const Instruction& instruction) {
  const auto* memory = std::get_if<MemoryInstruction>(&instruction);
  if (memory == nullptr) return "COMPUTE";
  if (memory->is_store) return "STORE";
  return memory->memory == Memory::inp || memory->memory == Memory::wgt ? "LOAD" : "COMPUTE";
}

Arrows arrows_of(const Instruction& instruction) {
  const std::string_view engine = engine_name(instruction);
  if (engine == "LOAD") return {"nobody", "COMPUTE"};
  if (engine == "STORE") return {"COMPUTE", "nobody"};
  return {"LOAD", "STORE"};
}

std::string body(const MemoryInstruction& memory, Design) {
  const std::string_view verb = memory.is_store ? "STORE" : "LOAD";
  if (memory.x_size == 0) return fmt::format("{} {} nothing", verb, to_string(memory.memory));
  const std::string place = fmt::format("{}[{}]", to_string(memory.memory), memory.sram_base);
  std::string shape = fmt::format("{} x {}", memory.y_size, memory.x_size);
  if (memory.y_size > 1 && memory.x_stride != memory.x_size)
    shape += fmt::format(" stride {}", memory.x_stride);
  if ((memory.y_pad_0 | memory.y_pad_1 | memory.x_pad_0 | memory.x_pad_1) != 0)
    shape += fmt::format(" pad top {} bottom {} left {} right {}", memory.y_pad_0, memory.y_pad_1,
                         memory.x_pad_0, memory.x_pad_1);
  if (memory.is_store) return fmt::format("STORE dram[{}] <- {}: {}", memory.dram_base, place, shape);
  return fmt::format("LOAD {} <- dram[{}]: {}", place, memory.dram_base, shape);
}

std::string body(const GemmInstruction& gemm, Design) {
  const std::string acc = "acc[" + index_formula("dst", gemm.dst_factor_out, gemm.dst_factor_in) + "]";
  if (gemm.reset) return "GEMM " + loops(gemm) + acc + " = 0";
  return fmt::format("GEMM {}{} += inp[{}] * wgt[{}]", loops(gemm), acc,
                     index_formula("src", gemm.src_factor_out, gemm.src_factor_in),
                     index_formula("wgt", gemm.wgt_factor_out, gemm.wgt_factor_in));
}

std::string body(const AluInstruction& alu, Design design) {
  const std::string acc = "acc[" + index_formula("dst", alu.dst_factor_out, alu.dst_factor_in) + "]";
  const std::string source = "acc[" + index_formula("src", alu.src_factor_out, alu.src_factor_in) + "]";
  // The RTL computes on acc[src] with an immediate, the others on acc[dst].
  const std::string& first = alu.use_imm && design == Design::chisel ? source : acc;
  const std::string second = alu.use_imm ? fmt::format("{}", alu.imm) : source;
  return fmt::format("ALU {} {}{} = {}({}, {})", to_string(alu.opcode), loops(alu), acc,
                     to_string(alu.opcode), first, second);
}

std::string body(const FinishInstruction&, Design) { return "FINISH"; }

std::string text_of(const Instruction& instruction, Design design) {
  const auto& flags =
      std::visit([](const auto& any) -> const Dependencies& { return any.dependencies; }, instruction);
  return std::visit([&](const auto& any) { return body(any, design); }, instruction) +
         arrows_of(instruction)(flags);
}

/// The 32-bit word at a DRAM address before the launch, if a buffer holds it.
std::optional<uint32_t> word_at(const Launch& launch, uint64_t address) {
  for (const auto& buffer : launch.buffers) {
    if (address < buffer.address || address + 4 > buffer.address + uint64_t{buffer.bytes.size()}) continue;
    const size_t at = address - buffer.address;
    uint32_t word = 0;
    for (size_t i = 0; i < 4; ++i) word |= uint32_t{buffer.bytes[at + i]} << (8 * i);
    return word;
  }
  return std::nullopt;
}

/// The uops that a load brings, one a line.
std::string uops_of(const Codec& codec, const Launch& launch, const MemoryInstruction& load) {
  std::string text;
  const size_t total = size_t{load.y_size} * load.x_size;
  for (size_t i = 0; i < std::min(total, kMostUopsShown); ++i) {
    const uint64_t element = load.dram_base + uint64_t{load.x_stride} * (i / load.x_size) + i % load.x_size;
    const auto word = word_at(launch, element * 4);
    // Only unpadded loads are numbered; no compiler pads uops.
    if (!word) return text + "             (outside every buffer)\n";
    const Uop uop = codec.decode(*word);
    text += fmt::format("             uop {}: dst {}, src {}, wgt {}\n", load.sram_base + i, uop.dst, uop.src,
                        uop.wgt);
  }
  if (total > kMostUopsShown) text += fmt::format("             ... {} more\n", total - kMostUopsShown);
  return text;
}

std::string_view to_string(BufferRole role) {
  constexpr std::array<std::string_view, 7> kNames = {"data", "input",  "weights",  "bias",
                                                      "uops", "output", "constants"};
  return kNames[static_cast<size_t>(role)];
}

std::string one_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string instruction_lines(const Codec& codec, Design design, const Launch& launch, size_t position) {
  const EncodedInstruction& encoded = launch.instructions[position];
  const auto instruction = codec.decode(encoded);
  const std::string_view engine = instruction.ok() ? engine_name(*instruction) : "?";
  std::string text = fmt::format("{:6}  {:<8} {}\n", position, engine, disassemble(codec, design, encoded));
  if (!instruction.ok()) return text;
  const auto* memory = std::get_if<MemoryInstruction>(&*instruction);
  const bool loads_uops = memory != nullptr && !memory->is_store && memory->memory == Memory::uop;
  if (loads_uops && memory->x_size > 0) text += uops_of(codec, launch, *memory);
  return text;
}

}  // namespace

std::string disassemble(const Codec& codec, Design design, const EncodedInstruction& encoded) {
  const auto instruction = codec.decode(encoded);
  if (instruction.ok()) return text_of(*instruction, design);
  return fmt::format("{:016x} {:016x}: {}", encoded.low, encoded.high, instruction.error().message);
}

std::string disassemble(const Hardware& hardware, const Program& program) {
  const Codec codec(hardware);
  std::string text = "device " + hardware.model() + "\n";
  if (!program.workload.is_null()) text += "workload " + one_line(program.workload) + "\n";
  if (!program.config.is_null()) text += "config " + one_line(program.config) + "\n";
  for (size_t i = 0; i < program.launches.size(); ++i) {
    const Launch& launch = program.launches[i];
    text += fmt::format("\nlaunch {}: {}\n", i, counted(launch.instructions.size(), "instruction"));
    for (const auto& buffer : launch.buffers)
      text += fmt::format("  buffer at {:#010x}, {}, {}\n", buffer.address,
                          counted(buffer.bytes.size(), "byte"), to_string(buffer.role));
    for (size_t at = 0; at < launch.instructions.size(); ++at)
      text += instruction_lines(codec, hardware.design, launch, at);
  }
  return text;
}

}  // namespace tamis::vta

#pragma once

#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/simulator.h"

#include <string>
#include <vector>

namespace tamis::vta {

/// The default device in a design.
inline Hardware in_design(Design design) {
  Hardware hardware;
  hardware.design = design;
  return hardware;
}

/// Collects instructions and DRAM for one small launch. Buffers begin at address 0 and lie behind each other.
class ProgramMaker {
 public:
  explicit ProgramMaker(const Hardware& hardware = {}) : hardware_(hardware), codec_(hardware) {}

  ProgramMaker& add(const Instruction& instruction) {
    launch.instructions.push_back(codec_.encode(instruction));
    return *this;
  }
  ProgramMaker& finish() { return add(FinishInstruction{}); }
  /// A buffer of `bytes` bytes at an address.
  ProgramMaker& buffer(uint32_t address, size_t bytes) {
    launch.buffers.push_back({address, std::vector<uint8_t>(bytes), BufferRole::data, std::nullopt});
    return *this;
  }
  /// Puts uops into a buffer of their own at address 0x10000 and loads them to uop[0...].
  ProgramMaker& uops(const std::vector<Uop>& uops) {
    buffer(0x10000, 4 * uops.size());
    for (size_t i = 0; i < uops.size(); ++i)
      for (size_t k = 0; k < 4; ++k)
        launch.buffers.back().bytes[4 * i + k] = static_cast<uint8_t>(codec_.encode(uops[i]) >> (8 * k));
    return add(load(Memory::uop, 0, 0x4000, static_cast<uint32_t>(uops.size())));
  }
  SimulationOutcome run(const SimulationOptions& options = {}) {
    return simulate(hardware_, launch, options);
  }

  static MemoryInstruction load(Memory memory, uint32_t sram, uint32_t dram, uint32_t count) {
    MemoryInstruction load;
    load.memory = memory;
    load.sram_base = sram;
    load.dram_base = dram;
    load.y_size = 1;
    load.x_size = load.x_stride = count;
    return load;
  }
  static MemoryInstruction store(uint32_t sram, uint32_t dram, uint32_t count) {
    MemoryInstruction store = load(Memory::out, sram, dram, count);
    store.is_store = true;
    return store;
  }
  static GemmInstruction gemm(uint32_t uop_end) {
    GemmInstruction gemm;
    gemm.uop_end = uop_end;
    return gemm;
  }
  /// Moves nothing: carries the tokens of COMPUTE.
  static MemoryInstruction nothing() { return load(Memory::acc, 0, 0, 0); }
  static AluInstruction alu(AluOpcode opcode, int32_t imm) {
    AluInstruction alu;
    alu.uop_end = 1;
    alu.opcode = opcode;
    alu.use_imm = true;
    alu.imm = imm;
    return alu;
  }

  Launch launch;

 private:
  Hardware hardware_;
  Codec codec_;
};

}  // namespace tamis::vta

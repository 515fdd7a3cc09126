#include "targets/vta/simulator/reference_interpreter.h"

#include <algorithm>

namespace tamis::vta {

ReferenceInterpreter::ReferenceInterpreter(const Hardware& hardware, std::vector<DramBuffer> buffers)
    : hardware_(hardware), codec_(hardware), buffers_(std::move(buffers)) {
  const auto lanes = static_cast<size_t>(hardware.batch() * hardware.block());
  uop_.resize(hardware.depth(Memory::uop));
  inp_.resize(hardware.depth(Memory::inp) * lanes);
  wgt_.resize(hardware.depth(Memory::wgt) * hardware.block() * hardware.block());
  acc_.resize(hardware.depth(Memory::acc) * lanes);
  out_.resize(hardware.depth(Memory::acc) * lanes);
}

bool ReferenceInterpreter::run(const std::vector<Instruction>& instructions) {
  for (const auto& instruction : instructions)
    if (!std::visit([&](const auto& any) { return execute(any); }, instruction)) return false;
  return true;
}

uint8_t* ReferenceInterpreter::byte_at(uint64_t row, uint64_t size, uint64_t offset) {
  for (auto& buffer : buffers_)
    if (row >= buffer.address && row + size <= buffer.address + buffer.bytes.size())
      return &buffer.bytes[row - buffer.address + offset];
  return nullptr;
}

void ReferenceInterpreter::clear_element(Memory memory, uint64_t index) {
  const int64_t lanes = hardware_.batch() * hardware_.block(),
                weights = hardware_.block() * hardware_.block();
  if (memory == Memory::uop) uop_[index] = 0;
  if (memory == Memory::inp) std::fill_n(inp_.begin() + index * lanes, lanes, int8_t{0});
  if (memory == Memory::wgt) std::fill_n(wgt_.begin() + index * weights, weights, int8_t{0});
  if (memory == Memory::acc || memory == Memory::acc_8bit)
    std::fill_n(acc_.begin() + index * lanes, lanes, 0);
}

bool ReferenceInterpreter::copy_element(const MemoryInstruction& memory, uint64_t row, uint64_t column,
                                        uint64_t index) {
  const uint64_t bytes = hardware_.element_bytes(memory.memory);
  const uint64_t row_address = (memory.dram_base + row * memory.x_stride) * bytes;
  for (uint64_t i = 0; i < bytes; ++i) {
    uint8_t* dram = byte_at(row_address, memory.x_size * bytes, column * bytes + i);
    if (dram == nullptr) return false;
    const uint64_t at = index * bytes + i;
    const int shift = 8 * static_cast<int>(i % 4);
    const auto replaced = [&](uint32_t word) {
      return (word & ~(0xffu << shift)) | uint32_t{*dram} << shift;
    };
    switch (memory.memory) {
      case Memory::uop:
        uop_[index] = replaced(uop_[index]);
        break;
      case Memory::inp:
        inp_[at] = static_cast<int8_t>(*dram);
        break;
      case Memory::wgt:
        wgt_[at] = static_cast<int8_t>(*dram);
        break;
      case Memory::acc:
        acc_[at / 4] = static_cast<int32_t>(replaced(static_cast<uint32_t>(acc_[at / 4])));
        break;
      case Memory::acc_8bit:
        acc_[at] = static_cast<int8_t>(*dram);
        break;
      case Memory::out:
        *dram = static_cast<uint8_t>(out_[at]);
        break;
    }
  }
  return true;
}

bool ReferenceInterpreter::execute(const MemoryInstruction& memory) {
  if (memory.x_size == 0) return true;
  const bool pads = memory.y_pad_0 + memory.y_pad_1 + memory.x_pad_0 + memory.x_pad_1 > 0;
  if (memory.is_store != (memory.memory == Memory::out) || (memory.is_store && pads)) return false;
  const int64_t height = memory.y_pad_0 + memory.y_size + memory.y_pad_1;
  const int64_t width = memory.x_pad_0 + memory.x_size + memory.x_pad_1;
  if (height > 0 && memory.sram_base + height * width > hardware_.depth(memory.memory)) return false;
  // All or nothing: an instruction that is not allowed moves nothing.
  for (uint64_t row = 0; row < memory.y_size; ++row) {
    const uint64_t bytes = hardware_.element_bytes(memory.memory);
    if (byte_at((memory.dram_base + row * memory.x_stride) * bytes, memory.x_size * bytes, 0) == nullptr)
      return false;
  }
  uint64_t index = memory.sram_base;
  for (int64_t y = -static_cast<int64_t>(memory.y_pad_0); y < int64_t{memory.y_size} + memory.y_pad_1; ++y) {
    for (int64_t x = -static_cast<int64_t>(memory.x_pad_0); x < int64_t{memory.x_size} + memory.x_pad_1;
         ++x, ++index) {
      const bool inside = y >= 0 && y < memory.y_size && x >= 0 && x < memory.x_size;
      if (!inside)
        clear_element(memory.memory, index);
      else if (!copy_element(memory, y, x, index))
        return false;
    }
  }
  return true;
}

void ReferenceInterpreter::flush(std::vector<Late>& late, size_t keep) {
  while (late.size() > keep) {
    const Late& write = late.front();
    for (size_t lane = 0; lane < write.values.size(); ++lane) {
      acc_[write.dst * write.values.size() + lane] = write.values[lane];
      out_[write.dst * write.values.size() + lane] = static_cast<int8_t>(write.values[lane] & 0xff);
    }
    late.erase(late.begin());
  }
}

void ReferenceInterpreter::write_late(std::vector<Late>& late, Late write) {
  late.push_back(std::move(write));
  flush(late, hardware_.hazard == Hazard::hls ? 2 : 0);
}

bool ReferenceInterpreter::execute(const GemmInstruction& gemm) {
  if (gemm.uop_begin > gemm.uop_end) return false;
  const int64_t batch = hardware_.batch(), block = hardware_.block();
  for (uint32_t checking = 1; checking <= 2; ++checking) {
    for (uint64_t y = 0; y < gemm.iter_out; ++y) {
      for (uint64_t x = 0; x < gemm.iter_in; ++x) {
        std::vector<Late> late;
        for (uint32_t u = gemm.uop_begin; u < gemm.uop_end; ++u) {
          if (u >= uop_.size()) return false;
          const Uop uop = codec_.decode(uop_[u]);
          const uint64_t dst = uop.dst + y * gemm.dst_factor_out + x * gemm.dst_factor_in;
          const uint64_t src = uop.src + y * gemm.src_factor_out + x * gemm.src_factor_in;
          const uint64_t wgt = uop.wgt + y * gemm.wgt_factor_out + x * gemm.wgt_factor_in;
          if (dst >= acc_.size() / (batch * block)) return false;
          if (!gemm.reset && (src >= inp_.size() / (batch * block) || wgt >= wgt_.size() / (block * block)))
            return false;
          if (checking == 1) continue;
          Late write{dst, std::vector<int32_t>(batch * block)};
          for (int64_t b = 0; b < batch; ++b) {
            for (int64_t o = 0; o < block; ++o) {
              int64_t sum = gemm.reset ? 0 : acc_[(dst * batch + b) * block + o];
              for (int64_t i = 0; i < block && !gemm.reset; ++i)
                sum += int64_t{inp_[(src * batch + b) * block + i]} * wgt_[(wgt * block + o) * block + i];
              write.values[b * block + o] = static_cast<int32_t>(static_cast<uint64_t>(sum));
            }
          }
          write_late(late, std::move(write));
        }
        flush(late, 0);
      }
    }
  }
  return true;
}

namespace {

int32_t apply(AluOpcode opcode, int64_t a, int64_t b) {
  switch (opcode) {
    case AluOpcode::min:
      return static_cast<int32_t>(a < b ? a : b);
    case AluOpcode::max:
      return static_cast<int32_t>(a > b ? a : b);
    case AluOpcode::add:
      return static_cast<int32_t>(static_cast<uint64_t>(a + b));
    case AluOpcode::mul:
      return static_cast<int32_t>(static_cast<uint64_t>(a * b));
    case AluOpcode::shr:
      break;
  }
  // A shift is repeated halving (rounding down) or doubling.
  int64_t value = a;
  for (int64_t i = (b < 0 ? -b : b) % 32; i > 0; --i) {
    if (b < 0)
      value = static_cast<int32_t>(static_cast<uint64_t>(value * 2));
    else
      value = value >= 0 ? value / 2 : -((-value + 1) / 2);
  }
  return static_cast<int32_t>(value);
}

}  // namespace

bool ReferenceInterpreter::execute(const AluInstruction& alu) {
  if (alu.uop_begin > alu.uop_end) return false;
  const uint64_t lanes = hardware_.batch() * hardware_.block(), depth = acc_.size() / lanes;
  for (uint32_t checking = 1; checking <= 2; ++checking) {
    for (uint64_t y = 0; y < alu.iter_out; ++y) {
      for (uint64_t x = 0; x < alu.iter_in; ++x) {
        // Only the first operand goes through the pipeline's stale read; the second comes from the newest
        // contents.
        std::vector<Late> late;
        for (uint32_t u = alu.uop_begin; u < alu.uop_end; ++u) {
          if (u >= uop_.size()) return false;
          const Uop uop = codec_.decode(uop_[u]);
          const uint64_t dst = uop.dst + y * alu.dst_factor_out + x * alu.dst_factor_in;
          const uint64_t src = uop.src + y * alu.src_factor_out + x * alu.src_factor_in;
          if (dst >= depth || (!alu.use_imm && src >= depth)) return false;
          if (checking == 1) continue;
          Late write{dst, std::vector<int32_t>(lanes)};
          for (uint64_t lane = 0; lane < lanes; ++lane) {
            int32_t second = alu.use_imm ? alu.imm : acc_[src * lanes + lane];
            for (const Late& newer : late)
              if (!alu.use_imm && newer.dst == src) second = newer.values[lane];
            write.values[lane] = apply(alu.opcode, acc_[dst * lanes + lane], second);
          }
          write_late(late, std::move(write));
        }
        flush(late, 0);
      }
    }
  }
  return true;
}

}  // namespace tamis::vta

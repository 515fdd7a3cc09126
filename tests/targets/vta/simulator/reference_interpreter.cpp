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
  if (memory == Memory::uop) uop_[index % uop_.size()] = 0;
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
      case Memory::uop: {
        uint32_t& word = uop_[index % uop_.size()];
        word = replaced(word);
        break;
      }
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
      case Memory::out:  // the functional simulator has none
        *dram = is(Design::fsim) ? static_cast<uint8_t>(acc_[at] & 0xff) : static_cast<uint8_t>(out_[at]);
        break;
    }
  }
  return true;
}

bool ReferenceInterpreter::execute(const MemoryInstruction& encoded) {
  MemoryInstruction memory = encoded;
  const bool hls_uops = is(Design::hls) && !memory.is_store && memory.memory == Memory::uop;
  if (hls_uops) memory.y_size = 1;
  if (hls_uops || (is(Design::hls) && !memory.is_store && memory.memory == Memory::wgt))
    memory.y_pad_0 = memory.y_pad_1 = memory.x_pad_0 = memory.x_pad_1 = 0;
  const bool pads = memory.y_pad_0 + memory.y_pad_1 + memory.x_pad_0 + memory.x_pad_1 > 0;
  if (memory.x_size == 0) return !is(Design::hls) || memory.is_store || !pads;
  if (memory.is_store != (memory.memory == Memory::out) || (memory.is_store && pads)) return false;
  if (is(Design::chisel) && memory.y_size == 0) return false;
  if (!is(Design::fsim) && memory.memory == Memory::acc_8bit) return false;
  const int64_t height = memory.y_pad_0 + memory.y_size + memory.y_pad_1;
  const int64_t width = memory.x_pad_0 + memory.x_size + memory.x_pad_1;
  const bool wraps = is(Design::chisel) && memory.memory == Memory::uop;
  if (!wraps && height > 0 && memory.sram_base + height * width > hardware_.depth(memory.memory))
    return false;
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

template <class Nest>
bool ReferenceInterpreter::may_run(const Nest& nest) const {
  if (nest.uop_begin > nest.uop_end) return false;
  return !is(Design::chisel) || (nest.uop_begin < nest.uop_end && nest.iter_out > 0 && nest.iter_in > 0);
}

const uint32_t* ReferenceInterpreter::uop_at(uint64_t index) const {
  if (is(Design::chisel)) return &uop_[index % uop_.size()];
  return index < uop_.size() ? &uop_[index] : nullptr;
}

void ReferenceInterpreter::flush(std::vector<Late>& late, size_t keep) {
  while (late.size() > keep) {
    const Late& write = late.front();
    const size_t lanes = write.values.size();
    for (size_t lane = 0; lane < lanes; ++lane) acc_[write.dst * lanes + lane] = write.values[lane];
    for (size_t lane = 0; lane < write.out.size(); ++lane) out_[write.dst * lanes + lane] = write.out[lane];
    late.erase(late.begin());
  }
}

ReferenceInterpreter::Late ReferenceInterpreter::product(const GemmInstruction& gemm, uint64_t dst,
                                                         uint64_t src, uint64_t wgt) const {
  const int64_t batch = hardware_.batch(), block = hardware_.block();
  Late write{dst, {}, {}};
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t o = 0; o < block; ++o) {
      int64_t sum = acc_[(dst * batch + b) * block + o];
      for (int64_t i = 0; i < block; ++i) {
        const size_t left = (src * batch + b) * block + i, right = (wgt * block + o) * block + i;
        sum += int64_t{inp_[left % inp_.size()]} * wgt_[right % wgt_.size()];
      }
      write.values.push_back(gemm.reset ? 0 : static_cast<int32_t>(static_cast<uint64_t>(sum)));
      if (!gemm.reset || is(Design::hls)) write.out.push_back(static_cast<int8_t>(sum & 0xff));
    }
  }
  return write;
}

bool ReferenceInterpreter::execute(const GemmInstruction& gemm) {
  if (!may_run(gemm)) return false;
  const int64_t batch = hardware_.batch(), block = hardware_.block();
  for (uint32_t checking = 1; checking <= 2; ++checking) {
    for (uint64_t y = 0; y < gemm.iter_out; ++y) {
      for (uint64_t x = 0; x < gemm.iter_in; ++x) {
        std::vector<Late> late;
        for (uint32_t u = gemm.uop_begin; u < gemm.uop_end; ++u) {
          const uint32_t* word = uop_at(u);
          if (word == nullptr) return false;
          const Uop uop = codec_.decode(*word);
          const uint64_t dst = uop.dst + y * gemm.dst_factor_out + x * gemm.dst_factor_in;
          const uint64_t src = uop.src + y * gemm.src_factor_out + x * gemm.src_factor_in;
          const uint64_t wgt = uop.wgt + y * gemm.wgt_factor_out + x * gemm.wgt_factor_in;
          if (dst >= acc_.size() / (batch * block)) return false;
          if (!gemm.reset && (src >= inp_.size() / (batch * block) || wgt >= wgt_.size() / (block * block)))
            return false;
          if (checking == 1) continue;
          late.push_back(product(gemm, dst, src, wgt));
          flush(late, is(Design::hls) ? 2 : 0);
        }
        flush(late, 0);
      }
    }
  }
  return true;
}

namespace {

/// Repeated halving (rounding down) or doubling.
int32_t shifted(int64_t value, int64_t times, bool left) {
  for (; times > 0; --times) {
    if (left)
      value = static_cast<int32_t>(static_cast<uint64_t>(value * 2));
    else
      value = value >= 0 ? value / 2 : -((-value + 1) / 2);
  }
  return static_cast<int32_t>(value);
}

/// The remainder that is not negative.
int64_t modulo(int64_t value, int64_t by) { return (value % by + by) % by; }

}  // namespace

int32_t ReferenceInterpreter::apply(const AluInstruction& alu, int32_t a, int32_t b) const {
  switch (alu.opcode) {
    case AluOpcode::min:
      return a < b ? a : b;
    case AluOpcode::max:
      return a > b ? a : b;
    case AluOpcode::add:
      return static_cast<int32_t>(static_cast<uint64_t>(int64_t{a} + b));
    case AluOpcode::mul:
      return static_cast<int32_t>(static_cast<uint64_t>(int64_t{a} * b));
    case AluOpcode::shr:
      break;
  }
  switch (hardware_.design) {
    case Design::chisel:
      // The sign of the immediate field chooses the direction, with a register as the amount too.
      return alu.imm < 0 ? shifted(a, modulo(-int64_t{b}, 32), true) : shifted(a, modulo(b, 32), false);
    case Design::hls: {
      const int64_t low = modulo(b, 32);
      return low < 16 ? shifted(a, low, false) : shifted(a, 32 - low, true);
    }
    case Design::fsim:
      break;
  }
  return shifted(a, (b < 0 ? -int64_t{b} : b) % 32, b < 0);
}

std::vector<int32_t> ReferenceInterpreter::element(uint64_t index) const {
  const auto lanes = static_cast<size_t>(hardware_.batch() * hardware_.block());
  return {acc_.begin() + index * lanes, acc_.begin() + (index + 1) * lanes};
}

ReferenceInterpreter::Late ReferenceInterpreter::result(const AluInstruction& alu, uint64_t dst,
                                                        const std::vector<int32_t>& first,
                                                        const std::vector<int32_t>& second) const {
  Late write{dst, {}, {}};
  for (size_t lane = 0; lane < first.size(); ++lane) {
    write.values.push_back(apply(alu, first[lane], alu.use_imm ? alu.imm : second[lane]));
    write.out.push_back(static_cast<int8_t>(write.values.back() & 0xff));
  }
  return write;
}

void ReferenceInterpreter::run_uop(const AluInstruction& alu, uint64_t dst, uint64_t src,
                                   std::vector<Late>& late) {
  std::vector<int32_t> of_src = alu.use_imm && is(Design::hls) ? std::vector<int32_t>() : element(src);
  switch (hardware_.design) {
    case Design::chisel:
      // The write of the uop before lands between the reads of src and of dst.
      flush(late, 0);
      late.push_back(alu.use_imm ? result(alu, dst, of_src, {}) : result(alu, dst, element(dst), of_src));
      return;
    case Design::hls:
      // Only the first operand goes through the pipeline's stale read; the second comes from the newest
      // contents.
      for (const Late& newer : late)
        if (newer.dst == src) of_src = newer.values;
      late.push_back(result(alu, dst, element(dst), of_src));
      return flush(late, 2);
    case Design::fsim:
      late.push_back(result(alu, dst, element(dst), of_src));
      return flush(late, 0);
  }
}

bool ReferenceInterpreter::execute(const AluInstruction& alu) {
  if (!may_run(alu) || (alu.opcode == AluOpcode::mul && !is(Design::fsim))) return false;
  const uint64_t depth = acc_.size() / (hardware_.batch() * hardware_.block());
  const bool reads_src = !alu.use_imm || !is(Design::hls);
  for (uint32_t checking = 1; checking <= 2; ++checking) {
    std::vector<Late> late;
    for (uint64_t y = 0; y < alu.iter_out; ++y) {
      for (uint64_t x = 0; x < alu.iter_in; ++x) {
        for (uint32_t u = alu.uop_begin; u < alu.uop_end; ++u) {
          const uint32_t* word = uop_at(u);
          if (word == nullptr) return false;
          const Uop uop = codec_.decode(*word);
          const uint64_t dst = uop.dst + y * alu.dst_factor_out + x * alu.dst_factor_in;
          const uint64_t src = uop.src + y * alu.src_factor_out + x * alu.src_factor_in;
          if (dst >= depth || (reads_src && src >= depth)) return false;
          if (checking == 1) continue;
          run_uop(alu, dst, src, late);
        }
        if (!is(Design::chisel)) flush(late, 0);
      }
    }
    flush(late, 0);
  }
  return true;
}

}  // namespace tamis::vta

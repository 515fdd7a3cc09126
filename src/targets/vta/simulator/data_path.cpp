#include "targets/vta/simulator/data_path.h"

#include "targets/vta/simulator/transfer.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tamis::vta {
namespace {

/// `uops` are those of the range.
UopSummary sum_up(const Uop* uops, uint32_t begin, uint32_t end) {
  UopSummary range;
  range.begin = begin;
  range.end = end;
  for (uint32_t i = 0; i < end - begin; ++i) {
    const Uop& uop = uops[i];
    range.max_dst = std::max(range.max_dst, uop.dst);
    range.max_src = std::max(range.max_src, uop.src);
    range.max_wgt = std::max(range.max_wgt, uop.wgt);
    range.repeats_dst |= i >= 1 && uops[i - 1].dst == uop.dst;
    range.repeats_dst |= i >= 2 && uops[i - 2].dst == uop.dst;
  }
  return range;
}

}  // namespace

void UopMemory::write(uint64_t base, const uint8_t* bytes, uint64_t count) {
  if (count == 0) return;
  const uint64_t end = base + count;
  reach(std::min(end, depth_));
  for (uint64_t i = 0; i < count; ++i) {
    uint32_t word = 0;
    if (bytes != nullptr)
      for (int k = 0; k < 4; ++k) word |= uint32_t{bytes[4 * i + k]} << (8 * k);
    uops_[(base + i) & (depth_ - 1)] = codec_.decode(word);
  }
  for (auto& range : known_) {
    const bool wraps = end > depth_ || range.end > depth_;
    if (wraps || (range.begin < end && base < range.end)) range = UopSummary{};
  }
}

const Uop* UopMemory::wrapped(uint32_t begin, uint32_t end) {
  reach(depth_);
  unwrapped_.clear();
  for (uint64_t i = begin; i < end; ++i) unwrapped_.push_back(uops_[i & (depth_ - 1)]);
  return unwrapped_.data();
}

const UopSummary& UopMemory::summary(uint32_t begin, uint32_t end) {
  UopSummary& slot = known_[(begin * 7 + end) % known_.size()];
  if (slot.begin == begin && slot.end == end) return slot;
  slot = sum_up(at(begin, end), begin, end);
  return slot;
}

Dram::Dram(std::vector<DramBuffer>& buffers) {
  for (auto& buffer : buffers)
    if (!buffer.bytes.empty())
      spans_.push_back({buffer.address, buffer.address + uint64_t{buffer.bytes.size()}, buffer.bytes.data()});
  std::sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
}

uint8_t* Dram::find(uint64_t address, uint64_t size) {
  if (last_ < spans_.size() && spans_[last_].holds(address, size))
    return spans_[last_].bytes + (address - spans_[last_].begin);
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), address,
                                      [](uint64_t at, const Span& span) { return at < span.begin; });
  if (after == spans_.begin()) return nullptr;
  const auto found = std::prev(after);
  if (!found->holds(address, size)) return nullptr;
  last_ = static_cast<size_t>(found - spans_.begin());
  return found->bytes + (address - found->begin);
}

// acc elements are copied byte by byte between DRAM, which is little endian, and int32_t.
static_assert(std::endian::native == std::endian::little);

DataPath::DataPath(const Hardware& hardware, const Codec& codec, Dram& dram, bool functional)
    : hardware_(hardware),
      dram_(dram),
      functional_(functional),
      uops_(codec, static_cast<uint64_t>(hardware.depth(Memory::uop))) {
  if (!functional) return;
  const auto bytes = [&](Memory memory) {
    return static_cast<size_t>(hardware.depth(memory) * hardware.element_bytes(memory));
  };
  inp_.resize(bytes(Memory::inp));
  wgt_.resize(bytes(Memory::wgt));
  out_.resize(bytes(Memory::out));
  acc_.resize(bytes(Memory::acc) / sizeof(int32_t));
  packed_ = PackedWeights(hardware.depth(Memory::wgt), hardware.block());
}

void DataPath::execute(const Instruction& instruction) {
  std::visit([&](const auto& any) { execute(any); }, instruction);
}

void DataPath::write_row(Memory memory, uint64_t index, const uint8_t* bytes, uint64_t count) {
  if (count == 0) return;
  if (memory == Memory::uop) return uops_.write(index, bytes, count);
  const uint64_t element_bytes = hardware_.element_bytes(memory);
  if (memory == Memory::acc_8bit) {
    int32_t* target = acc_.data() + index * element_bytes;
    for (uint64_t i = 0; i < count * element_bytes; ++i)
      target[i] = bytes == nullptr ? 0 : static_cast<int8_t>(bytes[i]);
    return;
  }
  void* start = memory == Memory::acc   ? static_cast<void*>(acc_.data())
                : memory == Memory::inp ? inp_.data()
                                        : wgt_.data();
  auto* target = static_cast<uint8_t*>(start) + index * element_bytes;
  if (bytes == nullptr)
    std::memset(target, 0, count * element_bytes);
  else
    std::memcpy(target, bytes, count * element_bytes);
  if (memory == Memory::wgt && !packed_.empty()) packed_.update(wgt_.data(), index, count);
}

void DataPath::execute(const MemoryInstruction& memory) {
  if (!functional_ && (memory.is_store || memory.memory != Memory::uop)) return;
  if (memory.is_store) return store(memory);
  const TransferShape shape(memory);
  const uint64_t element_bytes = hardware_.element_bytes(memory.memory);
  uint64_t index = memory.sram_base;
  const auto write = [&](const uint8_t* bytes, uint64_t count) {
    write_row(memory.memory, index, bytes, count);
    index += count;
  };
  if (shape.sram_elements() == 0) return;
  write(nullptr, memory.y_pad_0 * shape.width);
  for (uint64_t row = 0; row < shape.rows; ++row) {
    write(nullptr, memory.x_pad_0);
    const uint64_t element = memory.dram_base + row * memory.x_stride;
    write(dram_.find(element * element_bytes, shape.row_elements * element_bytes), shape.row_elements);
    write(nullptr, memory.x_pad_1);
  }
  write(nullptr, memory.y_pad_1 * shape.width);
}

void DataPath::store(const MemoryInstruction& memory) {
  const TransferShape shape(memory);
  const uint64_t element_bytes = hardware_.element_bytes(Memory::out),
                 row_bytes = shape.row_elements * element_bytes;
  for (uint64_t row = 0; row < shape.rows; ++row) {
    const uint64_t element = memory.dram_base + row * memory.x_stride;
    uint8_t* target = dram_.find(element * element_bytes, row_bytes);
    if (target == nullptr) continue;
    const uint64_t first = memory.sram_base * element_bytes + row * row_bytes;  // lane
    if (hardware_.design == Design::fsim)                                       // has no out memory
      std::transform(&acc_[first], &acc_[first] + row_bytes, target,
                     [](int32_t sum) { return static_cast<uint8_t>(sum); });
    else
      std::memcpy(target, &out_[first], row_bytes);
  }
}

template <class Nest>
ComputeRules DataPath::rules(const Nest& nest) {
  // Only where it makes a difference: every instruction comes by here.
  return {hardware_.design,
          hardware_.design == Design::hls && uops_.summary(nest.uop_begin, nest.uop_end).repeats_dst};
}

TensorMemories DataPath::memories() {
  return {hardware_.batch(),
          hardware_.block(),
          inp_.data(),
          wgt_.data(),
          acc_.data(),
          out_.data(),
          &packed_,
          hardware_.depth(Memory::inp),
          hardware_.depth(Memory::wgt)};
}

void DataPath::execute(const GemmInstruction& gemm) {
  if (!functional_ || gemm.uop_begin >= gemm.uop_end || gemm.iter_out == 0 || gemm.iter_in == 0) return;
  run_gemm(gemm, uops_.at(gemm.uop_begin, gemm.uop_end), memories(), rules(gemm));
}

void DataPath::execute(const AluInstruction& alu) {
  if (!functional_ || alu.uop_begin >= alu.uop_end || alu.iter_out == 0 || alu.iter_in == 0) return;
  run_alu(alu, uops_.at(alu.uop_begin, alu.uop_end), memories(), rules(alu));
}

}  // namespace tamis::vta

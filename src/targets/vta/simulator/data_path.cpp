#include "targets/vta/simulator/data_path.h"

#include "targets/vta/simulator/transfer.h"

#include <bit>
#include <cstring>

namespace tamis::vta {

// acc elements are copied byte by byte between DRAM, which is little endian, and int32_t.
static_assert(std::endian::native == std::endian::little);

DataPath::DataPath(const Hardware& hardware, const Codec& codec, Dram& dram, bool functional)
    : hardware_(hardware), dram_(dram), functional_(functional), uops_(codec, hardware.depth(Memory::uop)) {
  if (!functional) return;
  const auto bytes = [&](Memory memory) {
    return static_cast<size_t>(hardware.depth(memory) * hardware.element_bytes(memory));
  };
  inp_.resize(bytes(Memory::inp));
  wgt_.resize(bytes(Memory::wgt));
  out_.resize(bytes(Memory::out));
  acc_.resize(bytes(Memory::acc) / sizeof(int32_t));
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
    if (target != nullptr)
      std::memcpy(target, out_.data() + memory.sram_base * element_bytes + row * row_bytes, row_bytes);
  }
}

template <class Nest>
bool DataPath::is_stale(const Nest& nest) {
  return hardware_.hazard == Hazard::hls && uops_.summary(nest.uop_begin, nest.uop_end).repeats_dst;
}

TensorMemories DataPath::memories() {
  return {hardware_.batch(), hardware_.block(), inp_.data(), wgt_.data(), acc_.data(), out_.data()};
}

void DataPath::execute(const GemmInstruction& gemm) {
  if (!functional_ || gemm.uop_begin >= gemm.uop_end || gemm.iter_out == 0 || gemm.iter_in == 0) return;
  run_gemm(gemm, uops_.at(gemm.uop_begin), memories(), is_stale(gemm));
}

void DataPath::execute(const AluInstruction& alu) {
  if (!functional_ || alu.uop_begin >= alu.uop_end || alu.iter_out == 0 || alu.iter_in == 0) return;
  run_alu(alu, uops_.at(alu.uop_begin), memories(), is_stale(alu));
}

}  // namespace tamis::vta

#include "targets/vta/simulator/stream_maker.h"

#include <algorithm>
#include <utility>

namespace tamis::vta {
namespace {

constexpr uint32_t kBufferAddress = 64;
constexpr size_t kBufferBytes = 1024;

uint32_t below(Random& random, uint64_t bound) {
  return static_cast<uint32_t>(random.below(std::max<uint64_t>(1, bound)));
}

bool chance(Random& random, uint64_t one_in) { return random.below(one_in) == 0; }

Dependencies random_flags(Random& random) {
  // Mostly without flags: streams that hang at once reach little else.
  if (!chance(random, 10)) return {};
  return {chance(random, 2), chance(random, 3), chance(random, 2), chance(random, 2)};
}

Instruction plausible_memory(const Hardware& hardware, Random& random) {
  MemoryInstruction memory;
  const bool careful = hardware.design != Design::fsim && !chance(random, 30);
  memory.is_store = chance(random, 4);
  memory.memory = memory.is_store && !chance(random, 30) ? Memory::out : static_cast<Memory>(random.below(6));
  if (careful && memory.memory == Memory::acc_8bit) memory.memory = Memory::acc;
  memory.dependencies = random_flags(random);
  memory.sram_base = below(random, hardware.depth(memory.memory));
  const auto bytes = static_cast<uint64_t>(hardware.element_bytes(memory.memory));
  memory.dram_base = below(random, (kBufferAddress + kBufferBytes) / bytes);
  memory.y_size = careful ? 1 + below(random, 3) : below(random, 4);
  memory.x_size = below(random, 4);
  memory.x_stride = below(random, 6);
  if (!memory.is_store && chance(random, 3)) {
    memory.y_pad_0 = below(random, 3);
    memory.y_pad_1 = below(random, 3);
    memory.x_pad_0 = below(random, 3);
    memory.x_pad_1 = below(random, 3);
  }
  return memory;
}

template <class Nest>
void fill_nest(Nest& nest, const Hardware& hardware, Random& random) {
  // What runs nothing is refused by one design; it is rare, so that streams get further.
  const uint64_t addressed = uint64_t{1} << hardware.log_depth(Memory::uop);
  const uint32_t least = chance(random, 12) ? 0 : 1;
  nest.dependencies = random_flags(random);
  nest.uop_begin = below(random, chance(random, 8) ? addressed : hardware.depth(Memory::uop));
  nest.uop_end = nest.uop_begin + least + below(random, 4);
  if (chance(random, 50)) nest.uop_end = below(random, 2 * addressed);
  nest.iter_out = least + below(random, 3);
  nest.iter_in = least + below(random, 3);
  nest.dst_factor_out = below(random, 3);
  nest.dst_factor_in = below(random, 3);
  nest.src_factor_out = below(random, 3);
  nest.src_factor_in = below(random, 3);
}

std::vector<DramBuffer> random_buffers(Random& random) {
  std::vector<DramBuffer> buffers(2);
  buffers[0].address = kBufferAddress;
  buffers[0].bytes.resize(kBufferBytes / 2);
  buffers[1].address = kBufferAddress + kBufferBytes / 2 + (chance(random, 2) ? 0 : 16);
  buffers[1].bytes.resize(kBufferBytes / 2);
  for (auto& buffer : buffers) {
    for (size_t i = 0; i < buffer.bytes.size(); i += 8) {
      // Mostly small numbers, so that bytes read as uops name elements that exist.
      const uint64_t bits = random.next() & (chance(random, 8) ? ~uint64_t{0} : 0x0003000300030003u);
      for (size_t k = 0; k < 8; ++k) buffer.bytes[i + k] = static_cast<uint8_t>(bits >> (8 * k));
    }
  }
  return buffers;
}

void flip_bits(EncodedInstruction& words, Random& random) {
  for (uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
    const uint64_t bit = random.below(128);
    (bit < 64 ? words.low : words.high) ^= uint64_t{1} << (bit % 64);
  }
}

Launch mutated(const Program& recording, Random& random) {
  const Launch& whole = recording.launches[0];
  Launch launch;
  const size_t begin = random.below(whole.instructions.size()),
               most = std::min<size_t>(24, whole.instructions.size() - begin);
  launch.instructions.assign(whole.instructions.begin() + begin, whole.instructions.begin() + begin + most);
  // Buffers keep their addresses but only their first bytes: copying all of them would be all that is
  // measured.
  for (const auto& buffer : whole.buffers) {
    DramBuffer shorter;
    shorter.address = buffer.address;
    shorter.bytes.assign(buffer.bytes.begin(),
                         buffer.bytes.begin() + std::min<size_t>(buffer.bytes.size(), 512));
    launch.buffers.push_back(std::move(shorter));
  }
  for (uint64_t changes = random.below(4); changes > 0; --changes) {
    const size_t at = random.below(most);
    if (chance(random, 3))
      std::swap(launch.instructions[at], launch.instructions[random.below(most)]);
    else
      flip_bits(launch.instructions[at], random);
  }
  return launch;
}

struct Range {
  uint64_t begin, end;
};

/// The DRAM bytes that a load or store spans.
Range span_of(const Hardware& hardware, const MemoryInstruction& memory) {
  const uint64_t bytes = hardware.element_bytes(memory.memory), begin = memory.dram_base * bytes;
  return {begin, begin + (uint64_t{memory.y_size} * memory.x_stride + memory.x_size) * bytes};
}

}  // namespace

std::vector<Hardware> fuzz_devices() {
  Hardware tiny;
  tiny.log_block = 2;
  tiny.log_uop_buffer = 6;
  tiny.log_inp_buffer = 6;
  tiny.log_wgt_buffer = 7;
  tiny.log_acc_buffer = 8;
  Hardware batched = tiny;
  batched.log_batch = 1;
  batched.log_block = 3;
  batched.log_inp_buffer = 8;
  batched.log_wgt_buffer = 9;
  batched.log_acc_buffer = 10;
  batched.uop_entries = 8;
  batched.max_instructions = 20;
  Hardware standard_block;
  standard_block.log_uop_buffer = 8;
  standard_block.log_inp_buffer = 10;
  standard_block.log_wgt_buffer = 12;
  standard_block.log_acc_buffer = 12;
  std::vector<Hardware> devices;
  for (const Hardware& shape : {tiny, batched, standard_block}) {
    for (const Design design : {Design::chisel, Design::hls, Design::fsim}) {
      devices.push_back(shape);
      devices.back().design = design;
    }
  }
  return devices;
}

Instruction plausible_instruction(const Hardware& hardware, Random& random) {
  const uint64_t kind = random.below(10);
  if (kind < 5) return plausible_memory(hardware, random);
  if (kind < 7) {
    GemmInstruction gemm;
    fill_nest(gemm, hardware, random);
    gemm.reset = chance(random, 4);
    gemm.wgt_factor_out = below(random, 2);
    gemm.wgt_factor_in = below(random, 2);
    return gemm;
  }
  if (kind < 9) {
    AluInstruction alu;
    fill_nest(alu, hardware, random);
    alu.opcode =
        static_cast<AluOpcode>(random.below(hardware.design == Design::fsim || chance(random, 20) ? 5 : 4));
    alu.use_imm = chance(random, 2);
    alu.imm = static_cast<int32_t>(random.below(65536)) - 32768;
    return alu;
  }
  return FinishInstruction{random_flags(random)};
}

Launch random_launch(const Hardware& hardware, const std::vector<Program>& recordings, Random& random) {
  const uint64_t kind = random.below(8);
  if (kind < 1 && !recordings.empty()) return mutated(recordings[random.below(recordings.size())], random);
  Launch launch;
  launch.buffers = random_buffers(random);
  const Codec codec(hardware);
  const size_t length = random.below(24);
  for (size_t i = 0; i < length; ++i) {
    EncodedInstruction words{random.next(), random.next()};
    if (kind >= 3) words = codec.encode(plausible_instruction(hardware, random));
    if (kind == 3 && chance(random, 4)) flip_bits(words, random);
    launch.instructions.push_back(words);
  }
  if (kind >= 3 && !chance(random, 8)) launch.instructions.push_back(codec.encode(FinishInstruction{}));
  return launch;
}

bool may_change_its_uops(const Hardware& hardware, const Launch& launch) {
  const Codec codec(hardware);
  std::vector<Range> stores, loads;
  for (const auto& words : launch.instructions) {
    const auto instruction = codec.decode(words);
    if (!instruction.ok()) continue;
    const auto* memory = std::get_if<MemoryInstruction>(&*instruction);
    if (memory == nullptr) continue;
    if (memory->is_store)
      stores.push_back(span_of(hardware, *memory));
    else if (memory->memory == Memory::uop)
      loads.push_back(span_of(hardware, *memory));
  }
  for (const auto& store : stores)
    for (const auto& load : loads)
      if (store.begin < load.end && load.begin < store.end) return true;
  return false;
}

}  // namespace tamis::vta

// Speed of the VTA simulator on programs as ResNet-18 C2 makes them: 56 x 56 x 64 -> 64 with a 3 x 3 kernel,
// 14 rows a tile. Items are multiply-accumulates, so items_per_second / 1e9 is GMAC/s. `timing` moves and
// computes no data.
#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/read_port.h"
#include "targets/vta/simulator/simulator.h"

#include <string>
#include <utility>

#include <benchmark/benchmark.h>

namespace tamis::vta {
namespace {

constexpr uint32_t kTiles = 4, kRows = 14, kColumns = 56, kBlocks = 4, kTaps = 9;

/// Builds the instructions of a C2-like program by hand: what the code generator does is not measured here.
class ProgramBuilder {
 public:
  explicit ProgramBuilder(const Hardware& hardware) : codec_(hardware) {}

  void load(Memory memory, uint32_t sram, uint32_t y_size, uint32_t x_size, Dependencies flags) {
    MemoryInstruction load;
    load.memory = memory;
    load.sram_base = sram;
    load.y_size = y_size;
    load.x_size = load.x_stride = x_size;
    load.dependencies = flags;
    add(load);
  }
  void store(uint32_t elements, Dependencies flags) {
    MemoryInstruction store;
    store.is_store = true;
    store.memory = Memory::out;
    store.dram_base = 2048;  // behind the uops
    store.y_size = 1;
    store.x_size = store.x_stride = elements;
    store.dependencies = flags;
    add(store);
  }
  void gemm(bool reset, uint32_t uop_end, uint32_t iter_out, uint32_t iter_in, Dependencies flags) {
    GemmInstruction gemm;
    gemm.reset = reset;
    gemm.uop_end = uop_end;
    gemm.iter_out = iter_out;
    gemm.iter_in = iter_in;
    gemm.dst_factor_out = kColumns;
    gemm.dst_factor_in = 1;
    gemm.src_factor_out = kColumns + 2;
    gemm.src_factor_in = 1;
    gemm.dependencies = flags;
    add(gemm);
  }
  void shift() {
    AluInstruction alu;
    alu.uop_end = 1;
    alu.iter_out = kRows;
    alu.iter_in = kColumns;
    alu.dst_factor_out = alu.src_factor_out = kColumns;
    alu.dst_factor_in = alu.src_factor_in = 1;
    alu.opcode = AluOpcode::shr;
    alu.use_imm = true;
    alu.imm = 8;
    add(alu);
  }
  void finish() { add(FinishInstruction{}); }
  std::vector<EncodedInstruction> take() { return std::move(instructions_); }
  uint32_t uop(const Uop& uop) const { return codec_.encode(uop); }

 private:
  void add(const Instruction& instruction) { instructions_.push_back(codec_.encode(instruction)); }
  Codec codec_;
  std::vector<EncodedInstruction> instructions_;
};

/// A uop for each tap of the kernel and row of the tile; rows innermost, so that no accumulator is used twice
/// in three uops.
std::vector<uint8_t> tap_uops(const ProgramBuilder& builder) {
  std::vector<uint8_t> bytes(1 << 16);
  for (uint32_t i = 0; i < kTaps * kRows; ++i) {
    const uint32_t tap = i / kRows, row = i % kRows;
    const uint32_t src = (row + tap / 3) * (kColumns + 2) + tap % 3;
    const uint32_t word = builder.uop({.dst = row * kColumns, .src = src, .wgt = tap});
    for (uint32_t k = 0; k < 4; ++k) bytes[4 * i + k] = static_cast<uint8_t>(word >> (8 * k));
  }
  return bytes;
}

Launch c2_like_launch(const Hardware& hardware) {
  ProgramBuilder builder(hardware);
  Launch launch;
  launch.buffers.resize(1);
  launch.buffers[0].bytes = tap_uops(builder);
  builder.load(Memory::uop, 0, 1, kTaps * kRows, {});
  for (uint32_t tile = 0; tile < kTiles * kBlocks; ++tile) {
    builder.gemm(true, 1, kRows, kColumns, {.push_prev = true});
    for (uint32_t input_block = 0; input_block < kBlocks; ++input_block) {
      builder.load(Memory::inp, 0, kRows + 2, kColumns + 2, {.pop_next = true});
      builder.load(Memory::wgt, 0, 1, kTaps, {.push_next = true});
      builder.gemm(false, kTaps * kRows, 1, kColumns,
                   {.pop_prev = true, .push_prev = input_block + 1 < kBlocks});
    }
    builder.shift();
    builder.load(Memory::acc, 0, 0, 0, {.push_next = true});  // moves nothing
    builder.store(kRows * kColumns, {.pop_prev = true, .push_prev = true});
    builder.load(Memory::acc, 0, 0, 0, {.pop_next = true});
  }
  builder.finish();
  launch.instructions = builder.take();
  return launch;
}

void simulate_c2(benchmark::State& state, const Hardware& hardware, bool functional) {
  Launch launch = c2_like_launch(hardware);
  SimulationOptions options;
  options.functional = functional;
  uint64_t multiplications = 0;
  for (auto _ : state) {
    const auto outcome = simulate(hardware, launch, options);
    if (outcome.stop != Stop::finished) return state.SkipWithError(outcome.message.c_str());
    multiplications += outcome.counters.gemm_uops * hardware.batch() * hardware.block() * hardware.block();
  }
  state.SetItemsProcessed(static_cast<int64_t>(multiplications));
  state.counters["instructions"] = static_cast<double>(launch.instructions.size());
}

void functional_c2(benchmark::State& state) { simulate_c2(state, Hardware{}, true); }
void timing_c2(benchmark::State& state) { simulate_c2(state, Hardware{}, false); }

/// A program of `count` small instructions, as tile_w 1 and tile_h 1 make them.
Launch many_instructions(const Hardware& hardware, int64_t count) {
  ProgramBuilder builder(hardware);
  Launch launch;
  launch.buffers.resize(1);
  launch.buffers[0].bytes = tap_uops(builder);
  builder.load(Memory::uop, 0, 1, kTaps * kRows, {});
  for (int64_t i = 0; i + 4 < count; i += 4) {
    builder.gemm(true, 1, 1, 1, {.push_prev = true});
    builder.load(Memory::inp, 0, 3, 3, {.pop_next = true});
    builder.load(Memory::wgt, 0, 1, kTaps, {.push_next = true});
    builder.gemm(false, kTaps, 1, 1, {.pop_prev = true});
  }
  builder.finish();
  launch.instructions = builder.take();
  return launch;
}

/// Bursts of loads, and those of FETCH.
uint64_t read_bursts(const Hardware& hardware, const Launch& launch) {
  const Codec codec(hardware);
  uint64_t count = launch.instructions.size() / hardware.memory.batch() + 1;
  for (const EncodedInstruction& words : launch.instructions) {
    if (words.opcode() != Opcode::load) continue;
    const MemoryInstruction load = codec.decode_memory(words);
    const auto bytes = static_cast<uint64_t>(hardware.element_bytes(load.memory));
    RowBursts bursts(load.dram_base * bytes, load.x_size * bytes, load.x_stride * bytes, load.y_size,
                     hardware.memory.burst_beats);
    for (; !bursts.empty(); ++count) bursts.take();
  }
  return count;
}

/// Times a launch without data, and counts what one of `items` takes.
void time_launch(benchmark::State& state, const Hardware& hardware, Launch launch, const char* item,
                 uint64_t items) {
  SimulationOptions options;
  options.functional = false;
  for (auto _ : state) {
    const auto outcome = simulate(hardware, launch, options);
    if (outcome.stop != Stop::finished) return state.SkipWithError(outcome.message.c_str());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(launch.instructions.size()));
  state.counters[std::string("ns_per_") + item] =
      benchmark::Counter(1e-9 * static_cast<double>(items),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// What one instruction costs.
void time_instructions(benchmark::State& state, int64_t instructions) {
  const Hardware hardware;
  Launch launch = many_instructions(hardware, instructions);
  const uint64_t count = launch.instructions.size();
  time_launch(state, hardware, std::move(launch), "instruction", count);
}

void timing_instructions(benchmark::State& state) { time_instructions(state, state.range(0)); }
/// As in versions without the one above, so that they can be compared.
void timing_many_instructions(benchmark::State& state) { time_instructions(state, 80002); }

/// What one burst costs where they are short.
void timing_bursts_de10(benchmark::State& state) {
  Hardware hardware;
  hardware.memory.burst_beats = 16;
  Launch launch = c2_like_launch(hardware);
  const uint64_t bursts = read_bursts(hardware, launch);
  time_launch(state, hardware, std::move(launch), "burst", bursts);
}

BENCHMARK(functional_c2)->Unit(benchmark::kMillisecond);
BENCHMARK(timing_c2)->Unit(benchmark::kMillisecond);
BENCHMARK(timing_instructions)->Arg(268)->Arg(10000)->Arg(100000)->Unit(benchmark::kMicrosecond);
BENCHMARK(timing_many_instructions)->Unit(benchmark::kMillisecond);
BENCHMARK(timing_bursts_de10)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tamis::vta

BENCHMARK_MAIN();

// fuzz_simulator --streams N --seed S: runs random instruction streams on small devices, with and without
// computing, and checks that both end alike. A failure prints the seed of the stream, which alone reproduces
// it: --streams 1 --seed THAT.
#include "base/clock.h"
#include "base/text.h"
#include "targets/vta/isa/disassembler.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/simulator/stream_maker.h"

#include <cstdio>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

struct Arguments {
  uint64_t streams = 20000, seed = 1;
};

std::optional<Arguments> parse(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i + 1 < count; i += 2) {
    const auto number = parse_integer(values[i + 1]);
    if (!number || *number < 0) return std::nullopt;
    if (std::string_view(values[i]) == "--streams")
      arguments.streams = *number;
    else if (std::string_view(values[i]) == "--seed")
      arguments.seed = *number;
    else
      return std::nullopt;
  }
  return count % 2 == 1 ? std::optional(arguments) : std::nullopt;
}

std::vector<Program> read_recordings() {
  std::vector<Program> programs;
  for (const char* name : {"S2_24", "S2_85", "S3_7", "S4_320"}) {
    auto program = read_program(fmt::format("{}/vta/programs/{}.json.gz", TAMIS_TEST_DATA, name));
    if (program.ok()) programs.push_back(std::move(program).value());
  }
  return programs;
}

MemoryProfile random_memory(Random& random) {
  MemoryProfile memory;
  memory.read_latency = 1 + random.below(20);
  memory.write_latency = 1 + random.below(20);
  memory.burst_beats = uint64_t{2} << random.below(8);
  memory.outstanding_reads = 1 + random.below(16);
  memory.instruction_batch = random.below(memory.burst_beats / 2 + 1);
  memory.kind = static_cast<MemoryKind>(random.below(4));
  return memory;
}

/// Whether one stream ends alike with and without computing; adds to the count of its way to end.
bool run_one(uint64_t seed, const std::vector<Hardware>& devices, const std::vector<Program>& recordings,
             std::array<uint64_t, 4>& stops) {
  Random random(seed);
  // The default device is rare because clearing its memories takes longer than running a stream.
  Hardware hardware = devices[random.below(devices.size())];
  if (random.below(64) == 0) {
    const Design design = hardware.design;
    hardware = {};
    hardware.design = design;
  }
  hardware.memory = random_memory(random);
  Launch launch = random_launch(hardware, recordings, random);
  SimulationOptions options;
  options.max_cycles = 100 + random.below(4000);
  options.functional = false;
  const auto fast = simulate(hardware, launch, options);
  options.functional = true;
  const bool comparable = !may_change_its_uops(hardware, launch);
  const auto full = simulate(hardware, launch, options);
  ++stops[static_cast<size_t>(full.stop)];
  const bool same = fast.stop == full.stop && fast.counters == full.counters && fast.message == full.message;
  if (same || !comparable) return true;
  fmt::print(stderr,
             "stream with seed {}: computing stops with {} after {} cycles ({}), timing only with {} after "
             "{} ({}), or their counters differ\n",
             seed, static_cast<int>(full.stop), full.counters.cycles, full.message,
             static_cast<int>(fast.stop), fast.counters.cycles, fast.message);
  return false;
}

int fuzz(const Arguments& arguments) {
  const auto devices = fuzz_devices();
  const auto recordings = read_recordings();
  std::array<uint64_t, 4> stops{};
  const int64_t start = monotonic_ns();
  fmt::print("fuzzing {} streams from seed {}\n", arguments.streams, arguments.seed);
  // A crash leaves this line as the last word, at most 2^16 streams before the culprit.
  for (uint64_t i = 0; i < arguments.streams; ++i) {
    if (i % 65536 == 0) {
      fmt::print("at seed {}\n", arguments.seed + i);
      std::fflush(stdout);
    }
    if (!run_one(arguments.seed + i, devices, recordings, stops)) return 1;
  }
  fmt::print("{} streams in {:.1f} s: {} finished, {} trapped, {} hung, {} timed out\n", arguments.streams,
             static_cast<double>(monotonic_ns() - start) * 1e-9, stops[0], stops[1], stops[2], stops[3]);
  return 0;
}

}  // namespace
}  // namespace tamis::vta

int main(int count, char** values) {
  const auto arguments = tamis::vta::parse(count, values);
  if (arguments) return tamis::vta::fuzz(*arguments);
  fmt::print(stderr, "usage: fuzz_simulator [--streams N] [--seed S]\n");
  return 2;
}

#include "targets/gpu/runtime/architecture.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kWarp = 32;
/// Registers of a warp are handed out in so many, and warps over so many parts of a multiprocessor.
constexpr uint64_t kRegisterGranularity = 256;
constexpr uint64_t kMultiprocessorParts = 4;
/// What a block may have along z.
constexpr uint64_t kMostBlockDepth = 64;
/// Blocks of a grid along each axis.
constexpr std::array<uint64_t, 3> kMostBlocks = {2147483647, 65535, 65535};

// architecture, threads, blocks, registers, shared, shared of a block, reserved, granularity
constexpr std::array kLimits = {
    MultiprocessorLimits{70, 2048, 32, 65536, 96 * kKiB, 96 * kKiB, 0, 256},
    MultiprocessorLimits{72, 2048, 32, 65536, 96 * kKiB, 96 * kKiB, 0, 256},
    MultiprocessorLimits{75, 1024, 16, 65536, 64 * kKiB, 64 * kKiB, 0, 256},
    MultiprocessorLimits{80, 2048, 32, 65536, 164 * kKiB, 163 * kKiB, kKiB, 128},
    MultiprocessorLimits{86, 1536, 16, 65536, 100 * kKiB, 99 * kKiB, kKiB, 128},
    MultiprocessorLimits{87, 1536, 16, 65536, 164 * kKiB, 163 * kKiB, kKiB, 128},
    MultiprocessorLimits{88, 1536, 16, 65536, 100 * kKiB, 99 * kKiB, kKiB, 128},
    MultiprocessorLimits{89, 1536, 24, 65536, 100 * kKiB, 99 * kKiB, kKiB, 128},
    MultiprocessorLimits{90, 2048, 32, 65536, 228 * kKiB, 227 * kKiB, kKiB, 128},
    MultiprocessorLimits{100, 2048, 32, 65536, 228 * kKiB, 227 * kKiB, kKiB, 128},
    MultiprocessorLimits{103, 2048, 32, 65536, 228 * kKiB, 227 * kKiB, kKiB, 128},
    MultiprocessorLimits{110, 1536, 24, 65536, 228 * kKiB, 227 * kKiB, kKiB, 128},
    MultiprocessorLimits{120, 1536, 24, 65536, 100 * kKiB, 99 * kKiB, kKiB, 128},
    MultiprocessorLimits{121, 1536, 24, 65536, 100 * kKiB, 99 * kKiB, kKiB, 128},
};

uint64_t round_up(uint64_t value, uint64_t granularity) {
  return (value + granularity - 1) / granularity * granularity;
}

/// Blocks that the registers of a multiprocessor hold: a warp stays in one of its parts.
uint64_t blocks_by_registers(const MultiprocessorLimits& limits, uint64_t warps, uint64_t registers) {
  if (registers == 0) return static_cast<uint64_t>(limits.blocks);
  const uint64_t of_warp = round_up(registers * kWarp, kRegisterGranularity);
  const uint64_t of_part = limits.registers / kMultiprocessorParts / of_warp;
  return of_part * kMultiprocessorParts / warps;
}

uint64_t blocks_by_shared(const MultiprocessorLimits& limits, uint64_t shared_bytes) {
  const uint64_t of_block = round_up(shared_bytes + limits.reserved_shared, limits.shared_granularity);
  return of_block == 0 ? static_cast<uint64_t>(limits.blocks) : limits.shared_bytes / of_block;
}

}  // namespace

const MultiprocessorLimits* find_limits(int architecture) {
  const auto* found = std::find_if(kLimits.begin(), kLimits.end(), [&](const MultiprocessorLimits& one) {
    return one.architecture == architecture;
  });
  return found == kLimits.end() ? nullptr : found;
}

double occupancy(const MultiprocessorLimits& limits, const BlockNeeds& needs) {
  const uint64_t warps = std::max<uint64_t>(round_up(needs.threads, kWarp) / kWarp, 1);
  const uint64_t most_warps = static_cast<uint64_t>(limits.threads) / kWarp;
  const uint64_t blocks =
      std::min({static_cast<uint64_t>(limits.blocks), most_warps / warps,
                blocks_by_registers(limits, warps, static_cast<uint64_t>(needs.registers)),
                blocks_by_shared(limits, needs.shared_bytes)});
  return static_cast<double>(blocks * warps) / static_cast<double>(most_warps);
}

Result<int> architecture_number(const std::string& name) {
  constexpr std::string_view kPrefix = "sm_";
  std::string_view rest = name;
  if (rest.starts_with(kPrefix)) {
    rest.remove_prefix(kPrefix.size());
    if (rest.ends_with('a') || rest.ends_with('f')) rest.remove_suffix(1);
    const std::optional<int64_t> number = parse_integer(rest);
    if (number && *number >= 10 && *number < 1000) return static_cast<int>(*number);
  }
  return invalid_input(fmt::format("\"{}\" is no CUDA architecture; write one as sm_90 or sm_90a", name));
}

Result<DeviceFacts> facts_of_architecture(const std::string& name) {
  TAMIS_ASSIGN(const int number, architecture_number(name));
  DeviceFacts facts;
  facts.name = "any " + name;
  facts.architecture = name;
  facts.group_items = kMostBlockThreads;
  facts.group_sizes = {kMostBlockThreads, kMostBlockThreads, kMostBlockDepth};
  facts.grid_sizes = kMostBlocks;
  const MultiprocessorLimits* limits = find_limits(number);
  facts.shared_bytes = limits == nullptr ? kStaticSharedBytes : limits->block_shared_bytes;
  return facts;
}

}  // namespace tamis::gpu

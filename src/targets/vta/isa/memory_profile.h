#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::vta {

inline constexpr uint64_t kMostLatency = 65536, kMostBurstBeats = 256, kMostOutstandingReads = 256;

/// When the first beat of a read burst comes.
enum class MemoryKind : uint8_t {
  pipelined,  ///< a latency after the burst was issued, or when the bus is free: latencies overlap
  shared,     ///< likewise, but a beat of a store takes the place of a beat of a load
  serial,     ///< a latency after the last beat of the burst before: one burst at a time
  queued,  ///< likewise pipelined, but a burst that waits behind another pays no latency: tsim's DPI memory
};
std::string_view to_string(MemoryKind kind);

/// What the cycles of a program depend on besides its instructions: the DRAM and the shell between it and
/// VTA. A beat is 8 bytes. Defaults: the Chisel shell of Pynq before a memory that answers after 64 cycles.
struct MemoryProfile {
  uint64_t read_latency = 64;       ///< cycles from a burst's issue to its first beat, 1 to 65536
  uint64_t write_latency = 64;      ///< cycles from the last beat of a store's burst to its response, ditto
  uint64_t burst_beats = 256;       ///< of a burst at most: a power of two from 2 to 256
  uint64_t outstanding_reads = 16;  ///< bursts under way at most, 1 to 256
  /// Instructions that FETCH reads at once at most, 1 to 128; 0: what fits into a burst.
  uint64_t instruction_batch = 0;
  MemoryKind kind = MemoryKind::pipelined;
  double clock_mhz = 100;  ///< turns cycles into ns: a Pynq's clock

  uint64_t batch() const { return instruction_batch == 0 ? burst_beats / 2 : instruction_batch; }
  /// The time that cycles take, ns.
  double to_ns(double cycles) const { return cycles * 1000.0 / clock_mhz; }
  friend bool operator==(const MemoryProfile&, const MemoryProfile&) = default;
};

struct NamedProfile {
  std::string_view name;
  std::string_view description;
  MemoryProfile profile;
};
/// `pynq`, `de10`, `tsim`.
const std::vector<NamedProfile>& memory_profiles();

/// The profile that an object's keys describe: PROFILE names the one to begin with, the other keys change it;
/// keys of other things are ignored. Errors: invalid_input naming the key; not_found for a PROFILE.
Result<MemoryProfile> profile_from_json(const Json& json, const std::string& origin);
/// All keys but PROFILE.
Json to_json(const MemoryProfile& profile);
/// By name, or from a JSON file with the keys of a profile. Errors: not_found naming the profiles; those of
/// profile_from_json; io.
Result<MemoryProfile> find_profile(const std::string& name_or_path);
Result<MemoryKind> parse_memory_kind(const std::string& name);
/// Errors: invalid_input naming the value that is out of range.
Status check(const MemoryProfile& profile, const std::string& origin);

}  // namespace tamis::vta

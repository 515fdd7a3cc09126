#include "targets/vta/isa/memory_profile.h"

#include "base/json.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::vta {
namespace {

constexpr uint64_t kMostBatch = kMostBurstBeats / 2;

constexpr std::array<std::pair<std::string_view, MemoryKind>, 4> kKinds = {{
    {"pipelined", MemoryKind::pipelined},
    {"shared", MemoryKind::shared},
    {"serial", MemoryKind::serial},
    {"queued", MemoryKind::queued},
}};

struct Parameter {
  const char* key;
  uint64_t MemoryProfile::*member;
  uint64_t least, most;
};
constexpr std::array<Parameter, 5> kParameters = {{
    {"READ_LATENCY", &MemoryProfile::read_latency, 1, kMostLatency},
    {"WRITE_LATENCY", &MemoryProfile::write_latency, 1, kMostLatency},
    {"BURST_BEATS", &MemoryProfile::burst_beats, 2, kMostBurstBeats},
    {"OUTSTANDING_READS", &MemoryProfile::outstanding_reads, 1, kMostOutstandingReads},
    {"INSTRUCTION_BATCH", &MemoryProfile::instruction_batch, 0, kMostBatch},
}};

std::vector<std::string_view> profile_names() {
  std::vector<std::string_view> names;
  for (const NamedProfile& one : memory_profiles()) names.push_back(one.name);
  return names;
}

const NamedProfile* named(const std::string& name) {
  const auto& all = memory_profiles();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_string(MemoryKind kind) {
  for (const auto& [name, one] : kKinds)
    if (one == kind) return name;
  return "unknown";
}

Result<MemoryKind> parse_memory_kind(const std::string& name) {
  for (const auto& [known, kind] : kKinds)
    if (known == name) return kind;
  return invalid_input(
      fmt::format("the memory \"{}\" is none of `pipelined`, `shared`, `serial` and `queued`", name));
}

const std::vector<NamedProfile>& memory_profiles() {
  static const std::vector<NamedProfile> profiles = {
      {"pynq", "bursts of 256 beats, 64 cycles of latency", {}},
      {"de10", "bursts of 16 beats, 64 cycles of latency", {.burst_beats = 16}},
      {"tsim",
       "the memory of tvm-vta's tsim: bursts of 16 beats, no latency behind another burst",
       {.read_latency = 18, .write_latency = 2, .burst_beats = 16, .kind = MemoryKind::queued}},
  };
  return profiles;
}

Status check(const MemoryProfile& profile, const std::string& origin) {
  for (const auto& [key, member, least, most] : kParameters) {
    const uint64_t value = profile.*member;
    if (value < least || value > most)
      return invalid_input(
          fmt::format("{}: \"{}\" is {}; it must be from {} to {}", origin, key, value, least, most));
  }
  if (!std::has_single_bit(profile.burst_beats))
    return invalid_input(
        fmt::format("{}: \"BURST_BEATS\" is {}; it must be a power of two", origin, profile.burst_beats));
  if (profile.batch() * 2 > profile.burst_beats)
    return invalid_input(
        fmt::format("{}: \"INSTRUCTION_BATCH\" is {}, but a burst holds only {} instructions", origin,
                    profile.batch(), profile.burst_beats / 2));
  if (!(profile.clock_mhz >= 1e-3 && profile.clock_mhz <= 1e5))
    return invalid_input(
        fmt::format("{}: \"CLOCK_MHZ\" is {}; it must be from 0.001 to 100000", origin, profile.clock_mhz));
  return {};
}

Result<MemoryProfile> profile_from_json(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  TAMIS_ASSIGN(const std::string base, object.string_or("PROFILE", "pynq"));
  const NamedProfile* found = named(base);
  if (found == nullptr)
    return not_found(fmt::format("{}: \"PROFILE\" is \"{}\"; there are {}", origin, base,
                                 fmt::join(profile_names(), ", ")));
  MemoryProfile profile = found->profile;
  for (const auto& [key, member, least, most] : kParameters) {
    TAMIS_ASSIGN(const int64_t value,
                 object.integer_or(key, static_cast<int64_t>(profile.*member), static_cast<int64_t>(least),
                                   static_cast<int64_t>(most)));
    profile.*member = static_cast<uint64_t>(value);
  }
  TAMIS_ASSIGN(const std::string kind, object.string_or("MEMORY", std::string(to_string(profile.kind))));
  const Result<MemoryKind> parsed = parse_memory_kind(kind);
  if (!parsed.ok()) return parsed.error().within(origin);
  profile.kind = *parsed;
  if (object.has("CLOCK_MHZ")) {
    TAMIS_ASSIGN(profile.clock_mhz, object.number("CLOCK_MHZ"));
  }
  TAMIS_TRY(check(profile, origin));
  return profile;
}

Json to_json(const MemoryProfile& profile) {
  Json json = {{"MEMORY", to_string(profile.kind)}, {"CLOCK_MHZ", profile.clock_mhz}};
  for (const Parameter& parameter : kParameters) json[parameter.key] = profile.*parameter.member;
  return json;
}

Result<MemoryProfile> find_profile(const std::string& name_or_path) {
  if (const NamedProfile* found = named(name_or_path)) return found->profile;
  auto json = read_json(name_or_path);
  if (json.ok()) {
    TAMIS_TRY(JsonObject(*json, name_or_path)
                  .allow_only({"PROFILE", "MEMORY", "CLOCK_MHZ", "READ_LATENCY", "WRITE_LATENCY",
                               "BURST_BEATS", "OUTSTANDING_READS", "INSTRUCTION_BATCH"}));
    return profile_from_json(*json, name_or_path);
  }
  if (json.error().kind != ErrorKind::not_found) return json.error();
  return not_found(fmt::format("there is no profile \"{}\", and no such file; there are {}", name_or_path,
                               fmt::join(profile_names(), ", ")));
}

}  // namespace tamis::vta

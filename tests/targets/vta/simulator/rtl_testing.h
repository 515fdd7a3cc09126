#pragma once

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "support/csv_records.h"
#include "targets/vta/isa/memory_profile.h"
#include "targets/vta/isa/program.h"

#include <cstdint>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::vta::testing {

inline const std::string kRtlData = TAMIS_TEST_DATA "/vta/rtl/";

/// The memory of a setting of tests/data/vta/rtl.
inline MemoryProfile memory_of(std::string_view setting) {
  using enum MemoryKind;
  static const std::map<std::string_view, MemoryProfile> settings = {
      {"l64", {}},
      {"l64-shared", {.kind = shared}},
      {"l64-posted", {.write_latency = 1}},
      {"l16", {.read_latency = 16, .write_latency = 16}},
      {"l1", {.read_latency = 1, .write_latency = 1}},
      {"l128", {.read_latency = 128, .write_latency = 128}},
      {"l64-one", {.kind = serial}},
      {"l64-de10", find_profile("de10").value()},
      {"l64-de10-shared", {.burst_beats = 16, .kind = shared}},
      {"dpi", find_profile("tsim").value()}};
  return settings.at(setting);
}

/// The rows of a CSV file, each by its columns' names.
inline std::vector<std::map<std::string, std::string>> read_rows(const std::string& name) {
  const std::string text = read_file(kRtlData + name).value();
  const std::vector<CsvRecord> records = scan_csv(text);
  std::vector<std::map<std::string, std::string>> rows;
  for (size_t i = 1; i < records.size(); ++i) {
    rows.emplace_back();
    for (size_t column = 0; column < records[0].cells.size(); ++column)
      rows.back()[records[0].cells[column]] = records[i].cells.at(column);
  }
  return rows;
}

/// A program of a .jsonl.gz file and what else its line says.
struct Recording {
  Json json;
  Program program;
};
inline std::vector<Recording> read_recordings(const std::string& name) {
  std::istringstream lines(read_file(kRtlData + name).value());
  std::vector<Recording> recordings;
  for (std::string line; std::getline(lines, line);) {
    Json json = parse_json(line, name).value();
    Program program = program_from_json(json, name).value();
    recordings.push_back({std::move(json), std::move(program)});
  }
  return recordings;
}

/// Whether a program loads 2048 inp tiles at once: in bursts of 256 beats the RTL loses count of them.
inline bool has_huge_load(const Program& program) {
  const Codec codec(program.hardware.value_or(Hardware{}));
  for (const Launch& launch : program.launches)
    for (const EncodedInstruction& words : launch.instructions) {
      const Instruction instruction = codec.decode(words).value();
      const auto* memory = std::get_if<MemoryInstruction>(&instruction);
      if (memory != nullptr && !memory->is_store && memory->memory == Memory::inp &&
          memory->y_size * memory->x_size >= 2048)
        return true;
    }
  return false;
}

/// The numbers of recordings of loop nests that run nothing: the RTL takes some 2^14 rounds for an extent of
/// 0. Programs that mean something on every VTA have none, and the simulator refuses them.
inline const std::set<int64_t> kEmptyNests = {1024, 1025, 1026};

/// How many cycles equal the RTL's, by setting.
class Equality {
 public:
  void expect(const std::string& setting, const std::string& program, uint64_t ours, uint64_t rtl) {
    auto& [programs, exact] = settings_[setting];
    ++programs;
    exact += ours == rtl ? 1 : 0;
    EXPECT_EQ(ours, rtl) << program << " in " << setting;
  }
  /// Prints the table and expects so many programs in every setting named.
  void report(const std::string& what, const std::map<std::string, int>& expected) const {
    std::map<std::string, int> seen;
    for (const auto& [setting, counts] : settings_) {
      std::printf("%-16s %-16s %4d programs, %4d exact\n", what.c_str(), setting.c_str(), counts.first,
                  counts.second);
      seen[setting] = counts.first;
    }
    EXPECT_EQ(seen, expected);
  }

 private:
  std::map<std::string, std::pair<int, int>> settings_;
};

}  // namespace tamis::vta::testing

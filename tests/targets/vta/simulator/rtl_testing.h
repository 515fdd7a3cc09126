#pragma once

#include "base/file.h"
#include "base/text.h"
#include "exchange/csv.h"
#include "targets/vta/isa/memory_profile.h"

#include <cstdint>
#include <cstdio>
#include <map>
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
  const std::vector<CsvRecord> records = parse_csv_records(text, name).value();
  std::vector<std::map<std::string, std::string>> rows;
  for (size_t i = 1; i < records.size(); ++i) {
    rows.emplace_back();
    for (size_t column = 0; column < records[0].cells.size(); ++column)
      rows.back()[records[0].cells[column]] = records[i].cells.at(column);
  }
  return rows;
}

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

#pragma once

#include "base/file.h"
#include "support/temporary_directory.h"
#include "tamis/formats.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {

/// One row of T4 with a configuration, an invalidity and the rest as given.
inline std::string row(const std::string& configuration, const std::string& invalidity,
                       const std::string& rest) {
  return fmt::format(R"({{"configuration": {}, "invalidity": "{}", {}}})", configuration, invalidity, rest);
}

inline std::string measured(const std::string& value, const std::string& unit) {
  return fmt::format(R"("objectives": ["time"], "measurements": [{{"name": "other", "value": 7}},
                         {{"name": "time", "value": {}, "unit": "{}"}}])",
                     value, unit);
}

inline std::string table_of(const std::vector<std::string>& rows) {
  return fmt::format(R"({{"metadata": {{}}, "results": [{}]}})", fmt::join(rows, ", "));
}

class ReadRecordedTable : public ::testing::Test {
 protected:
  Result<TrialSet> read(const std::string& content, const std::string& name = "some_T4.json") {
    const std::string path = directory_.path() + "/" + name;
    EXPECT_TRUE(write_file(path, content).ok());
    return read_recorded_table(path);
  }
  TrialSet table(const std::string& content, const std::string& name = "some_T4.json") {
    auto result = read(content, name);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return std::move(*result);
  }
  /// The message of the error that reading gives.
  std::string refusal(const std::string& content, const std::string& name = "some_T4.json") {
    const auto result = read(content, name);
    EXPECT_FALSE(result.ok());
    return result.ok() ? "" : result.error().message;
  }
  /// The latency in ns of a table with one row.
  double latency(const std::string& rest) {
    return table(table_of({row(R"({"a": 1})", "correct", rest)})).trials[0].cost();
  }

  TemporaryDirectory directory_;
};

}  // namespace tamis

#pragma once

#include "exchange/csv_scanner.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// One record of a CSV text, with the line where it begins and what is wrong with its quoting.
struct CsvRecord {
  size_t line = 1;
  std::vector<std::string> cells;
  std::string fault;
};

/// All records of a text as CsvScanner gives them.
inline std::vector<CsvRecord> scan_csv(std::string_view text) {
  std::vector<CsvRecord> records;
  for (CsvScanner scanner(text); scanner.next();)
    records.push_back({scanner.line(), {scanner.cells().begin(), scanner.cells().end()}, scanner.fault()});
  return records;
}

}  // namespace tamis

#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// One record of a CSV text.
struct CsvRecord {
  size_t line = 1;  ///< where it begins, from 1
  std::vector<std::string> cells;
};

/// A cell as RFC 4180 writes it: quoted where it holds a comma, a quote or a line break.
std::string csv_cell(std::string_view text);

/// Splits a CSV text into records: RFC 4180, lines ended by LF or CRLF, a byte order mark ignored, the last
/// line end optional. Errors: corrupt with the line, for a quote inside a bare cell, text after a closing
/// quote, or an open quote.
Result<std::vector<CsvRecord>> parse_csv_records(std::string_view text, const std::string& origin);

}  // namespace tamis

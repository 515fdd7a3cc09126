#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// Walks over a CSV text record by record (RFC 4180, lines ended by LF or CRLF, a byte order mark ignored,
/// the last line end optional). Cells are views into the text, which must outlive it, or into the scanner,
/// and good until the next record.
class CsvScanner {
 public:
  explicit CsvScanner(std::string_view text);

  /// Comes to the next record; false at the end of the text. After a record with a fault it goes on with the
  /// line after the one where that began.
  bool next();
  /// The line where the record begins, from 1.
  size_t line() const { return line_; }
  const std::vector<std::string_view>& cells() const { return cells_; }
  /// What is wrong with the quoting of the record; empty where nothing is.
  const std::string& fault() const { return fault_; }

 private:
  bool read_bare();
  bool read_quoted();
  bool fail(const char* what);
  bool skip_line_end();

  std::string_view text_;
  size_t at_ = 0;
  size_t line_ = 0, next_line_ = 1;
  std::vector<std::string_view> cells_;
  std::deque<std::string> unquoted_;
  std::string fault_;
};

}  // namespace tamis

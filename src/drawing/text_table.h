#pragma once

#include <set>
#include <string>
#include <vector>

namespace tamis {

/// A table of text that lines up in a fixed-width font.
class TextTable {
 public:
  /// The columns at the positions `left` are aligned to the left, the others to the right.
  explicit TextTable(std::vector<std::string> header, std::set<size_t> left = {0})
      : rows_{std::move(header)}, left_(std::move(left)) {}
  /// Missing cells at the end are empty.
  void add_row(std::vector<std::string> cells);
  /// The lines of the table, each with a newline, and a rule below the header. Widths count UTF-8 code
  /// points.
  std::string draw() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::set<size_t> left_;
};

/// A share from 0 to 1 for a reader: "12.5 %".
std::string percent(double share);

}  // namespace tamis

#pragma once

#include <string>
#include <vector>

namespace tamis {

/// A table of text that lines up in a fixed-width font: the first column to the left, the others to the
/// right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}
  /// Missing cells at the end are empty.
  void add_row(std::vector<std::string> cells);
  /// A rule between the rows so far and those to come.
  void add_rule() { rules_.push_back(rows_.size()); }
  /// The lines of the table, each with a newline. Widths count UTF-8 code points.
  std::string draw() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> rules_;  // a rule stands before the row of this position
};

}  // namespace tamis

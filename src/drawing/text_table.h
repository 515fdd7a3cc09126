#pragma once

#include <cstddef>
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
  /// The lines of the table, each with a newline, and a rule below the header. Widths are those of a
  /// fixed-width font (columns_of). Where so many columns are given and it takes more, the cells of its last
  /// column go over several lines, broken behind `, `; they never get narrower than their longest piece.
  std::string draw(size_t columns = 0) const;
  /// How many columns it takes at least, with its last column broken.
  size_t least_columns() const;

 private:
  using Lines = std::vector<std::string>;
  /// How wide each column is, with the last one as it is.
  std::vector<size_t> widths() const;
  /// A row whose last cell has so many columns.
  Lines draw_row(const std::vector<std::string>& row, const std::vector<size_t>& widths) const;

  std::vector<std::vector<std::string>> rows_;
  std::set<size_t> left_;
};

/// A share from 0 to 1 for a reader: "12.5 %".
std::string percent(double share);

}  // namespace tamis

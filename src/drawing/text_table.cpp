#include "drawing/text_table.h"

#include "drawing/text_width.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr size_t kCellGap = 2;

/// The pieces of a cell that stay whole: `a, `, `b, `, `c`.
std::vector<std::string> pieces_of(const std::string& cell) {
  std::vector<std::string> pieces;
  size_t begin = 0;
  for (size_t comma = cell.find(", "); comma != std::string::npos; comma = cell.find(", ", begin)) {
    pieces.push_back(cell.substr(begin, comma + 2 - begin));
    begin = comma + 2;
  }
  pieces.push_back(cell.substr(begin));
  return pieces;
}

/// How wide a piece is without the blank at its end.
size_t least_of(const std::string& piece) {
  return columns_of(std::string_view(piece).substr(0, piece.find_last_not_of(' ') + 1));
}

/// The lines of a cell that has so many columns.
std::vector<std::string> broken(const std::string& cell, size_t columns) {
  std::vector<std::string> lines(1);
  for (const std::string& piece : pieces_of(cell)) {
    if (!lines.back().empty() && columns_of(lines.back()) + least_of(piece) > columns) lines.emplace_back();
    lines.back() += piece;
  }
  for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

}  // namespace

void TextTable::add_row(std::vector<std::string> cells) {
  cells.resize(rows_.front().size());
  rows_.push_back(std::move(cells));
}

std::vector<size_t> TextTable::widths() const {
  std::vector<size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  return widths;
}

size_t TextTable::least_columns() const {
  std::vector<size_t> all = widths();
  size_t last = 0;
  for (const auto& row : rows_)
    for (const std::string& piece : pieces_of(row.back())) last = std::max(last, least_of(piece));
  all.back() = last;
  return std::accumulate(all.begin(), all.end(), size_t{0}) + kCellGap * (all.size() - 1);
}

TextTable::Lines TextTable::draw_row(const std::vector<std::string>& row,
                                     const std::vector<size_t>& widths) const {
  Lines lines;
  std::vector<std::string> cells = row;
  for (const std::string& last : broken(row.back(), widths.back())) {
    cells.back() = last;
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const size_t width = columns_of(cells[i]);
      const std::string padding(widths[i] - std::min(widths[i], width), ' ');
      line += (i > 0 ? std::string(kCellGap, ' ') : "") +
              (left_.contains(i) ? cells[i] + padding : padding + cells[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
    cells.assign(cells.size(), "");
  }
  return lines;
}

std::string TextTable::draw(size_t columns) const {
  std::vector<size_t> shown = widths();
  size_t total = std::accumulate(shown.begin(), shown.end(), size_t{0}) + kCellGap * (shown.size() - 1);
  if (columns > 0 && total > columns) {
    const size_t others = total - shown.back();
    const size_t room = std::max(columns, least_columns()) - others;
    shown.back() = 0;
    for (const auto& row : rows_)
      for (const std::string& line : broken(row.back(), room))
        shown.back() = std::max(shown.back(), columns_of(line));
    total = others + shown.back();
  }
  std::string text;
  for (size_t r = 0; r < rows_.size(); ++r) {
    if (r == 1) text += std::string(total, '-') + "\n";
    for (const std::string& line : draw_row(rows_[r], shown)) text += line + "\n";
  }
  return text;
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100.0 * share); }

}  // namespace tamis

#include "drawing/styled_line.h"

#include "drawing/text_width.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr size_t kPartGap = 2;
/// Less of a text tells nothing.
constexpr size_t kLeastCut = 8;

int sgr_of(TerminalColour colour) {
  switch (colour) {
    case TerminalColour::red:
      return 31;
    case TerminalColour::green:
      return 32;
    case TerminalColour::yellow:
      return 33;
    case TerminalColour::blue:
      return 34;
    case TerminalColour::magenta:
      return 35;
    case TerminalColour::cyan:
      return 36;
    case TerminalColour::grey:
      return 90;
    case TerminalColour::none:
      break;
  }
  return 0;
}

std::string in_colour(std::string_view text, TerminalColour colour, bool colours) {
  if (!colours || colour == TerminalColour::none || text.empty()) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", sgr_of(colour), text);
}

/// The pieces in at most so many columns.
std::string cut(const std::vector<Styled>& pieces, size_t columns, bool colours) {
  std::string text;
  for (const Styled& piece : pieces) {
    const size_t width = columns_of(piece.text);
    if (width > columns) return text + in_colour(cut_to_columns(piece.text, columns), piece.colour, colours);
    text += in_colour(piece.text, piece.colour, colours);
    columns -= width;
  }
  return text;
}

}  // namespace

size_t StyledLine::columns_of_part(const Part& part) {
  size_t columns = 0;
  for (const Styled& piece : part.pieces) columns += columns_of(piece.text);
  return columns;
}

size_t StyledLine::columns() const {
  size_t columns = indent_;
  for (size_t i = 0; i < parts_.size(); ++i) columns += columns_of_part(parts_[i]) + (i > 0 ? kPartGap : 0);
  return columns;
}

std::string StyledLine::draw(size_t columns, bool colours) const {
  if (columns <= indent_ || parts_.empty()) return "";
  std::string text(indent_, ' ');
  size_t left = columns - indent_;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const size_t gap = i > 0 ? kPartGap : 0;
    const size_t width = columns_of_part(part);
    if (gap + width <= left) {
      text += std::string(gap, ' ') + cut(part.pieces, width, colours);
      left -= gap + width;
      continue;
    }
    if (i == 0 || (part.may_be_cut && left >= gap + kLeastCut))
      return text + std::string(gap, ' ') + cut(part.pieces, left - gap, colours);
    if (left >= 2) text += " …";
    return text;
  }
  return text;
}

}  // namespace tamis

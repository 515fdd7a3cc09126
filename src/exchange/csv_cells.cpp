#include "exchange/csv_cells.h"

#include <fmt/format.h>

namespace tamis {
namespace {

/// Walks over a CSV text cell by cell.
class CellReader {
 public:
  CellReader(std::string_view text, const std::string& origin) : text_(text), origin_(origin) {}

  Result<std::vector<CsvRecord>> read() {
    std::vector<CsvRecord> records;
    while (position_ < text_.size()) {
      CsvRecord record{line_, {}};
      TAMIS_TRY(read_record(record));
      records.push_back(std::move(record));
    }
    return records;
  }

 private:
  /// Reads cells up to and with the line's end.
  Status read_record(CsvRecord& record) {
    for (;;) {
      TAMIS_ASSIGN(std::string cell, at('"') ? read_quoted() : read_bare());
      record.cells.push_back(std::move(cell));
      if (skip(",")) continue;
      if (position_ == text_.size() || skip("\r\n") || skip("\n")) break;
      return fail("there is text after a closing quote; a quote inside a cell is written twice");
    }
    ++line_;
    return {};
  }

  Result<std::string> read_bare() {
    const size_t begin = position_;
    position_ = std::min(text_.find_first_of(",\n", begin), text_.size());
    if (at('\n') && position_ > begin && text_[position_ - 1] == '\r') --position_;
    const std::string_view cell = text_.substr(begin, position_ - begin);
    if (cell.find('"') != std::string_view::npos)
      return fail("a cell with a quote in it must be quoted as a whole");
    return std::string(cell);
  }

  Result<std::string> read_quoted() {
    const size_t first_line = line_;
    std::string cell;
    for (++position_; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (c == '\n') ++line_;
      if (c != '"') {
        cell += c;
      } else if (position_ + 1 < text_.size() && text_[position_ + 1] == '"') {
        cell += '"';
        ++position_;
      } else {
        ++position_;
        return cell;
      }
    }
    line_ = first_line;
    return fail("the quote that opens here is never closed; the file may be cut off");
  }

  bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }

  bool skip(std::string_view expected) {
    if (!text_.substr(position_).starts_with(expected)) return false;
    position_ += expected.size();
    return true;
  }

  Error fail(std::string_view what) const {
    return corrupt(fmt::format("{}, line {}: {}", origin_, line_, what));
  }

  std::string_view text_;
  const std::string& origin_;
  size_t position_ = 0;
  size_t line_ = 1;
};

}  // namespace

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

Result<std::vector<CsvRecord>> parse_csv_records(std::string_view text, const std::string& origin) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return CellReader(text, origin).read();
}

}  // namespace tamis

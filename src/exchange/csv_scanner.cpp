#include "exchange/csv_scanner.h"

#include "base/text.h"

#include <algorithm>

namespace tamis {

CsvScanner::CsvScanner(std::string_view text) : text_(text) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
}

bool CsvScanner::next() {
  if (at_ == text_.size()) return false;
  const size_t begin = at_;
  line_ = next_line_;
  cells_.clear();
  unquoted_.clear();
  fault_.clear();
  for (;;) {
    if (!(at_ < text_.size() && text_[at_] == '"' ? read_quoted() : read_bare())) break;
    if (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      continue;
    }
    if (skip_line_end()) return true;
    fail("there is text after a closing quote; a quote inside a cell is written twice");
    break;
  }
  const size_t end = text_.find('\n', begin);
  at_ = end == std::string_view::npos ? text_.size() : end + 1;
  next_line_ = line_ + 1;
  return true;
}

bool CsvScanner::fail(const char* what) {
  fault_ = what;
  return false;
}

bool CsvScanner::skip_line_end() {
  ++next_line_;
  if (at_ == text_.size()) return true;
  if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
  if (text_[at_] != '\n') return false;
  ++at_;
  return true;
}

bool CsvScanner::read_bare() {
  const size_t begin = at_;
  bool quote = false;
  while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') quote |= text_[at_++] == '"';
  if (at_ < text_.size() && text_[at_] == '\n' && at_ > begin && text_[at_ - 1] == '\r') --at_;
  if (quote) return fail("a cell with a quote in it must be quoted as a whole");
  cells_.push_back(text_.substr(begin, at_ - begin));
  return true;
}

bool CsvScanner::read_quoted() {
  const size_t begin = ++at_;
  bool doubled = false;
  for (;; ++at_) {
    at_ = std::min(text_.find('"', at_), text_.size());
    if (at_ == text_.size())
      return fail("the quote that opens here is never closed; the file may be cut off");
    if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') break;
    doubled = true;
    ++at_;
  }
  const std::string_view inside = text_.substr(begin, at_ - begin);
  ++at_;
  next_line_ += static_cast<size_t>(std::count(inside.begin(), inside.end(), '\n'));
  if (!doubled) {
    cells_.push_back(inside);
    return true;
  }
  std::string& cell = unquoted_.emplace_back();
  for (size_t i = 0; i < inside.size(); ++i) {
    cell += inside[i];
    if (inside[i] == '"') ++i;
  }
  cells_.push_back(cell);
  return true;
}

}  // namespace tamis

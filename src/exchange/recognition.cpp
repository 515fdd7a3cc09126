#include "exchange/recognition.h"

#include "exchange/json_walker.h"

#include <algorithm>

namespace tamis {
namespace {

/// Whether a list of T4's rows begins here. Elements that are no objects are left to the reader.
bool holds_rows(std::string_view text) {
  JsonWalker rows(text);
  if (!rows.is_list()) return false;
  if (!rows.next()) return true;  // empty, or cut off
  JsonWalker row(rows.rest());
  if (!row.is_object()) return true;
  while (row.next()) {
    if (row.key() == "kernel" || row.key() == "parameters") return false;  // CLBlast's
    if (row.key() == "configuration" || row.key() == "invalidity") return true;
  }
  return true;
}

}  // namespace

bool looks_like_t4(std::string_view text) {
  JsonWalker walker(text);
  while (walker.is_object() && walker.next()) {
    if (walker.key() == "kernel_family") return false;
    if (walker.key() == "results") return holds_rows(walker.rest());
    // The rows of other tools are not walked over.
    if (walker.key() == "cache" || walker.key() == "history" || walker.key() == "Results") return false;
  }
  return false;
}

bool looks_like_csv(std::string_view text) {
  std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  if (line.starts_with("workload,index")) return true;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find(',', begin), line.size());
    if (line.substr(begin, end - begin) == "verdict") return true;
    begin = end + 1;
  }
  return false;
}

std::string_view first_record(std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (!line.starts_with('#') && line.find_first_not_of(" \t\r") != std::string_view::npos) return line;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return {};
}

bool looks_like_ansor(std::string_view text) {
  JsonWalker record(first_record(text));
  while (record.is_object() && record.next()) {
    if (record.key() != "i") continue;
    // [["[\"matmul\", ...]", target, ...], state]: AutoTVM 0.1 has a target's text at this place.
    JsonWalker input(record.rest());
    if (!input.is_list() || !input.next()) return false;
    JsonWalker task(input.rest());
    return task.is_list() && task.next() && task.rest().starts_with("\"[\\\"");
  }
  return false;
}

}  // namespace tamis

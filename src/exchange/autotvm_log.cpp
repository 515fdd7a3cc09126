#include "exchange/autotvm_log.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

/// Calls `take` with every line and its number, until it says no.
void for_each_line(std::string_view text, const std::function<bool(size_t, std::string_view, bool)>& take) {
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const bool ended = end != std::string_view::npos;
    if (!take(++number, text.substr(0, end), ended)) return;
    text.remove_prefix(ended ? end + 1 : text.size());
  }
}

bool is_record(std::string_view line) {
  return !line.starts_with('#') && line.find_first_not_of(kBlank) != std::string_view::npos;
}

/// The first key of a JSON object that a line begins with; empty where it begins otherwise.
std::string_view first_key(std::string_view line) {
  const size_t brace = line.find_first_not_of(kBlank);
  if (brace == std::string_view::npos || line[brace] != '{') return {};
  const size_t quote = line.find_first_not_of(kBlank, brace + 1);
  if (quote == std::string_view::npos || line[quote] != '"') return {};
  const size_t end = line.find('"', quote + 1);
  return end == std::string_view::npos ? std::string_view() : line.substr(quote + 1, end - quote - 1);
}

}  // namespace

bool looks_like_autotvm(std::string_view text) {
  constexpr std::array<std::string_view, 8> kKeys = {"input",       "config", "result", "version",
                                                     "tvm_version", "i",      "r",      "v"};
  bool found = false;
  for_each_line(text, [&](size_t, std::string_view line, bool) {
    if (!is_record(line)) return true;
    const auto tabs = std::count(line.begin(), line.end(), '\t');
    found = std::find(kKeys.begin(), kKeys.end(), first_key(line)) != kKeys.end() ||
            ((tabs == 3 || tabs == 5) && line.find('{') == std::string_view::npos);
    return false;
  });
  return found;
}

Result<AutotvmLog> read_autotvm_log(std::string_view text, const std::string& origin) {
  AutotvmLog log;
  std::optional<Error> first;
  for_each_line(text, [&](size_t number, std::string_view line, bool ended) {
    if (!is_record(line)) return true;
    auto record = parse_autotvm_record(line);
    if (record.ok()) {
      log.records.push_back(std::move(*record));
      return true;
    }
    if (!first) first = record.error();
    const bool cut_off = !ended && record.error().kind == ErrorKind::corrupt;
    log.skipped.push_back(
        {number, cut_off ? "the last line is cut off: " + record.error().message : record.error().message});
    return true;
  });
  if (!log.records.empty()) return log;
  if (!first) return corrupt(fmt::format("{}: this AutoTVM log has no records", origin));
  return Error{first->kind,
               fmt::format("{}, line {}: {}", origin, log.skipped.front().line, log.skipped.front().reason)};
}

}  // namespace tamis

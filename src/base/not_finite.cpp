#include "base/not_finite.h"

#include "base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The longer ones first, as one may begin with another.
constexpr std::array<std::string_view, 7> kWords = {"-Infinity", "Infinity", "NaN", "-inf",
                                                    "inf",       "-nan",     "nan"};

bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The word that begins here; empty where none does.
std::string_view word_at(std::string_view json, size_t at) {
  if (at > 0 && (in_word(json[at - 1]) || json[at - 1] == '-')) return {};
  for (const std::string_view word : kWords) {
    const size_t end = at + word.size();
    if (json.substr(at).starts_with(word) && (end == json.size() || !in_word(json[end]))) return word;
  }
  return {};
}

/// The text with `quoted(word)` in the place of every word outside strings.
std::string replace_words(std::string_view json, const std::function<std::string(std::string_view)>& quoted) {
  std::string text;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    const bool may_begin = !in_string && (c == '-' || c == 'N' || c == 'I' || c == 'n' || c == 'i');
    if (const std::string_view word = may_begin ? word_at(json, i) : std::string_view(); !word.empty()) {
      text += quoted(word);
      i += word.size() - 1;
      continue;
    }
    if (c == '"') in_string = !in_string;
    text += c;
    if (in_string && c == '\\' && i + 1 < json.size()) text += json[++i];
  }
  return text;
}

// No program writes a string of this beginning, and JSON can hold it.
constexpr std::string_view kMark = "\\u0000number ";
constexpr std::string_view kReadMark("\0number ", 8);

/// Makes numbers of the marked words; false where one stands for a key.
bool unmark(Json& json) {
  if (json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    if (!text.starts_with(kReadMark)) return true;
    if (const std::optional<double> number = parse_any_number(text.substr(kReadMark.size()))) json = *number;
    return true;
  }
  if (json.is_object())
    for (const auto& item : json.items())
      if (item.key().starts_with(kReadMark)) return false;
  for (Json& one : json)
    if ((one.is_structured() || one.is_string()) && !unmark(one)) return false;
  return true;
}

/// What from_chars could not hold: too large, or too small.
double beyond(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t exponent = text.find_first_of("eE");
  const bool small = exponent == std::string_view::npos ? text.starts_with('0') || text.starts_with('.')
                                                        : text.substr(exponent + 1).starts_with('-');
  const double size = small ? 0.0 : std::numeric_limits<double>::infinity();
  return negative ? -size : size;
}

}  // namespace

std::optional<double> parse_any_number(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty() || code == std::errc::invalid_argument)
    return std::nullopt;
  return code == std::errc() ? value : beyond(text);
}

std::string quote_not_finite(std::string_view json) {
  return replace_words(json, [](std::string_view word) { return fmt::format("\"{}\"", word); });
}

Result<Json> parse_python_json(std::string_view text, const std::string& origin) {
  Result<Json> plain = parse_json(text, origin);
  if (plain.ok()) return plain;
  bool found = false;
  const std::string marked = replace_words(text, [&](std::string_view word) {
    found = true;
    return fmt::format("\"{}{}\"", kMark, word);
  });
  if (!found) return plain;
  Result<Json> json = parse_json(marked, origin);
  // The error of the plain text gives the place in what was written.
  if (!json.ok() || !unmark(*json)) return plain;
  return json;
}

}  // namespace tamis

#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// 2^53: a double holds every integer up to here, and not all beyond.
inline constexpr double kExact = 0x1.0p53;

/// What a text in UTF-8 may begin with.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The parts of `text` between separators; an empty text has one empty part.
inline std::vector<std::string> split_text(std::string_view text, char separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator, begin)) {
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.emplace_back(text.substr(begin));
  return parts;
}

/// The first `count` characters (code points of UTF-8) of a text, or all of it.
inline std::string_view first_characters(std::string_view text, size_t count) {
  size_t end = 0;
  for (size_t begun = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (begins && ++begun > count) break;
  }
  return text.substr(0, end);
}

/// A number of things for people: `1 row`, `2 rows`. `noun` is singular; its plural ends in `s`, unless it is
/// given.
inline std::string counted(std::integral auto count, std::string_view noun, std::string_view plural = {}) {
  std::string text = std::to_string(count) + " ";
  if (count == 1) return text.append(noun);
  return plural.empty() ? text.append(noun) + "s" : text.append(plural);
}

/// Whether a text, such as the path of a file, ends in `ending`, which is in small letters, in any case:
/// `T.SVG` ends in `.svg`. ASCII.
inline bool ends_in_any_case(std::string_view text, std::string_view ending) {
  if (text.size() < ending.size()) return false;
  const std::string_view end = text.substr(text.size() - ending.size());
  return std::equal(end.begin(), end.end(), ending.begin(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

/// `GFLOP/s` as `gflop/s`. ASCII.
inline std::string in_small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return small;
}

/// `text` as a decimal integer; nothing when any character is left over or it does not fit.
inline std::optional<int64_t> parse_integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// `text` as a finite decimal number (`-1.5`, `6`, `1e-3`); nothing when any character is left over or it
/// does not fit a double.
inline std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// Levenshtein's edit distance of two short texts.
inline size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

/// How an error message ends after an unknown name: the nearest known one, or all of them when none is near.
inline std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& known) {
  const auto nearest = std::min_element(known.begin(), known.end(), [&](auto a, auto b) {
    return edit_distance(name, a) < edit_distance(name, b);
  });
  if (nearest != known.end() && edit_distance(name, *nearest) <= 1 + name.size() / 4)
    return "; did you mean \"" + std::string(*nearest) + "\"?";
  std::string all;
  for (auto one : known) all += (all.empty() ? "" : ", ") + std::string(one);
  return "; known are: " + all;
}

/// Whether a text may be the name of a function in C: letters, digits and `_`, no digit first, no word of the
/// language, and none of the names that C keeps for itself.
bool is_c_identifier(std::string_view text);

/// The name of a workload as an identifier: whatever is not a letter or digit becomes one `_`. `resnet18.C2`
/// is `resnet18_C2`.
std::string c_identifier(std::string_view workload);

/// The same, with `_2`, `_3`, ... behind it where that is needed to be none of `taken`, to which it is added.
std::string unique_c_identifier(std::string_view workload, std::set<std::string>& taken);

}  // namespace tamis

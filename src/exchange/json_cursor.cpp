#include "exchange/json_cursor.h"

#include "base/not_finite.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr int kDeepest = 200;

constexpr bool is_json_digit(char c) { return c >= '0' && c <= '9'; }

/// What may stand in a number or a word.
constexpr std::array<bool, 256> kInWord = [] {
  std::array<bool, 256> in{};
  for (int c = 0; c < 256; ++c)
    in[static_cast<size_t>(c)] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                 c == '+' || c == '-' || c == '.' || c == '_';
  return in;
}();

/// Whether a character ends a string or is not to be taken as it is in one.
bool is_special(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

/// The top bits of those of eight characters that are special, by the usual trick in which a byte that is 0
/// shows in its top bit. Bytes beyond ASCII count, too, and so may any that stand behind the first one.
uint64_t special_bits(const char* text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kTops = 0x8080808080808080;
  uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  const uint64_t quote = bytes ^ kOnes * '"';
  const uint64_t escape = bytes ^ kOnes * '\\';
  return ((quote - kOnes) | (escape - kOnes) | (bytes - kOnes * 0x20) | bytes) & kTops;
}

/// How many characters stand in front of the first one that has a bit.
int before_first(uint64_t bits) {
  static_assert(std::endian::native == std::endian::little, "the first character is the lowest byte");
  return std::countr_zero(bits) / 8;
}

constexpr std::array<std::string_view, 10> kWordsTaken = {"true",      "false", "null", "NaN",  "Infinity",
                                                          "-Infinity", "nan",   "inf",  "-nan", "-inf"};

bool is_json_word(std::string_view word) {
  return std::find(kWordsTaken.begin(), kWordsTaken.end(), word) != kWordsTaken.end();
}

/// Four hexadecimal digits; nothing where they are others.
std::optional<uint32_t> hex4(std::string_view text) {
  uint32_t value = 0;
  if (text.size() < 4) return std::nullopt;
  const auto [end, code] = std::from_chars(text.data(), text.data() + 4, value, 16);
  if (code != std::errc() || end != text.data() + 4) return std::nullopt;
  return value;
}

void append_utf8(uint32_t point, std::string& out) {
  const auto add = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xc0 | point >> 6);
    add(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    add(0xe0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3f));
    add(0x80 | (point & 0x3f));
  } else {
    add(0xf0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3f));
    add(0x80 | (point >> 6 & 0x3f));
    add(0x80 | (point & 0x3f));
  }
}

/// The character of an escape `\uXXXX`, whose digits begin the text, taken off. Half a pair is U+FFFD, as
/// nothing else could be written in UTF-8.
bool take_unicode(std::string_view& text, std::string& out) {
  constexpr uint32_t kReplacement = 0xfffd;
  std::optional<uint32_t> point = hex4(text);
  if (!point) return false;
  text.remove_prefix(4);
  if (*point >= 0xd800 && *point < 0xe000) {
    const std::optional<uint32_t> low =
        text.starts_with("\\u") ? hex4(text.substr(2)) : std::optional<uint32_t>();
    if (*point < 0xdc00 && low && *low >= 0xdc00 && *low < 0xe000) {
      text.remove_prefix(6);
      point = 0x10000 + ((*point - 0xd800) << 10) + (*low - 0xdc00);
    } else {
      point = kReplacement;
    }
  }
  append_utf8(*point, out);
  return true;
}

/// The inside of a string with its escapes replaced; false for an escape that JSON does not have.
bool unescape(std::string_view text, std::string& out) {
  constexpr std::string_view kEscapes = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  out.clear();
  while (!text.empty()) {
    const size_t plain = std::min(text.find('\\'), text.size());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.size() < 2) return text.empty();
    const char escape = text[1];
    text.remove_prefix(2);
    if (escape == 'u') {
      if (!take_unicode(text, out)) return false;
      continue;
    }
    const size_t which = kEscapes.find(escape);
    if (which == std::string_view::npos) return false;
    out += kMeant[which];
  }
  return true;
}

}  // namespace

std::string JsonCursor::fault() const {
  if (ok()) return "";
  const std::string_view before(begin_, static_cast<size_t>(at_ - begin_));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t column = before.size() - (before.rfind('\n') + 1) + 1;
  return fmt::format("not valid JSON: {} (line {}, column {})", fault_, line, column);
}

bool JsonCursor::fail(const char* what) {
  if (fault_ == nullptr) fault_ = what;
  return false;
}

bool JsonCursor::member(bool& first, std::string_view& key, bool* escaped) {
  char next = peek();
  if (next == '}') {
    ++at_;
    return false;
  }
  if (!std::exchange(first, false)) {
    if (next != ',') return fail("a comma or } is expected");
    ++at_;
    next = peek();
  }
  if (next != '"') return fail("a key in quotes is expected");
  const std::optional<std::string_view> taken = string(key_);
  if (!taken) return false;
  if (peek() != ':') return fail("a colon is expected");
  ++at_;
  key = *taken;
  if (escaped != nullptr) *escaped = taken->data() == key_.data();
  return true;
}

bool JsonCursor::element(bool& first) {
  const char next = peek();
  if (next == ']') {
    ++at_;
    return false;
  }
  if (std::exchange(first, false)) return ok();
  if (next != ',') return fail("a comma or ] is expected");
  ++at_;
  if (peek() == ']') return fail("a value is expected");
  return ok();
}

bool JsonCursor::skip_string(bool& escaped) {
  ++at_;
  for (;;) {
    // Eight characters at a time up to one that ends the string or is special in it.
    while (end_ - at_ >= 8) {
      const uint64_t bits = special_bits(at_);
      at_ += bits == 0 ? 8 : before_first(bits);
      if (bits == 0) continue;
      if (is_special(*at_)) break;
      ++at_;
    }
    while (at_ != end_ && !is_special(*at_)) ++at_;
    if (at_ == end_) return fail("a string is not closed");
    if (*at_ == '"') break;
    if (*at_ != '\\') return fail("a control character stands in a string");
    escaped = true;
    if (end_ - at_ < 2) return fail("a string is not closed");
    at_ += 2;
  }
  ++at_;
  return true;
}

std::optional<std::string_view> JsonCursor::string(std::string& scratch) {
  if (peek() != '"') return std::nullopt;
  const char* begin = at_ + 1;
  bool escaped = false;
  if (!skip_string(escaped)) return std::nullopt;
  const std::string_view inside(begin, static_cast<size_t>(at_ - 1 - begin));
  if (!escaped) return inside;
  if (unescape(inside, scratch)) return std::string_view(scratch);
  fail("a string has an escape that JSON does not know");
  return std::nullopt;
}

/// Takes a number of JSON's grammar; takes nothing where there is another word.
bool JsonCursor::skip_number() {
  const char* p = at_;
  const auto digits = [&] {
    const char* begin = p;
    while (p != end_ && is_json_digit(*p)) ++p;
    return p != begin;
  };
  if (p != end_ && *p == '-') ++p;
  const bool zero = p != end_ && *p == '0';
  const char* whole = p;
  if (!digits() || (zero && p - whole > 1)) return false;
  if (p != end_ && *p == '.') {
    ++p;
    if (!digits()) return false;
  }
  if (p != end_ && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end_ && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return false;
  }
  if (p != end_ && kInWord[static_cast<unsigned char>(*p)]) return false;
  at_ = p;
  return true;
}

bool JsonCursor::skip_word() {
  if (skip_number()) return true;
  const char* begin = at_;
  while (at_ != end_ && kInWord[static_cast<unsigned char>(*at_)]) ++at_;
  const std::string_view word(begin, static_cast<size_t>(at_ - begin));
  if (is_json_word(word)) return true;
  at_ = begin;
  return fail("a value is expected");
}

bool JsonCursor::skip(int depth) {
  if (depth > kDeepest) return fail("it is nested too deeply");
  bool first = true;
  bool escaped = false;
  switch (peek()) {
    case '{':
      ++at_;
      while (true) {
        const char next = peek();
        if (next == '}') break;
        if (!std::exchange(first, false)) {
          if (next != ',') return fail("a comma or } is expected");
          ++at_;
        }
        if (peek() != '"') return fail("a key in quotes is expected");
        if (!skip_string(escaped)) return false;
        if (peek() != ':') return fail("a colon is expected");
        ++at_;
        if (!skip(depth + 1)) return false;
      }
      ++at_;
      return true;
    case '[':
      ++at_;
      while (element(first))
        if (!skip(depth + 1)) return false;
      return ok();
    case '"':
      return skip_string(escaped);
    default:
      return skip_word();
  }
}

std::string_view JsonCursor::bracketed() {
  if (const char next = peek(); next != '[' && next != '{') return {};
  const char* begin = at_;
  int depth = 0;
  bool escaped = false;
  while (at_ != end_) {
    const char c = *at_;
    if (c == '"') {
      if (!skip_string(escaped)) return {};
      continue;
    }
    ++at_;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return {begin, static_cast<size_t>(at_ - begin)};
  }
  fail("a bracket is not closed");
  return {};
}

std::string_view JsonCursor::raw() {
  (void)peek();
  const char* begin = at_;
  if (!skip(0)) return {};
  return {begin, static_cast<size_t>(at_ - begin)};
}

std::optional<double> json_number(std::string_view raw) {
  if (raw.empty() || raw.front() == '"') return std::nullopt;
  return parse_any_number(raw);
}

bool is_json_integer(std::string_view raw) {
  if (raw.starts_with('-')) raw.remove_prefix(1);
  return !raw.empty() && std::all_of(raw.begin(), raw.end(), is_json_digit);
}

std::optional<std::string> json_string(std::string_view raw) {
  JsonCursor cursor(raw);
  std::string scratch;
  const std::optional<std::string_view> text = cursor.string(scratch);
  if (!text) return std::nullopt;
  return std::string(*text);
}

}  // namespace tamis

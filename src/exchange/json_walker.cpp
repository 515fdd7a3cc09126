#include "exchange/json_walker.h"

#include "base/json.h"
#include "base/not_finite.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace tamis {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// The top bits of those of eight characters that close a string or escape one: a byte that is 0 shows in its
/// top bit. Bytes beyond ASCII count, too, and so may any that stand behind the first one.
uint64_t quote_bits(const char* text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kTops = 0x8080808080808080;
  uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  const uint64_t quote = bytes ^ kOnes * '"';
  const uint64_t escape = bytes ^ kOnes * '\\';
  return ((quote - kOnes) | (escape - kOnes) | bytes) & kTops;
}

/// Behind the quote that closes the string which begins at `at`; nothing where the text ends before.
std::optional<size_t> end_of_string(std::string_view text, size_t at) {
  static_assert(std::endian::native == std::endian::little, "the first character is the lowest byte");
  for (++at; at < text.size();) {
    if (text.size() - at >= 8) {
      const uint64_t bits = quote_bits(text.data() + at);
      at += bits == 0 ? 8 : static_cast<size_t>(std::countr_zero(bits)) / 8;
      if (bits == 0) continue;
    }
    if (text[at] == '"') return at + 1;
    at += text[at] == '\\' ? 2 : 1;
  }
  return std::nullopt;
}

/// What opens and closes values within a list or an object.
constexpr std::array<bool, 256> kOpensOrCloses = [] {
  std::array<bool, 256> in{};
  for (const char c : {'"', '{', '}', '[', ']'}) in[static_cast<size_t>(c)] = true;
  return in;
}();

std::optional<size_t> end_of_container(std::string_view text, size_t at) {
  size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      const std::optional<size_t> end = end_of_string(text, at);
      if (!end) return std::nullopt;
      at = *end;
    } else {
      ++at;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return at;
    }
    while (at < text.size() && !kOpensOrCloses[static_cast<unsigned char>(text[at])]) ++at;
  }
  return std::nullopt;
}

/// Behind the value that begins at `at`. A number or a word that the text ends with may go on.
std::optional<size_t> end_of_value(std::string_view text, size_t at) {
  if (at >= text.size()) return std::nullopt;
  if (text[at] == '"') return end_of_string(text, at);
  if (text[at] == '{' || text[at] == '[') return end_of_container(text, at);
  const size_t end = text.find_first_of(",]} \t\r\n", at);
  if (end == std::string_view::npos) return std::nullopt;
  return end;
}

/// How many members the objects in a text have; nothing where it may be nested deeper than parsers allow.
std::optional<size_t> count_members(std::string_view text) {
  constexpr size_t kMostBrackets = 200;
  size_t members = 0, brackets = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      const std::optional<size_t> end = end_of_string(text, i);
      if (!end) return std::nullopt;
      i = *end - 1;
    }
    members += c == ':' ? 1 : 0;
    brackets += c == '{' || c == '[' ? 1 : 0;
  }
  return brackets <= kMostBrackets ? std::optional(members) : std::nullopt;
}

size_t count_members(const Json& json) {
  size_t members = json.is_object() ? json.size() : 0;
  if (json.is_structured())
    for (const Json& one : json) members += count_members(one);
  return members;
}

}  // namespace

JsonWalker::JsonWalker(std::string_view text) : text_(text) {
  skip_blanks();
  if (position_ < text_.size() && (text_[position_] == '{' || text_[position_] == '['))
    open_ = text_[position_++];
  ended_ = open_ == 0;
}

void JsonWalker::skip_blanks() {
  const size_t next = text_.find_first_not_of(kBlanks, position_);
  position_ = next == std::string_view::npos ? text_.size() : next;
}

bool JsonWalker::fail(bool cut_off) {
  ended_ = true;
  has_value_ = false;
  (cut_off ? cut_off_ : damaged_) = true;
  return false;
}

bool JsonWalker::read_key() {
  if (text_[position_] != '"') return fail(false);
  const std::optional<size_t> end = end_of_string(text_, position_);
  if (!end) return fail(true);
  key_ = text_.substr(position_ + 1, *end - position_ - 2);
  position_ = *end;
  skip_blanks();
  if (position_ == text_.size()) return fail(true);
  if (text_[position_++] != ':') return fail(false);
  skip_blanks();
  return position_ < text_.size() || fail(true);
}

bool JsonWalker::next() {
  if (has_value_) static_cast<void>(value());
  if (ended_) return false;
  if (has_value_) position_ = *value_end_;
  has_value_ = false;
  skip_blanks();
  if (position_ == text_.size()) return fail(true);
  const char closing = open_ == '{' ? '}' : ']';
  if (!first_ && text_[position_] == ',') {
    ++position_;
    skip_blanks();
    if (position_ == text_.size()) return fail(true);
  } else if (!first_ && text_[position_] != closing) {
    return fail(false);
  }
  if (text_[position_] == closing) {
    ended_ = true;
    return false;
  }
  first_ = false;
  if (is_object() && !read_key()) return false;
  value_ = position_;
  value_end_.reset();
  has_value_ = true;
  return true;
}

std::string_view JsonWalker::value() {
  if (!has_value_) return {};
  if (!value_end_) value_end_ = end_of_value(text_, value_);
  if (!value_end_) {
    fail(true);
    return {};
  }
  if (*value_end_ == value_) {
    fail(false);
    return {};
  }
  return text_.substr(value_, *value_end_ - value_);
}

std::map<std::string, std::string_view> json_members(std::string_view text) {
  std::map<std::string, std::string_view> members;
  JsonWalker walker(text);
  while (walker.next()) {
    const std::string_view rest = walker.rest();
    const std::string_view value = walker.value();
    members[std::string(walker.key())] = walker.is_cut_off() ? rest : value;
  }
  return members;
}

Result<Json> parse_row(std::string_view text) {
  if (const std::optional<size_t> members = count_members(text)) {
    Json json = Json::parse(text, nullptr, false);
    // Of a key that occurs twice only one is left.
    if (!json.is_discarded() && count_members(json) == *members) return json;
  }
  return parse_python_json(text, "the row");
}

std::string json_text_of(const std::map<std::string, std::string_view>& members, const std::string& key) {
  const auto member = members.find(key);
  if (member == members.end() || member->second.size() > 10'000) return "";
  const Result<Json> json = parse_python_json(member->second, key);
  if (!json.ok()) return "";
  if (json->is_string()) return json->get<std::string>();
  const bool listed = json->is_array() && !json->empty() && json->front().is_string();
  return listed ? json->front().get<std::string>() : "";
}

}  // namespace tamis

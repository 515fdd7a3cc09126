#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tamis {

/// Walks over a JSON text once, from value to value, without making a document of it: for files of millions
/// of rows. It takes what Python's json.dumps writes, `NaN`, `Infinity` and `-Infinity` among the numbers,
/// and the `nan` and `inf` of C's printf.
///
///     bool first = true;
///     std::string_view key;
///     if (cursor.enter('{'))
///       while (cursor.member(first, key)) ... one call that takes the value ...
///
/// Every call first skips blanks. The first fault ends the walk: all calls then fail, and ok() says so. The
/// text must outlive the cursor and every view that it gives. Copies walk on their own.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

  bool ok() const { return fault_ == nullptr; }
  /// What is wrong and where: `not valid JSON: a value is expected (line 3, column 7)`.
  std::string fault() const;
  /// The next character that is not blank, not taken; NUL at the end.
  char peek() {
    if (fault_ != nullptr) return '\0';
    while (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ' && is_blank(*at_)) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }
  /// Whether nothing but blanks is left; takes them.
  bool at_end() { return peek() == '\0' && at_ == end_; }

  /// Takes an opening bracket. Fails, without a fault, where another value begins.
  bool enter(char bracket) {
    if (peek() != bracket) return false;
    ++at_;
    return true;
  }
  /// Takes the next key with its colon, or the closing bracket, which gives false. `first` is true before the
  /// first member and is kept up to date. The key is good until the next call of member on a key with
  /// escapes; `escaped`, where it is given, becomes whether it has any.
  bool member(bool& first, std::string_view& key, bool* escaped = nullptr);
  /// Comes to the next element of a list, or takes the closing bracket, which gives false.
  bool element(bool& first);
  /// Takes a string, its escapes replaced, in `scratch` where it has any. Without a fault, nothing where
  /// another value begins.
  std::optional<std::string_view> string(std::string& scratch);
  /// Takes any value and gives it as it stands in the text; empty after a fault.
  std::string_view raw();
  /// The same for a list or an object whose inside need not be JSON, only its strings and brackets be closed:
  /// for one that is compared with a text which is known to be. Without a fault, empty where another value
  /// begins.
  std::string_view bracketed();

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
  bool fail(const char* what);
  bool skip(int depth);
  bool skip_string(bool& escaped);
  bool skip_number();
  bool skip_word();

  const char* begin_;
  const char* at_;
  const char* end_;
  const char* fault_ = nullptr;
  std::string key_;
};

/// The number that a raw value is, a word for one that is not finite and one too large for a double among
/// them; nothing for another value. Thread safe.
std::optional<double> json_number(std::string_view raw);
/// Whether a raw value is written as an integer: digits and a sign.
bool is_json_integer(std::string_view raw);
/// The string that a raw value is; nothing for another value. Thread safe.
std::optional<std::string> json_string(std::string_view raw);

}  // namespace tamis

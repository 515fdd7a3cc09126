#pragma once

#include "space/python/value.h"
#include "tamis/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::expression {

enum class TokenKind {
  number,  ///< `12`, `0x10`, `0b11`, `1.5e3`
  text,    ///< in single or double quotes
  name,    ///< a word that is not a keyword, or anything in backquotes
  symbol,  ///< an operator, a bracket, a comma, a colon or a keyword: `<=`, `and`
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  size_t position = 0;   ///< of its first byte in the text
  std::string text;      ///< of a name or text without its quotes; of C's `&&`, `||` Python's word
  bool quoted = false;   ///< a name in backquotes, which is never a function
  python::Value number;  ///< of a number
};

/// An error about a formula: what is wrong, and below it the text with a caret under `position`. Of a long
/// text only the neighbourhood is shown; bytes that are not printable appear as `?`.
Error expression_error(std::string_view text, size_t position, std::string_view what);

/// The tokens of a formula, the last one of kind end; a comment, from `#` to the end of its line, is none.
/// Errors: invalid_input for a character that starts no token, an open quote, a number that cannot be read or
/// does not fit 128 bits, a text longer than 64 KiB.
Result<std::vector<Token>> tokenize(std::string_view text);

/// Whether the word is one of the language: `and`, `or`, `not`, `in`, `if`, `else`, `for`, `lambda`, `is`,
/// `True`, `False`, `None`.
bool is_keyword(std::string_view word);
/// Whether the text is a plain word: letters, digits, `_`, `.` and bytes beyond ASCII, not beginning with a
/// digit or a dot.
bool is_word(std::string_view text);

/// Counts in `depth` how deep a recursion is, as long as it lives: what keeps nested text from exhausting the
/// stack.
class NestingLevel {
 public:
  explicit NestingLevel(int& depth) : depth_(++depth) {}
  NestingLevel(const NestingLevel&) = delete;
  NestingLevel& operator=(const NestingLevel&) = delete;
  ~NestingLevel() { --depth_; }

 private:
  int& depth_;
};

}  // namespace tamis::expression

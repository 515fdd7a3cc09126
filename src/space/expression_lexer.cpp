#include "space/expression_lexer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace tamis::expression {
namespace {

constexpr size_t kLongestExpression = 65536;

// Longer ones first, so that `<=` is not read as `<`.
constexpr std::array<std::string_view, 31> kSymbols = {
    "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "<", ">", "+", "-", "*", "/",
    "%",  "(",  ")",  "[",  "]",  "{",  "}",  ",",  ":",  "!",  "=", "&", "|", "^", "~"};
constexpr std::array<std::string_view, 12> kKeywords = {"and", "or",     "not", "in",   "if",    "else",
                                                        "for", "lambda", "is",  "True", "False", "None"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_word(char c) { return begins_word(c) || is_digit(c) || c == '.'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    if (text_.size() > kLongestExpression)
      return invalid_input(fmt::format("a constraint of {} bytes is too long; at most {} are read",
                                       text_.size(), kLongestExpression));
    std::vector<Token> tokens;
    for (;;) {
      skip_blanks();
      TAMIS_ASSIGN(Token token, next());
      tokens.push_back(std::move(token));
      if (tokens.back().kind == TokenKind::end) return tokens;
    }
  }

 private:
  void skip_blanks() {
    for (; position_ < text_.size(); ++position_) {
      if (text_[position_] == '#')
        position_ = std::min(text_.find('\n', position_), text_.size());
      else if (!is_blank(text_[position_]))
        return;
      if (position_ == text_.size()) return;
    }
  }

  Result<Token> next() {
    Token token;
    token.position = position_;
    if (position_ == text_.size()) return token;
    const char c = text_[position_];
    if (is_digit(c) || (c == '.' && position_ + 1 < text_.size() && is_digit(text_[position_ + 1])))
      return number(std::move(token));
    if (c == '\'' || c == '"' || c == '`') return quoted(std::move(token), c);
    if (begins_word(c)) return word(std::move(token));
    return symbol(std::move(token));
  }

  /// `0x10`, `0o17`, `0b11`; of a decimal number 10.
  int base_here() const {
    if (text_[position_] != '0' || position_ + 1 == text_.size()) return 10;
    const char letter = text_[position_ + 1];
    if (letter == 'x' || letter == 'X') return 16;
    if (letter == 'o' || letter == 'O') return 8;
    return letter == 'b' || letter == 'B' ? 2 : 10;
  }

  Result<Token> number(Token token) {
    const int base = base_here();
    const size_t begin = position_ + (base == 10 ? 0 : 2);
    size_t end = begin;
    while (end < text_.size() &&
           (is_digit(text_[end]) || (base == 16 && std::isxdigit(static_cast<unsigned char>(text_[end])))))
      ++end;
    const std::string_view digits = text_.substr(begin, end - begin);
    token.kind = TokenKind::number;
    if (base == 10 && end < text_.size() &&
        std::string_view(".eE").find(text_[end]) != std::string_view::npos) {
      double value = 0.0;
      const auto parsed = std::from_chars(text_.data() + begin, text_.data() + text_.size(), value);
      if (parsed.ec != std::errc{}) return error("this number cannot be read");
      end = static_cast<size_t>(parsed.ptr - text_.data());
      token.number = python::Value(value);
    } else {
      const python::OptionalWide whole = python::parse_wide(digits, base);
      if (!whole && !digits.empty()) return error("this number cannot be read; integers may have 127 bits");
      if (base == 10 && digits.size() > 1 && digits[0] == '0' &&
          digits.find_first_not_of('0') != std::string_view::npos)
        return error(
            "this number cannot be read: Python allows no zeros before an integer; octal ones begin with 0o");
      token.number = python::Value(whole.value_or(0));
    }
    if ((digits.empty() && base != 10) || (end < text_.size() && continues_word(text_[end])))
      return error("a number ends in the middle of a word; put a blank or an operator between them");
    return finish(std::move(token), end);
  }

  Result<Token> quoted(Token token, char quote) {
    size_t at = position_ + 1;
    for (; at < text_.size() && text_[at] != quote; ++at) {
      if (text_[at] != '\\' || at + 1 == text_.size()) {
        token.text += text_[at];
        continue;
      }
      const std::optional<char> meant = escaped(text_[++at], quote);
      if (!meant)
        return error(fmt::format("`\\{}` in a text is not read; `\\\\` is one `\\`", text_.substr(at, 1)));
      token.text += *meant;
    }
    if (at >= text_.size()) return error("this quote is never closed");
    token.kind = quote == '`' ? TokenKind::name : TokenKind::text;
    token.quoted = true;
    return finish(std::move(token), at + 1);
  }

  /// What `\` and this character mean in a text; nothing for what Python keeps or reads further.
  static std::optional<char> escaped(char c, char quote) {
    switch (c) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'r':
        return '\r';
      case '\\':
      case '\'':
      case '"':
        return c;
      default:
        if (c == '`' && quote == '`') return c;
        return std::nullopt;
    }
  }

  Result<Token> word(Token token) {
    size_t at = position_;
    while (at < text_.size() && continues_word(text_[at])) ++at;
    token.text = std::string(text_.substr(position_, at - position_));
    token.kind = is_keyword(token.text) ? TokenKind::symbol : TokenKind::name;
    return finish(std::move(token), at);
  }

  Result<Token> symbol(Token token) {
    const std::string_view rest = text_.substr(position_);
    const auto found = std::find_if(kSymbols.begin(), kSymbols.end(),
                                    [&](std::string_view one) { return rest.starts_with(one); });
    if (found == kSymbols.end()) return error("a formula has no such character");
    if (*found == "=") return error("`=` gives a value; to compare write `==`");
    token.kind = TokenKind::symbol;
    token.text = *found == "&&" ? "and" : *found == "||" ? "or" : std::string(*found);
    return finish(std::move(token), position_ + found->size());
  }

  Error error(std::string_view what) const { return expression_error(text_, position_, what); }

  Result<Token> finish(Token token, size_t end) {
    position_ = end;
    return token;
  }

  std::string_view text_;
  size_t position_ = 0;
};

}  // namespace

Error expression_error(std::string_view text, size_t position, std::string_view what) {
  constexpr size_t kShown = 50;  // bytes on each side of the place
  position = std::min(position, text.size());
  const size_t begin = position > kShown ? position - kShown : 0;
  std::string line = begin > 0 ? "..." : "";
  const size_t caret = line.size() + (position - begin);
  for (const char c : text.substr(begin, position - begin + kShown))
    line += c >= ' ' && c <= '~' ? c : is_blank(c) ? ' ' : '?';
  if (position + kShown < text.size()) line += "...";
  return invalid_input(fmt::format("{}\n  {}\n  {}^", what, line, std::string(caret, ' ')));
}

Result<std::vector<Token>> tokenize(std::string_view text) { return Lexer(text).run(); }

bool is_keyword(std::string_view word) {
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

bool is_word(std::string_view text) {
  return !text.empty() && begins_word(text.front()) && std::all_of(text.begin(), text.end(), continues_word);
}

}  // namespace tamis::expression

#include "space/expression_lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace tamis::expression {
namespace {

constexpr size_t kLongestExpression = 65536;

// Longer ones first, so that `<=` is not read as `<`.
constexpr std::array<std::string_view, 26> kSymbols = {"**", "//", "<=", ">=", "==", "!=", "&&", "||", "<",
                                                       ">",  "+",  "-",  "*",  "/",  "%",  "(",  ")",  "[",
                                                       "]",  ",",  "!",  "=",  "&",  "|",  "^",  "~"};
constexpr std::array<std::string_view, 6> kKeywords = {"and", "or", "not", "in", "True", "False"};

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
      while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
      TAMIS_ASSIGN(Token token, next());
      tokens.push_back(std::move(token));
      if (tokens.back().kind == TokenKind::end) return tokens;
    }
  }

 private:
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

  Result<Token> number(Token token) {
    const char* begin = text_.data() + position_;
    const char* end = text_.data() + text_.size();
    const bool hexadecimal = end - begin > 2 && begin[0] == '0' && (begin[1] == 'x' || begin[1] == 'X');
    const char* digits = hexadecimal ? begin + 2 : begin;
    int64_t whole = 0;
    auto parsed = std::from_chars(digits, end, whole, hexadecimal ? 16 : 10);
    token.number = Number::from_whole(whole);
    const bool real = !hexadecimal && parsed.ptr != end &&
                      std::string_view(".eE").find(*parsed.ptr) != std::string_view::npos;
    if (real || (!hexadecimal && parsed.ec == std::errc::result_out_of_range)) {
      double value = 0.0;
      parsed = std::from_chars(begin, end, value);
      token.number = Number::from_real(value);
    }
    if (parsed.ec != std::errc{} || parsed.ptr == digits) return error("this number cannot be read");
    if (parsed.ptr != end && continues_word(*parsed.ptr))
      return error("a number ends in the middle of a word; put a blank or an operator between them");
    token.kind = TokenKind::number;
    return finish(std::move(token), static_cast<size_t>(parsed.ptr - text_.data()));
  }

  Result<Token> quoted(Token token, char quote) {
    size_t at = position_ + 1;
    for (; at < text_.size() && text_[at] != quote; ++at) {
      if (text_[at] == '\\' && at + 1 < text_.size()) ++at;
      token.text += text_[at];
    }
    if (at >= text_.size()) return error("this quote is never closed");
    token.kind = quote == '`' ? TokenKind::name : TokenKind::text;
    token.quoted = true;
    return finish(std::move(token), at + 1);
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
    if (*found == "&" || *found == "|" || *found == "^" || *found == "~")
      return error("a formula has no operators on bits; for booleans write `and`, `or`, `not`");
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

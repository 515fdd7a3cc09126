#include "space/python/parser.h"

#include "base/text.h"
#include "space/expression_lexer.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tamis::python {
namespace {

using expression::NestingLevel;
using expression::Token;
using expression::TokenKind;

constexpr int kDeepest =
    100;  // levels of brackets, signs and `not`; keeps recursion far from the stack's end

constexpr std::array<const char*, 20> kSymbolsOfOperators = {
    "+", "-", "*", "/",  "//", "%",  "**", "<<", ">>", "&",
    "^", "|", "<", "<=", ">",  ">=", "==", "!=", "in", "not in"};

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  Result<Formula> run() {
    Formula formula;
    if (accept("lambda")) {
      TAMIS_ASSIGN(formula.parameters, parameters());
    }
    TAMIS_ASSIGN(formula.root, conditional());
    if (peek().kind != TokenKind::end)
      return error(fmt::format("the formula should end before {}", describe(peek())));
    return formula;
  }

 private:
  using Rule = Result<Syntax> (Parser::*)();

  Result<std::vector<std::string>> parameters() {
    std::vector<std::string> names;
    do {
      if (peek().kind != TokenKind::name) return error("a parameter of the lambda is expected");
      names.push_back(tokens_[next_++].text);
    } while (accept(","));
    if (!accept(":")) return error("`:` is expected behind the parameters of a lambda");
    return names;
  }

  Result<Syntax> conditional() {
    TAMIS_ASSIGN(Syntax value, disjunction());
    if (!is("if")) return value;
    const NestingLevel level(depth_);
    TAMIS_TRY(check_depth());
    Syntax choice = node(Form::conditional);
    ++next_;
    TAMIS_ASSIGN(Syntax condition, disjunction());
    if (!accept("else")) return error(fmt::format("`else` is expected, not {}", describe(peek())));
    TAMIS_ASSIGN(Syntax otherwise, conditional());
    choice.parts.push_back(std::move(condition));
    choice.parts.push_back(std::move(value));
    choice.parts.push_back(std::move(otherwise));
    return choice;
  }

  Result<Syntax> disjunction() { return junction("or", Form::disjunction, &Parser::conjunction); }
  Result<Syntax> conjunction() { return junction("and", Form::conjunction, &Parser::negation); }

  Result<Syntax> junction(std::string_view word, Form form, Rule operand) {
    TAMIS_ASSIGN(Syntax first, (this->*operand)());
    if (!is(word)) return first;
    Syntax all = node(form);
    all.parts.push_back(std::move(first));
    while (accept(word)) {
      TAMIS_ASSIGN(Syntax part, (this->*operand)());
      all.parts.push_back(std::move(part));
    }
    return all;
  }

  Result<Syntax> negation() {
    const NestingLevel level(depth_);
    TAMIS_TRY(check_depth());
    if (!is("not")) return comparison();
    return unary(Form::negation, &Parser::negation);
  }

  Result<Syntax> comparison() {
    TAMIS_ASSIGN(Syntax left, bits_or());
    std::optional<Operator> operation = comparison_here();
    if (is("is")) return error("`is` is not read; to compare write `==`");
    if (!operation) return left;
    Syntax chain = node(Form::comparison);
    chain.parts.push_back(std::move(left));
    for (; operation; operation = comparison_here()) {
      if (!chain.operators.empty() && is_membership(chain.operators.back()))
        return error("what follows `in (...)` cannot be compared further; put it in parentheses");
      chain.operators.push_back(*operation);
      next_ += *operation == Operator::not_in ? 2 : 1;
      TAMIS_ASSIGN(Syntax right, bits_or());
      chain.parts.push_back(std::move(right));
    }
    if (is("is")) return error("`is` is not read; to compare write `==`");
    return chain;
  }

  static bool is_membership(Operator operation) {
    return operation == Operator::in || operation == Operator::not_in;
  }

  std::optional<Operator> comparison_here() const {
    if (is("not") && is("in", 1)) return Operator::not_in;
    for (const Operator one : {Operator::less, Operator::less_equal, Operator::greater,
                               Operator::greater_equal, Operator::equal, Operator::not_equal, Operator::in})
      if (is(symbol_of(one))) return one;
    return std::nullopt;
  }

  Result<Syntax> bits_or() { return arithmetic({Operator::bit_or}, &Parser::bits_xor); }
  Result<Syntax> bits_xor() { return arithmetic({Operator::bit_xor}, &Parser::bits_and); }
  Result<Syntax> bits_and() { return arithmetic({Operator::bit_and}, &Parser::shift); }
  Result<Syntax> shift() { return arithmetic({Operator::shift_left, Operator::shift_right}, &Parser::sum); }
  Result<Syntax> sum() { return arithmetic({Operator::add, Operator::subtract}, &Parser::term); }
  Result<Syntax> term() {
    return arithmetic({Operator::multiply, Operator::divide, Operator::floor_divide, Operator::modulo},
                      &Parser::factor);
  }

  Result<Syntax> arithmetic(std::initializer_list<Operator> operators, Rule operand) {
    TAMIS_ASSIGN(Syntax first, (this->*operand)());
    const auto here = [&] {
      return std::find_if(operators.begin(), operators.end(),
                          [&](Operator one) { return is(symbol_of(one)); });
    };
    const auto* operation = here();
    if (operation == operators.end()) return first;
    Syntax chain = node(Form::arithmetic);
    chain.parts.push_back(std::move(first));
    for (; operation != operators.end(); operation = here()) {
      ++next_;
      chain.operators.push_back(*operation);
      TAMIS_ASSIGN(Syntax part, (this->*operand)());
      chain.parts.push_back(std::move(part));
    }
    return chain;
  }

  Result<Syntax> factor() {
    const NestingLevel level(depth_);
    TAMIS_TRY(check_depth());
    if (is("-")) return unary(Form::negative, &Parser::factor);
    if (is("+")) return unary(Form::positive, &Parser::factor);
    if (is("~")) return unary(Form::inverted, &Parser::factor);
    if (is("!")) return unary(Form::negation, &Parser::factor);
    return power();
  }

  Result<Syntax> unary(Form form, Rule operand) {
    Syntax one = node(form);
    ++next_;
    TAMIS_ASSIGN(Syntax part, (this->*operand)());
    one.parts.push_back(std::move(part));
    return one;
  }

  /// Binds tighter than a sign before it and looser than one behind: -2 ** -1 is -(2 ** (-1)).
  Result<Syntax> power() {
    TAMIS_ASSIGN(Syntax base, subscripted());
    if (!is("**")) return base;
    Syntax all = node(Form::arithmetic);
    ++next_;
    TAMIS_ASSIGN(Syntax exponent, factor());
    all.operators.push_back(Operator::power);
    all.parts.push_back(std::move(base));
    all.parts.push_back(std::move(exponent));
    return all;
  }

  Result<Syntax> subscripted() {
    TAMIS_ASSIGN(Syntax value, atom());
    for (int subscripts = 0; is("["); ++subscripts) {
      if (depth_ + subscripts > kDeepest) return error("the formula is nested too deeply");
      Syntax one = node(Form::subscript);
      ++next_;
      one.parts.push_back(std::move(value));
      TAMIS_TRY(subscript(one));
      value = std::move(one);
    }
    return value;
  }

  Status subscript(Syntax& one) {
    for (int bounds = 0;; ++bounds) {
      Syntax bound = node(Form::constant);
      if (!is(":") && !is("]")) {
        TAMIS_ASSIGN(bound, conditional());
      } else if (is("]") && bounds == 0) {
        return error(fmt::format("an index is expected, not {}", describe(peek())));
      }
      one.parts.push_back(std::move(bound));
      if (bounds < 2 && accept(":")) {
        one.form = Form::slice;
        continue;
      }
      if (!accept("]")) return error("`]` is expected");
      break;
    }
    if (one.form == Form::slice)
      while (one.parts.size() < 4) one.parts.push_back(node(Form::constant));
    return {};
  }

  Result<Syntax> atom() {
    const Token& token = peek();
    Syntax one = node(Form::constant);
    if (token.kind == TokenKind::number || token.kind == TokenKind::text) {
      one.constant = token.kind == TokenKind::number ? token.number : Value(token.text);
      ++next_;
      return one;
    }
    if (is("True") || is("False") || is("None")) {
      if (!is("None")) one.constant = Value(is("True"));
      ++next_;
      return one;
    }
    if (is("(") || is("[") || is("{")) return display();
    if (is("lambda")) return error("a lambda must stand at the beginning of a formula");
    if (token.kind != TokenKind::name)
      return error(fmt::format("a value is expected, not {}", describe(token)));
    one.form = Form::name;
    one.name = token.text;
    ++next_;
    if (token.quoted || !is("(")) return one;
    one.form = Form::call;
    return arguments(std::move(one));
  }

  /// A list, a tuple, a set, a comprehension or a value in parentheses.
  Result<Syntax> display() {
    const std::string open = peek().text;
    const std::string_view closing = open == "(" ? ")" : open == "[" ? "]" : "}";
    Syntax all = node(open == "(" ? Form::tuple : open == "[" ? Form::list : Form::set);
    const std::optional<size_t> loop = loop_ahead(next_ + 1);
    ++next_;
    bool comma = false;
    while (!is(closing)) {
      TAMIS_ASSIGN(Syntax element, conditional());
      if (is("for") && all.parts.empty()) return comprehension(std::move(element), closing);
      if (loop) return error(fmt::format("`for` is expected, not {}", describe(peek())));
      if (is(":")) return error("a dictionary is not read");
      comma = accept(",");
      if (!comma && !is(closing)) return error(fmt::format("`,` or `{}` is expected", closing));
      if (open == "(" && !comma && all.parts.empty()) {
        ++next_;
        return element;
      }
      all.parts.push_back(std::move(element));
    }
    if (open == "{" && all.parts.empty()) return error("`{}` is a dictionary, which is not read");
    ++next_;
    return all;
  }

  /// Where the `for` of this bracket stands, if it has one.
  std::optional<size_t> loop_ahead(size_t from) const {
    int depth = 0;
    for (size_t at = from; at < tokens_.size() && depth >= 0; ++at) {
      const Token& token = tokens_[at];
      if (token.kind != TokenKind::symbol) continue;
      if (depth == 0 && token.text == "for") return at;
      if (token.text == "]" || token.text == ")" || token.text == "}") --depth;
      if (token.text == "[" || token.text == "(" || token.text == "{") ++depth;
      if (depth == 0 && token.text == ",") return std::nullopt;
    }
    return std::nullopt;
  }

  Result<Syntax> comprehension(Syntax element, std::string_view closing) {
    Syntax all = node(Form::comprehension);
    all.is_set = closing == "}";
    all.parts.push_back(std::move(element));
    while (is("for") || is("if")) {
      const bool loop = is("for");
      Syntax clause = node(loop ? Form::for_clause : Form::if_clause);
      ++next_;
      if (loop) {
        if (peek().kind != TokenKind::name) return error("the name of a variable is expected after `for`");
        clause.name = tokens_[next_++].text;
        if (!accept("in")) return error("`in` is expected");
      }
      TAMIS_ASSIGN(Syntax part, disjunction());
      clause.parts.push_back(std::move(part));
      all.parts.push_back(std::move(clause));
      if (all.parts.size() > kDeepest) return error("the formula is nested too deeply");
    }
    if (peek().kind == TokenKind::end) return error("a bracket is never closed");
    if (!accept(closing)) return error(fmt::format("`{}` is expected, not {}", closing, describe(peek())));
    return all;
  }

  Result<Syntax> arguments(Syntax call) {
    ++next_;
    while (!is(")")) {
      TAMIS_ASSIGN(Syntax argument, conditional());
      if (is("for") && call.parts.empty()) {
        TAMIS_ASSIGN(Syntax generated, comprehension(std::move(argument), ")"));
        generated.is_lazy = true;
        call.parts.push_back(std::move(generated));
        return call;
      }
      call.parts.push_back(std::move(argument));
      if (!accept(",") && !is(")")) return error("`,` or `)` is expected");
    }
    ++next_;
    return call;
  }

  Syntax node(Form form) const {
    Syntax one;
    one.form = form;
    one.position = peek().position;
    return one;
  }

  const Token& peek() const { return tokens_[next_]; }
  bool is(std::string_view symbol, size_t ahead = 0) const {
    const Token& token = tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
    return token.kind == TokenKind::symbol && token.text == symbol;
  }
  bool accept(std::string_view symbol) {
    if (!is(symbol)) return false;
    ++next_;
    return true;
  }
  Status check_depth() const {
    if (depth_ <= kDeepest) return {};
    return error("the formula is nested too deeply");
  }
  static std::string describe(const Token& token) {
    if (token.kind == TokenKind::end) return "the end";
    if (token.kind == TokenKind::number) return "a number";
    return fmt::format("\"{}\"", token.text);
  }
  Error error(std::string_view what) const {
    return expression::expression_error(text_, peek().position, what);
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace

const char* symbol_of(Operator operation) { return kSymbolsOfOperators[static_cast<size_t>(operation)]; }

Result<Formula> parse(std::string_view text) {
  TAMIS_ASSIGN(std::vector<Token> tokens, expression::tokenize(text));
  if (tokens.size() == 1)
    return expression::expression_error(text, 0, "a formula is expected, but the text is empty");
  return Parser(text, std::move(tokens)).run();
}

}  // namespace tamis::python

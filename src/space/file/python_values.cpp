#include "space/file/python_values.h"

#include "base/text.h"
#include "space/expression_lexer.h"
#include "space/file/python_value.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

using expression::NestingLevel;
using expression::Token;
using expression::TokenKind;
using python::Value;
using python::Values;

constexpr int kDeepestValues = 60;  // levels of brackets and signs; keeps recursion far from the stack's end
constexpr size_t kMostSteps = 1'000'000;

/// Evaluates by recursive descent. A comprehension reads its tokens once for each element.
class Evaluator {
 public:
  Evaluator(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  Result<Values> run() {
    TAMIS_ASSIGN(Value value, disjunction());
    if (peek().kind != TokenKind::end)
      return error(fmt::format("the values should end before {}", describe(peek())));
    if (Values* list = value.list()) return std::move(*list);
    return error_at(0, "a list of values is expected, such as [16, 32, 64] or list(range(1, 9))");
  }

 private:
  using Rule = Result<Value> (Evaluator::*)();

  Result<Value> disjunction() { return junction("or", true, &Evaluator::conjunction); }
  Result<Value> conjunction() { return junction("and", false, &Evaluator::negation); }

  /// Unlike Python all operands are evaluated, as what they are is read while it is evaluated.
  Result<Value> junction(std::string_view word, bool decides, Rule operand) {
    TAMIS_ASSIGN(Value value, (this->*operand)());
    while (accept(word)) {
      TAMIS_ASSIGN(Value next, (this->*operand)());
      if (value.is_true() != decides) value = std::move(next);
    }
    return value;
  }

  Result<Value> negation() {
    const NestingLevel level(depth_);
    TAMIS_TRY(step());
    if (!accept("not")) return comparison();
    TAMIS_ASSIGN(const Value value, negation());
    return Value::boolean(!value.is_true());
  }

  Result<Value> comparison() {
    TAMIS_ASSIGN(Value left, sum());
    std::optional<bool> all;
    while (const std::optional<std::string> symbol = comparison_here()) {
      const size_t place = next_;
      next_ += *symbol == "not in" ? 2 : 1;
      TAMIS_ASSIGN(Value right, sum());
      const std::optional<bool> holds = python::compare(*symbol, left, right);
      if (!holds) return error_at(place, "these two cannot be compared");
      all = all.value_or(true) && *holds;
      left = std::move(right);
    }
    return all ? Value::boolean(*all) : std::move(left);
  }

  std::optional<std::string> comparison_here() const {
    for (const char* symbol : {"<", "<=", ">", ">=", "==", "!=", "in"})
      if (is(symbol)) return symbol;
    if (is("not") && is("in", 1)) return "not in";
    return std::nullopt;
  }

  Result<Value> sum() { return arithmetic({"+", "-"}, &Evaluator::term); }
  Result<Value> term() { return arithmetic({"*", "/", "//", "%"}, &Evaluator::factor); }

  Result<Value> arithmetic(std::initializer_list<std::string_view> symbols, Rule operand) {
    TAMIS_ASSIGN(Value left, (this->*operand)());
    for (;;) {
      const auto* const symbol =
          std::find_if(symbols.begin(), symbols.end(), [&](std::string_view one) { return is(one); });
      if (symbol == symbols.end()) return left;
      const size_t place = next_++;
      TAMIS_ASSIGN(const Value right, (this->*operand)());
      TAMIS_ASSIGN(left, checked(python::calculate(*symbol, left, right), place));
    }
  }

  Result<Value> factor() {
    const NestingLevel level(depth_);
    TAMIS_TRY(step());
    const size_t place = next_;
    if (accept("+")) return factor();
    if (!accept("-")) return power();
    TAMIS_ASSIGN(const Value value, factor());
    return checked(python::calculate("-", Value::whole(0), value), place);
  }

  Result<Value> power() {
    TAMIS_ASSIGN(Value base, value());
    const size_t place = next_;
    if (!accept("**")) return base;
    TAMIS_ASSIGN(const Value exponent, factor());
    return checked(python::calculate("**", base, exponent), place);
  }

  Result<Value> value() {
    TAMIS_TRY(step());
    const Token& token = peek();
    if (token.kind == TokenKind::number) {
      ++next_;
      return Value(token.number);
    }
    if (token.kind == TokenKind::text) {
      ++next_;
      return Value(token.text);
    }
    if (is("True") || is("False")) return Value::boolean(tokens_[next_++].text == "True");
    if (accept("[")) return display("]");
    if (accept("(")) return display(")");
    if (token.kind == TokenKind::name) return is("(", 1) ? function() : variable();
    return error(fmt::format("a value is expected, not {}", describe(token)));
  }

  Result<Value> variable() {
    const auto found = variables_.find(peek().text);
    if (found == variables_.end())
      return error(fmt::format("there is no variable \"{}\"; texts are written in quotes", peek().text));
    ++next_;
    steps_ += found->second.weight();
    return found->second;
  }

  /// What follows an opening bracket: a list, a tuple, a comprehension or a value in parentheses.
  Result<Value> display(std::string_view closing) {
    if (const std::optional<size_t> loop = loop_ahead()) return comprehension(*loop, closing);
    Value list = Value::empty_list(closing == ")");
    bool commas = false;
    while (!is(closing)) {
      TAMIS_ASSIGN(Value element, disjunction());
      if (closing == ")" && !commas && is(closing)) {
        ++next_;
        return element;
      }
      TAMIS_TRY(add(list, std::move(element)));
      commas = accept(",");
      if (!commas && !is(closing)) return error(fmt::format("`,` or `{}` is expected", closing));
    }
    ++next_;
    return list;
  }

  /// Where the `for` of this bracket stands, if it has one.
  std::optional<size_t> loop_ahead() const {
    int depth = 0;
    for (size_t at = next_; at < tokens_.size() && depth >= 0; ++at) {
      const Token& token = tokens_[at];
      if (depth == 0 && is_word(token, "for")) return at;
      if (token.kind != TokenKind::symbol) continue;
      if (token.text == "[" || token.text == "(") ++depth;
      if (token.text == "]" || token.text == ")") --depth;
    }
    return std::nullopt;
  }

  Result<Value> comprehension(size_t loop, std::string_view closing) {
    const size_t body = next_;
    Value list = Value::empty_list(false);
    next_ = loop;
    TAMIS_TRY(clauses(body, loop, list));
    if (!accept(closing)) return error(fmt::format("`{}` is expected, not {}", closing, describe(peek())));
    return list;
  }

  /// The `for` and `if` from here on; where they end the body is evaluated. Ends behind the last of them.
  Status clauses(size_t body, size_t loop, Value& list) {
    const NestingLevel level(depth_);
    TAMIS_TRY(step());
    if (is_word(peek(), "for")) return for_clause(body, loop, list);
    if (is_word(peek(), "if")) {
      ++next_;
      TAMIS_ASSIGN(const Value condition, disjunction());
      if (condition.is_true()) return clauses(body, loop, list);
      return skip_clauses();
    }
    const size_t end = next_;
    next_ = body;
    TAMIS_ASSIGN(Value element, disjunction());
    if (next_ != loop) return error(fmt::format("`for` is expected, not {}", describe(peek())));
    next_ = end;
    return add(list, std::move(element));
  }

  Status for_clause(size_t body, size_t loop, Value& list) {
    const Token name = tokens_[++next_];
    if (name.kind != TokenKind::name) return error("the name of a variable is expected after `for`");
    ++next_;
    if (!accept("in")) return error("`in` is expected");
    const size_t place = next_;
    TAMIS_ASSIGN(Value items, disjunction());
    if (items.list() == nullptr) return error_at(place, "a list or a range is expected after `in`");
    const size_t rest = next_;
    if (items.list()->empty()) return skip_clauses();
    const auto hidden = variables_.find(name.text);
    const std::optional<Value> before =
        hidden == variables_.end() ? std::nullopt : std::optional<Value>(hidden->second);
    for (const Value& item : *items.list()) {
      variables_.insert_or_assign(name.text, item);
      next_ = rest;
      TAMIS_TRY(clauses(body, loop, list));
    }
    if (before)
      variables_.insert_or_assign(name.text, *before);
    else
      variables_.erase(name.text);
    return {};
  }

  /// Goes to the bracket that closes a comprehension, when its rest is not evaluated.
  Status skip_clauses() {
    int depth = 0;
    for (; peek().kind != TokenKind::end; ++next_) {
      TAMIS_TRY(step());
      if (peek().kind != TokenKind::symbol) continue;
      if (peek().text == "[" || peek().text == "(") ++depth;
      if ((peek().text == "]" || peek().text == ")") && depth-- == 0) return {};
    }
    return error("a bracket is never closed");
  }

  Result<Value> function() {
    const size_t place = next_;
    const std::string name = peek().text;
    next_ += 2;
    Values arguments;
    if (const std::optional<size_t> loop = loop_ahead()) {
      TAMIS_ASSIGN(Value generated, comprehension(*loop, ")"));
      arguments.push_back(std::move(generated));
    } else {
      while (!is(")")) {
        TAMIS_ASSIGN(Value argument, disjunction());
        arguments.push_back(std::move(argument));
        if (!accept(",") && !is(")")) return error("`,` or `)` is expected");
      }
      ++next_;
    }
    return checked(python::call(name, arguments), place);
  }

  /// Lists hold no lists, so that a short text cannot make a large value.
  Status add(Value& list, Value element) {
    if (element.list() != nullptr) element = Value(element.repr());
    steps_ += element.weight();
    TAMIS_TRY(step());
    if (list.list()->size() >= python::kMostValues)
      return error(fmt::format("there are more than {} values", python::kMostValues));
    list.list()->push_back(std::move(element));
    return {};
  }

  /// Counts the work, which long lists add to, and refuses what would take too much or is nested too deeply.
  Status step() {
    if (depth_ > kDeepestValues) return error("the values are nested too deeply");
    if (++steps_ > kMostSteps) return error(fmt::format("this takes more than {} steps", kMostSteps));
    return {};
  }

  Result<Value> checked(Result<Value> value, size_t place) {
    if (!value.ok()) return error_at(place, value.error().message);
    steps_ += value->weight();
    return value;
  }

  const Token& peek() const { return tokens_[next_]; }
  bool is(std::string_view symbol, size_t ahead = 0) const {
    const Token& token = tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
    return token.kind == TokenKind::symbol && token.text == symbol;
  }
  static bool is_word(const Token& token, std::string_view word) {
    return token.kind == TokenKind::name && !token.quoted && token.text == word;
  }
  bool accept(std::string_view symbol) {
    if (!is(symbol)) return false;
    ++next_;
    return true;
  }

  static std::string describe(const Token& token) {
    if (token.kind == TokenKind::end) return "the end";
    if (token.kind == TokenKind::number) return "a number";
    return fmt::format("\"{}\"", token.text);
  }
  Error error(std::string_view what) const { return error_at(next_, what); }
  Error error_at(size_t token, std::string_view what) const {
    return expression::expression_error(text_, tokens_[std::min(token, tokens_.size() - 1)].position, what);
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::map<std::string, Value> variables_;
  size_t next_ = 0;
  size_t steps_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<std::vector<KnobValue>> parse_python_values(std::string_view text, const std::string& origin) {
  Result<std::vector<Token>> tokens = expression::tokenize(text);
  if (!tokens.ok()) return tokens.error().within(origin);
  Result<Values> values = Evaluator(text, std::move(*tokens)).run();
  if (!values.ok()) return values.error().within(origin);
  std::vector<KnobValue> knob_values;
  knob_values.reserve(values->size());
  for (const Value& value : *values) knob_values.push_back(value.knob_value());
  return knob_values;
}

}  // namespace tamis

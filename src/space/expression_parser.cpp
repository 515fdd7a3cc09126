#include "space/expression_parser.h"

#include "base/text.h"
#include "space/expression_emitter.h"
#include "space/expression_lexer.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::expression {
namespace {

constexpr int kDeepestExpression =
    100;  // levels of brackets, signs and `not`; keeps recursion far from the stack's end

struct Operator {
  std::string_view symbol;
  Operation operation;
};
constexpr Operator kSums[] = {{"+", Operation::add}, {"-", Operation::subtract}};
constexpr Operator kTerms[] = {{"*", Operation::multiply},
                               {"/", Operation::divide},
                               {"//", Operation::floor_divide},
                               {"%", Operation::modulo}};
constexpr Operator kFunctions[] = {
    {"min", Operation::minimum}, {"max", Operation::maximum}, {"abs", Operation::absolute}};
constexpr std::pair<std::string_view, Comparison> kComparisons[] = {
    {"<", Comparison::less},           {"<=", Comparison::less_equal}, {">", Comparison::greater},
    {">=", Comparison::greater_equal}, {"==", Comparison::equal},      {"!=", Comparison::not_equal}};

class Parser {
 public:
  Parser(std::string_view text, std::span<const Knob> knobs, std::vector<Token> tokens)
      : text_(text), knobs_(knobs), tokens_(std::move(tokens)), emitter_(knobs) {}

  Result<Program> run() {
    if (peek().kind == TokenKind::end) return error("a formula is expected, but the text is empty");
    TAMIS_ASSIGN(const Type type, disjunction());
    if (peek().kind != TokenKind::end)
      return error(fmt::format("the formula should end before {}", describe(peek())));
    return emitter_.finish(type);
  }

 private:
  using Rule = Result<Type> (Parser::*)();

  Result<Type> disjunction() { return boolean_chain("or", Operation::jump_if_true, &Parser::conjunction); }
  Result<Type> conjunction() { return boolean_chain("and", Operation::jump_if_false, &Parser::negation); }

  /// As in Python the value of `a and b` is that of the operand that decided, and the others are not asked.
  Result<Type> boolean_chain(std::string_view word, Operation jump, Rule operand) {
    const size_t begin = next_;
    TAMIS_ASSIGN(const Type type, (this->*operand)());
    std::vector<size_t> jumps;
    size_t operand_begin = begin;
    Type last = type;
    while (is(word)) {
      TAMIS_TRY(need_number(last, operand_begin));
      ++next_;
      jumps.push_back(emitter_.jump(jump, -1));
      operand_begin = next_;
      TAMIS_ASSIGN(last, (this->*operand)());
    }
    if (jumps.empty()) return type;
    TAMIS_TRY(need_number(last, operand_begin));
    for (const size_t one : jumps) emitter_.arrive(one);
    return Type::number;
  }

  Result<Type> negation() {
    const NestingLevel level(depth_);
    TAMIS_TRY(check_depth());
    if (!accept("not")) return comparison();
    const size_t begin = next_;
    TAMIS_ASSIGN(const Type type, negation());
    TAMIS_TRY(need_number(type, begin));
    emitter_.operation(Operation::negate_boolean, 0);
    return Type::number;
  }

  Result<Type> comparison() {
    size_t left_begin = next_;
    TAMIS_ASSIGN(Type left, sum());
    std::vector<size_t> jumps;
    while (const std::optional<Comparison> operation = comparison_here()) {
      const size_t symbol = next_++;
      const size_t right_begin = next_;
      TAMIS_ASSIGN(const Type right, sum());
      TAMIS_TRY(check_comparable(*operation, left, right, symbol));
      const auto operand = static_cast<uint32_t>(*operation);
      if (!comparison_here() && !list_here()) {
        emitter_.operation(Operation::compare, -1, operand);
        left = Type::number;
        break;
      }
      jumps.push_back(emitter_.jump(Operation::compare_or_end, -1, operand));
      left = right;
      left_begin = right_begin;
    }
    if (list_here()) {
      TAMIS_TRY(membership(left, left_begin));
      left = Type::number;
      if (comparison_here() || list_here())
        return error("what follows `in (...)` cannot be compared further; put it in parentheses");
    }
    for (const size_t one : jumps) emitter_.arrive(one);
    return left;
  }

  Status check_comparable(Comparison operation, Type left, Type right, size_t symbol) const {
    if (left != right)
      return error_at(symbol, "a name is compared with a number; write names in quotes: 'nchw'");
    if (left == Type::text && operation != Comparison::equal && operation != Comparison::not_equal)
      return error_at(symbol, "names have no order; compare them by `==`, `!=` or `in`");
    return {};
  }

  std::optional<Comparison> comparison_here() const {
    for (const auto& [symbol, operation] : kComparisons)
      if (is(symbol)) return operation;
    return std::nullopt;
  }

  bool list_here() const { return is("in") || (is("not") && is("in", 1)); }

  /// `x in (a, b)` with x on the stack: each element is compared in turn.
  Status membership(Type type, size_t begin) {
    const bool negated = accept("not");
    ++next_;
    const bool round = is("(");
    if (!round && !is("[")) return error("after `in` a list is expected, such as (1, 2, 3)");
    ++next_;
    std::vector<size_t> jumps;
    while (!is(round ? ")" : "]")) {
      const size_t element = next_;
      TAMIS_ASSIGN(const Type element_type, disjunction());
      if (element_type != type)
        return error_at(element,
                        fmt::format("the list mixes names and numbers with {}", describe(tokens_[begin])));
      jumps.push_back(emitter_.jump(Operation::jump_if_equal, -1));
      if (!accept(",") && !is(round ? ")" : "]"))
        return error(fmt::format("`,` or `{}` is expected", round ? ")" : "]"));
    }
    ++next_;
    emitter_.operation(Operation::make_false, 0);
    for (const size_t one : jumps) emitter_.arrive(one);
    if (negated) emitter_.operation(Operation::negate_boolean, 0);
    return {};
  }

  Result<Type> sum() { return arithmetic(kSums, &Parser::term); }
  Result<Type> term() { return arithmetic(kTerms, &Parser::factor); }

  /// Operators of one precedence, from left to right.
  Result<Type> arithmetic(std::span<const Operator> operators, Rule operand) {
    size_t begin = next_;
    TAMIS_ASSIGN(Type type, (this->*operand)());
    for (;;) {
      const Operator* found = find_operator(operators);
      if (found == nullptr) return type;
      TAMIS_TRY(need_number(type, begin));
      begin = ++next_;
      TAMIS_ASSIGN(type, (this->*operand)());
      TAMIS_TRY(need_number(type, begin));
      emitter_.operation(found->operation, -1);
    }
  }

  const Operator* find_operator(std::span<const Operator> operators) const {
    for (const Operator& one : operators)
      if (is(one.symbol)) return &one;
    return nullptr;
  }

  Result<Type> factor() {
    const NestingLevel level(depth_);
    TAMIS_TRY(check_depth());
    const bool minus = is("-");
    const bool exclamation = is("!");
    if (!minus && !exclamation && !is("+")) return power();
    const size_t begin = ++next_;
    TAMIS_ASSIGN(const Type type, factor());
    TAMIS_TRY(need_number(type, begin));
    if (minus) emitter_.operation(Operation::negate, 0);
    if (exclamation) emitter_.operation(Operation::negate_boolean, 0);
    return Type::number;
  }

  /// Binds tighter than a sign before it and looser than one behind: -2 ** -1 is -(2 ** (-1)).
  Result<Type> power() {
    const size_t begin = next_;
    TAMIS_ASSIGN(const Type type, value());
    if (!is("**")) return type;
    TAMIS_TRY(need_number(type, begin));
    const size_t exponent = ++next_;
    TAMIS_ASSIGN(const Type exponent_type, factor());
    TAMIS_TRY(need_number(exponent_type, exponent));
    emitter_.operation(Operation::power, -1);
    return Type::number;
  }

  Result<Type> value() {
    const Token& token = peek();
    if (token.kind == TokenKind::number) {
      ++next_;
      emitter_.constant(token.number);
      return within_stack(Type::number);
    }
    if (token.kind == TokenKind::text) {
      ++next_;
      emitter_.text(token.text);
      return within_stack(Type::text);
    }
    if (token.kind == TokenKind::name) return name();
    if (is("True") || is("False")) {
      emitter_.constant(Number::from_whole(is("True") ? 1 : 0));
      ++next_;
      return within_stack(Type::number);
    }
    if (accept("(")) return parenthesis();
    return error(fmt::format("a value is expected, not {}", describe(token)));
  }

  Result<Type> parenthesis() {
    TAMIS_ASSIGN(const Type type, disjunction());
    if (!accept(")")) return error(fmt::format("`)` is expected, not {}", describe(peek())));
    return type;
  }

  Result<Type> name() {
    const Token& token = peek();
    if (!token.quoted && is("(", 1)) return function();
    size_t position = 0;
    while (position < knobs_.size() && knobs_[position].name != token.text) ++position;
    if (position == knobs_.size()) return unknown_knob(token);
    ++next_;
    TAMIS_ASSIGN(const size_t factor, factor_position(knobs_[position]));
    return within_stack(emitter_.knob(position, factor));
  }

  Error unknown_knob(const Token& token) const {
    std::vector<std::string_view> known;
    for (const Knob& knob : knobs_) known.emplace_back(knob.name);
    return error(fmt::format("there is no knob \"{}\"{}", token.text, did_you_mean(token.text, known)));
  }

  /// `[0]` behind a split; without it the innermost factor is meant.
  Result<size_t> factor_position(const Knob& knob) {
    const auto* factors =
        knob.values.empty() ? nullptr : std::get_if<std::vector<int64_t>>(&knob.values.front());
    const auto count = static_cast<int64_t>(factors == nullptr ? 0 : factors->size());
    if (!is("[")) return static_cast<size_t>(count > 0 ? count - 1 : 0);
    if (count == 0) return error(fmt::format("the knob {} is not a split, so it has no factors", knob.name));
    ++next_;
    const bool minus = accept("-");
    const Token index = peek();
    int64_t position = index.number.whole;
    if (minus) position = count - position;
    if (index.kind != TokenKind::number || index.number.is_real || position < 0 || position >= count)
      return error(fmt::format("a factor of {} is numbered 0 (the outermost) to {}", knob.name, count - 1));
    ++next_;
    if (!accept("]")) return error("`]` is expected");
    return static_cast<size_t>(position);
  }

  Result<Type> function() {
    const Token& token = peek();
    const Operator* found = nullptr;
    std::vector<std::string_view> known;
    for (const Operator& one : kFunctions) {
      known.push_back(one.symbol);
      if (one.symbol == token.text) found = &one;
    }
    if (found == nullptr)
      return error(fmt::format("there is no function \"{}\"{}", token.text, did_you_mean(token.text, known)));
    const size_t function = next_;
    next_ += 2;
    int arguments = 0;
    do {
      const size_t begin = next_;
      TAMIS_ASSIGN(const Type type, disjunction());
      TAMIS_TRY(need_number(type, begin));
      if (++arguments > 1) emitter_.operation(found->operation, -1);
    } while (accept(","));
    if (!accept(")")) return error(fmt::format("`)` is expected, not {}", describe(peek())));
    const bool single = found->operation == Operation::absolute;
    if (single != (arguments == 1))
      return error_at(function, fmt::format("{} takes {}", found->symbol,
                                            single ? "one argument" : "two or more arguments"));
    if (single) emitter_.operation(Operation::absolute, 0);
    return Type::number;
  }

  const Token& peek() const { return tokens_[next_]; }
  bool is(std::string_view symbol, size_t ahead = 0) const {
    const size_t at = std::min(next_ + ahead, tokens_.size() - 1);
    return tokens_[at].kind == TokenKind::symbol && tokens_[at].text == symbol;
  }
  bool accept(std::string_view symbol) {
    if (!is(symbol)) return false;
    ++next_;
    return true;
  }

  Status need_number(Type type, size_t token) const {
    if (type == Type::number) return {};
    return error_at(token, "a name stands where a number is needed");
  }
  Status check_depth() const {
    if (depth_ <= kDeepestExpression) return {};
    return error("the formula is nested too deeply");
  }
  Result<Type> within_stack(Type type) const {
    if (!emitter_.too_deep()) return type;
    return error("the formula is nested too deeply");
  }

  static std::string describe(const Token& token) {
    if (token.kind == TokenKind::end) return "the end";
    if (token.kind == TokenKind::number) return "a number";
    return fmt::format("\"{}\"", token.text);
  }
  Error error(std::string_view what) const { return error_at(next_, what); }
  Error error_at(size_t token, std::string_view what) const {
    return expression_error(text_, tokens_[token].position, what);
  }

  std::string_view text_;
  std::span<const Knob> knobs_;
  std::vector<Token> tokens_;
  Emitter emitter_;
  size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<Program> compile(std::string_view text, std::span<const Knob> knobs) {
  TAMIS_ASSIGN(std::vector<Token> tokens, tokenize(text));
  return Parser(text, knobs, std::move(tokens)).run();
}

}  // namespace tamis::expression

#include "space/file/python_values.h"

#include "space/expression_lexer.h"
#include "space/file/space_parts.h"
#include "space/python/calculation.h"
#include "space/python/evaluator.h"
#include "space/python/names.h"

#include <cctype>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

using python::Value;

constexpr size_t kMostStepsOfValues = 1'000'000;

/// As a knob holds it: a list as the text that Python prints.
Result<KnobValue> knob_value(const Value& value) {
  if (value.text() != nullptr) return KnobValue(*value.text());
  if (value.is_real()) return KnobValue(*value.real());
  if (const std::optional<python::Wide> whole = value.whole()) {
    if (*whole > INT64_MAX || *whole < INT64_MIN)
      return invalid_input(
          fmt::format("the value {} does not fit 64 bits; put quotes around it, and it is a text",
                      python::to_string(*whole)));
    return KnobValue(static_cast<int64_t>(*whole));
  }
  const std::optional<std::string> text = value.repr();
  if (!text) return invalid_input("a set or a range is no value of a knob");
  return KnobValue(*text);
}

/// Errors: invalid_input for a real number with more digits than are kept, at its place.
Status check_real_numbers(std::string_view text) {
  TAMIS_ASSIGN(const std::vector<expression::Token> tokens, expression::tokenize(text));
  for (const expression::Token& token : tokens) {
    if (token.kind != expression::TokenKind::number || !token.number.is_real()) continue;
    std::string literal;
    for (size_t i = token.position; i < text.size(); ++i) {
      const bool exponent = literal.ends_with('e') || literal.ends_with('E');
      const bool sign = exponent && (text[i] == '-' || text[i] == '+');
      if (!sign && text[i] != '.' && text[i] != '_' && std::isalnum(static_cast<unsigned char>(text[i])) == 0)
        break;
      if (text[i] != '_') literal += text[i];
    }
    if (unheld_number(literal))
      return expression::expression_error(
          text, token.position,
          fmt::format("the number {} cannot be held as it stands: real numbers have 15 to 17 digits; put "
                      "quotes around it, and it is a text",
                      literal));
  }
  return {};
}

Result<python::Values> evaluate_values(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos && text.size() < 1000)
    return expression::expression_error(text, 0, "a value is expected, not the end");
  TAMIS_TRY(check_real_numbers(text));
  TAMIS_ASSIGN(python::Formula formula, python::parse(text));
  TAMIS_TRY(python::resolve_values(formula, text));
  const auto no_column = [](uint32_t) { return std::optional<Value>(); };
  TAMIS_ASSIGN(const Value value, python::evaluate(formula.root, text, kMostStepsOfValues, no_column));
  const bool listed = value.range() != nullptr ||
                      (value.sequence() != nullptr && value.sequence()->kind != python::Sequence::Kind::set);
  if (!listed || !formula.parameters.empty())
    return expression::expression_error(
        text, 0, "a list of values is expected, such as [16, 32, 64] or list(range(1, 9))");
  return python::items(value);
}

}  // namespace

Result<std::vector<KnobValue>> parse_python_values(std::string_view text, const std::string& origin) {
  const Result<python::Values> values = evaluate_values(text);
  if (!values.ok()) return values.error().within(origin);
  std::vector<KnobValue> knob_values;
  knob_values.reserve(values->size());
  for (const Value& value : *values) {
    Result<KnobValue> one = knob_value(value);
    if (!one.ok()) return one.error().within(origin);
    knob_values.push_back(std::move(*one));
  }
  return knob_values;
}

}  // namespace tamis

#include "space/file/python_values.h"

#include "space/expression_lexer.h"
#include "space/python/calculation.h"
#include "space/python/evaluator.h"
#include "space/python/names.h"

#include <optional>
#include <utility>

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

Result<python::Values> evaluate_values(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos && text.size() < 1000)
    return expression::expression_error(text, 0, "a value is expected, not the end");
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

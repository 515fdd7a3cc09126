#include "tamis/expression.h"

#include "space/expression_compiler.h"
#include "space/expression_lexer.h"
#include "space/expression_program.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string quoted(std::string_view text, char quote) {
  std::string all(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') all += '\\';
    all += c;
  }
  return all + quote;
}

}  // namespace

Result<Expression> Expression::parse(std::string_view text, std::span<const Knob> knobs) {
  TAMIS_ASSIGN(expression::Program program, expression::compile(text, knobs));
  return Expression(std::make_shared<const expression::Program>(std::move(program)));
}

std::optional<KnobValue> Expression::evaluate(const Config& config) const {
  const std::optional<python::Value> value = expression::value_of(*program_, config);
  if (!value) return std::nullopt;
  if (value->text() != nullptr) return *value->text();
  if (!value->is_number()) return std::nullopt;
  const std::optional<python::Wide> whole = value->whole();
  if (whole && *whole >= INT64_MIN && *whole <= INT64_MAX) return static_cast<int64_t>(*whole);
  return *value->real();
}

bool Expression::holds(const Config& config) const { return expression::holds(*program_, config); }

std::vector<size_t> Expression::knobs() const {
  std::vector<size_t> positions;
  for (const expression::Column& column : program_->columns) positions.push_back(column.knob);
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  return positions;
}

Result<Constraint> parse_constraint(std::string_view text, std::span<const Knob> knobs) {
  const std::string_view plain = trimmed(text);
  TAMIS_ASSIGN(expression::Program program, expression::compile(plain, knobs));
  if ((program.types & python::kNumber) == 0)
    return expression::expression_error(plain, 0, "a constraint must be true or false, not a name");
  std::vector<std::string> names;
  for (const expression::Column& column : program.columns) {
    const std::string& name = knobs[column.knob].name;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  auto shared = std::make_shared<const expression::Program>(std::move(program));
  return Constraint{std::string(plain), expression::FormulaHolds{std::move(shared)}, std::move(names)};
}

Result<std::vector<Constraint>> parse_constraints(std::span<const std::string> texts,
                                                  std::span<const Knob> knobs) {
  std::vector<Constraint> constraints;
  for (const std::string& text : texts) {
    TAMIS_ASSIGN(Constraint constraint, parse_constraint(text, knobs));
    constraints.push_back(std::move(constraint));
  }
  return constraints;
}

std::string expression_name(std::string_view knob) {
  if (expression::is_word(knob) && !expression::is_keyword(knob)) return std::string(knob);
  return quoted(knob, '`');
}

std::string expression_text(std::string_view text) { return quoted(text, '\''); }

}  // namespace tamis

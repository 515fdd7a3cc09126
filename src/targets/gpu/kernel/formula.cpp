#include "targets/gpu/kernel/formula.h"

#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

/// The index, then the constants; one that is called `i` too is hidden by it.
std::vector<Knob> indexed_names(const FormulaNames& names, std::vector<KnobValue> indices) {
  std::vector<Knob> all = {Knob{"i", KnobKind::number, std::move(indices)}};
  for (size_t i = names.knob_count(); i < names.names().size(); ++i)
    if (names.names()[i].name != "i") all.push_back(names.names()[i]);
  return all;
}

/// Where a knob stands that may not, an unknown name would be the wrong thing to say.
Result<Expression> parse_in_scope(const std::string& text, const FormulaNames& names, Scope scope,
                                  const std::string& place) {
  Result<Expression> whole = Expression::parse(text, names.names());
  if (!whole.ok()) return whole.error().within(place);
  if (scope == Scope::config) return whole;
  std::vector<Knob> constants(names.names().begin() + static_cast<std::ptrdiff_t>(names.knob_count()),
                              names.names().end());
  if (!Expression::parse(text, constants).ok())
    return invalid_input(fmt::format(
        "{}: \"{}\" names a knob, and must be the same for all configs; only constants may stand here", place,
        text));
  return whole;
}

}  // namespace

Status FormulaNames::add_constant(const std::string& name, KnobValue value, const std::string& place) {
  const bool taken =
      std::any_of(names_.begin(), names_.end(), [&](const Knob& knob) { return knob.name == name; });
  if (name.empty() || taken)
    return invalid_input(
        fmt::format("{}: {}", place, name.empty() ? "a name is empty" : "there is a knob of this name"));
  const KnobKind kind = std::holds_alternative<std::string>(value)            ? KnobKind::name
                        : std::holds_alternative<std::vector<int64_t>>(value) ? KnobKind::split
                                                                              : KnobKind::number;
  names_.push_back({name, kind, {std::move(value)}});
  return {};
}

Config FormulaNames::extend(const Config& config) const {
  Config extended = config;
  extended.choices.resize(names_.size(), 0);
  return extended;
}

Result<Formula> Formula::read(const Json& json, const FormulaNames& names, Scope scope,
                              const std::string& place) {
  if (json.is_boolean() ||
      (json.is_number() && !(json.is_number_float() && !std::isfinite(json.get<double>()))))
    return read(Json(json.is_boolean() ? (json.get<bool>() ? "1" : "0") : json.dump()), names, scope, place);
  if (!json.is_string() || json.get_ref<const std::string&>().empty())
    return invalid_input(fmt::format("{}: a number or a formula is expected", place));
  const auto text = json.get<std::string>();
  TAMIS_ASSIGN(Expression expression, parse_in_scope(text, names, scope, place));
  return Formula(std::move(expression), text, place);
}

Result<KnobValue> Formula::value(const FormulaNames& names, const Config& config) const {
  std::optional<KnobValue> value = expression_.evaluate(names.extend(config));
  if (!value) return invalid_input(fmt::format("{}: \"{}\" has no value here", place_, text_));
  return std::move(*value);
}

Result<uint64_t> Formula::whole(const FormulaNames& names, const Config& config, uint64_t least) const {
  TAMIS_ASSIGN(const KnobValue number, value(names, config));
  const auto* real = std::get_if<double>(&number);
  const auto* integer = std::get_if<int64_t>(&number);
  int64_t whole = integer != nullptr ? *integer : -1;
  // What Python's `/` gives is real, also where it is whole.
  if (real != nullptr && *real == std::floor(*real) && std::abs(*real) < 0x1.0p53)
    whole = static_cast<int64_t>(*real);
  if (real != nullptr && *real >= 0x1.0p53)
    return invalid_input(
        fmt::format("{}: \"{}\" is {}, which is too large", place_, text_, tamis::to_string(number)));
  if (whole < 0 || static_cast<uint64_t>(whole) < least)
    return invalid_input(fmt::format("{}: \"{}\" is {}; a whole number of at least {} is needed", place_,
                                     text_, tamis::to_string(number), least));
  return static_cast<uint64_t>(whole);
}

Result<double> Formula::number(const FormulaNames& names, const Config& config) const {
  TAMIS_ASSIGN(const KnobValue number, value(names, config));
  if (std::holds_alternative<std::string>(number))
    return invalid_input(fmt::format("{}: \"{}\" is the text '{}'; a number is needed", place_, text_,
                                     tamis::to_string(number)));
  return scalar(number);
}

Result<double> Formula::positive(const FormulaNames& names, const Config& config) const {
  TAMIS_ASSIGN(const double real, number(names, config));
  if (real > 0) return real;
  return invalid_input(fmt::format("{}: \"{}\" is {}; a number above 0 is needed", place_, text_, real));
}

std::vector<size_t> Formula::knobs(const FormulaNames& names) const {
  std::vector<size_t> positions = expression_.knobs();
  std::erase_if(positions, [&](size_t position) { return position >= names.knob_count(); });
  return positions;
}

Result<KnobValue> Formula::value(const FormulaNames& names) const {
  return value(names, Config{std::vector<uint32_t>(names.names().size(), 0)});
}

Result<uint64_t> Formula::whole(const FormulaNames& names, uint64_t least) const {
  return whole(names, Config{std::vector<uint32_t>(names.names().size(), 0)}, least);
}

Result<IndexFormula> IndexFormula::read(const std::string& text, const FormulaNames& names,
                                        const std::string& place) {
  const Result<Expression> expression = Expression::parse(text, indexed_names(names, {int64_t{0}}));
  if (!expression.ok()) return expression.error().within(place);
  IndexFormula formula;
  formula.text_ = text;
  formula.place_ = place;
  return formula;
}

Result<std::vector<KnobValue>> IndexFormula::block(const FormulaNames& names, uint64_t begin,
                                                   uint64_t end) const {
  std::vector<KnobValue> indices;
  for (uint64_t i = begin; i < end; ++i) indices.emplace_back(static_cast<int64_t>(i));
  const std::vector<Knob> all = indexed_names(names, std::move(indices));
  TAMIS_ASSIGN(const Expression expression, Expression::parse(text_, all));
  Config config{std::vector<uint32_t>(all.size(), 0)};
  std::vector<KnobValue> values;
  for (uint64_t i = begin; i < end; ++i) {
    config.choices[0] = static_cast<uint32_t>(i - begin);
    std::optional<KnobValue> value = expression.evaluate(config);
    if (!value) return invalid_input(fmt::format("{}: \"{}\" has no value for i = {}", place_, text_, i));
    values.push_back(std::move(*value));
  }
  return values;
}

std::string macro_text(const KnobValue& value) {
  std::string text = tamis::to_string(value);
  if (std::holds_alternative<double>(value) && text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

}  // namespace tamis::gpu

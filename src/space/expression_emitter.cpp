#include "space/expression_emitter.h"

#include <algorithm>
#include <variant>

namespace tamis::expression {
namespace {

Number number_of(const KnobValue& value, size_t factor) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return Number::from_whole(*whole);
  if (const auto* real = std::get_if<double>(&value)) return Number::from_real(*real);
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  return Number::from_whole(factors != nullptr && factor < factors->size() ? (*factors)[factor] : 0);
}

}  // namespace

Type type_of(const Knob& knob) {
  const bool named = std::any_of(knob.values.begin(), knob.values.end(), [](const KnobValue& value) {
    return std::holds_alternative<std::string>(value);
  });
  return named ? Type::text : Type::number;
}

void Emitter::constant(Number number) {
  program_.constants.push_back(number);
  operation(Operation::push_constant, 1, static_cast<uint32_t>(program_.constants.size() - 1));
}

void Emitter::text(const std::string& text) { constant(text_number(text)); }

uint32_t Emitter::column(size_t position, size_t factor) {
  const Knob& knob = knobs_[position];
  const auto [row, added] =
      column_rows_.try_emplace({position, factor}, static_cast<uint32_t>(program_.columns.size()));
  if (!added) return row->second;
  const bool is_text = type_of(knob) == Type::text;
  Column& column = program_.columns.emplace_back();
  column.knob = position;
  column.is_text = is_text;
  for (const KnobValue& value : knob.values)
    column.values.push_back(is_text ? text_number(to_string(value)) : number_of(value, factor));
  return row->second;
}

void Emitter::start_again() {
  program_.code.clear();
  program_.constants.clear();
  depth_ = deepest_ = 0;
}

void Emitter::operation(Operation operation, int change, uint32_t operand) {
  program_.code.push_back({operation, operand, 0});
  depth_ = static_cast<size_t>(static_cast<int64_t>(depth_) + change);
  deepest_ = std::max(deepest_, depth_);
}

size_t Emitter::jump(Operation operation, int change, uint32_t operand) {
  this->operation(operation, change, operand);
  return program_.code.size() - 1;
}

void Emitter::arrive(size_t jump) {
  program_.code[jump].target = static_cast<uint32_t>(program_.code.size());
}

Number Emitter::text_number(const std::string& text) {
  const auto [row, added] = text_rows_.try_emplace(text, static_cast<int64_t>(program_.texts.size()));
  if (added) program_.texts.push_back(text);
  return Number::from_whole(row->second);
}

}  // namespace tamis::expression

#include "space/expression_compiler.h"

#include "space/expression_emitter.h"
#include "space/expression_lexer.h"
#include "space/python/evaluator.h"
#include "space/python/names.h"
#include "space/python/parser.h"
#include "space/python/printer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::expression {
namespace {

using python::Form;
using python::Operator;
using python::Syntax;

constexpr size_t kLongestRange = 256;  // that is compared number by number

Operation operation_of(Operator operation) {
  switch (operation) {
    case Operator::add:
      return Operation::add;
    case Operator::subtract:
      return Operation::subtract;
    case Operator::multiply:
      return Operation::multiply;
    case Operator::divide:
      return Operation::divide;
    case Operator::floor_divide:
      return Operation::floor_divide;
    case Operator::modulo:
      return Operation::modulo;
    case Operator::power:
      return Operation::power;
    case Operator::shift_left:
      return Operation::shift_left;
    case Operator::shift_right:
      return Operation::shift_right;
    case Operator::bit_and:
      return Operation::bit_and;
    case Operator::bit_xor:
      return Operation::bit_xor;
    default:
      return Operation::bit_or;
  }
}

bool is_display(const Syntax& node) {
  return node.form == Form::list || node.form == Form::tuple || node.form == Form::set;
}

/// Whether a part is defined whatever the config is, so that it does not matter whether it is asked.
bool is_safe(const Syntax& node) {
  switch (node.form) {
    case Form::constant:
    case Form::column:
      return true;
    case Form::arithmetic:
      for (size_t i = 0; i < node.operators.size(); ++i) {
        const Operator one = node.operators[i];
        if (one == Operator::add || one == Operator::subtract || one == Operator::multiply) continue;
        const Syntax& divisor = node.parts[i + 1];
        const bool divides =
            one == Operator::divide || one == Operator::floor_divide || one == Operator::modulo;
        if (!divides || divisor.form != Form::constant || !divisor.constant.is_true()) return false;
      }
      break;
    case Form::comparison:
    case Form::conjunction:
    case Form::disjunction:
    case Form::negation:
    case Form::negative:
    case Form::positive:
      break;
    default:
      return false;
  }
  return std::all_of(node.parts.begin(), node.parts.end(), is_safe);
}

/// Emits code for a formula. Where it cannot, what it emitted is of no use.
class Compiler {
 public:
  explicit Compiler(Emitter& emitter) : emitter_(emitter) {}

  /// What the part gives; nothing where there is no code for it.
  std::optional<Type> emit(const Syntax& node) {
    switch (node.form) {
      case Form::constant:
        return constant(node.constant);
      case Form::column:
        emitter_.push_column(node.column);
        return emitter_.type_of_column(node.column);
      case Form::negative:
        return unary(node.parts[0], Operation::negate);
      case Form::inverted:
        return unary(node.parts[0], Operation::invert);
      case Form::negation:
        return unary(node.parts[0], Operation::negate_boolean);
      case Form::positive:
        return number(node.parts[0]);
      case Form::arithmetic:
        return arithmetic(node);
      case Form::comparison:
        return comparison(node);
      case Form::conjunction:
        return junction(node.parts, Operation::jump_if_false);
      case Form::disjunction:
        return junction(node.parts, Operation::jump_if_true);
      case Form::conditional:
        return conditional(node);
      case Form::call:
        return function(node);
      default:
        return std::nullopt;
    }
  }

 private:
  std::optional<Type> constant(const python::Value& value) {
    if (value.text() != nullptr) {
      emitter_.text(*value.text());
      return Type::text;
    }
    if (!value.is_number()) return std::nullopt;
    if (value.is_real()) {
      emitter_.constant(Number::from_real(*value.real()));
    } else {
      const python::Wide whole = *value.whole();
      if (whole > INT64_MAX || whole < INT64_MIN) return std::nullopt;
      emitter_.constant(Number::from_whole(static_cast<int64_t>(whole)));
    }
    return Type::number;
  }

  std::optional<Type> number(const Syntax& node) {
    return emit(node) == Type::number ? std::optional<Type>(Type::number) : std::nullopt;
  }

  std::optional<Type> unary(const Syntax& part, Operation operation) {
    if (!number(part)) return std::nullopt;
    emitter_.operation(operation, 0);
    return Type::number;
  }

  std::optional<Type> arithmetic(const Syntax& node) {
    if (!number(node.parts[0])) return std::nullopt;
    for (size_t i = 0; i < node.operators.size(); ++i) {
      if (!number(node.parts[i + 1])) return std::nullopt;
      emitter_.operation(operation_of(node.operators[i]), -1);
    }
    return Type::number;
  }

  std::optional<Type> comparison(const Syntax& node) {
    std::optional<Type> left = emit(node.parts[0]);
    if (!left) return std::nullopt;
    std::vector<size_t> jumps;
    for (size_t i = 0; i < node.operators.size(); ++i) {
      const Operator operation = node.operators[i];
      const Syntax& other = node.parts[i + 1];
      if (operation == Operator::in || operation == Operator::not_in) {
        if (!membership(other, *left, operation == Operator::not_in)) return std::nullopt;
        break;  // the last of a chain
      }
      const std::optional<Type> right = emit(other);
      const bool sameness = operation == Operator::equal || operation == Operator::not_equal;
      if (right != left || (left == Type::text && !sameness)) return std::nullopt;
      const auto operand = static_cast<uint32_t>(operation) - static_cast<uint32_t>(Operator::less);
      if (i + 1 == node.operators.size())
        emitter_.operation(Operation::compare, -1, operand);
      else
        jumps.push_back(emitter_.jump(Operation::compare_or_end, -1, operand));
    }
    for (const size_t one : jumps) emitter_.arrive(one);
    return Type::number;
  }

  /// `x in (a, b)` with x on the stack: each element is compared in turn.
  bool membership(const Syntax& list, Type type, bool negated) {
    std::vector<Syntax> numbers;
    if (!is_display(list) && !constant_range(list, numbers)) return false;
    // A tree of `x in ()` would not hold x, which may be undefined.
    if (is_display(list) ? list.parts.empty() : numbers.empty()) return false;
    std::vector<size_t> jumps;
    for (const Syntax& element : is_display(list) ? list.parts : numbers) {
      if (!is_safe(element) || emit(element) != type) return false;
      jumps.push_back(emitter_.jump(Operation::jump_if_equal, -1));
    }
    emitter_.operation(Operation::make_false, 0);
    for (const size_t one : jumps) emitter_.arrive(one);
    if (negated) emitter_.operation(Operation::negate_boolean, 0);
    return true;
  }

  /// The numbers of `range(1, 9)` with constant bounds, where they are few.
  static bool constant_range(const Syntax& node, std::vector<Syntax>& numbers) {
    if (node.form != Form::call || node.name != "range" ||
        !std::all_of(node.parts.begin(), node.parts.end(), is_safe))
      return false;
    const auto none = [](uint32_t) { return std::optional<python::Value>(); };
    const Result<python::Value> range = python::evaluate(node, {}, kLongestRange, none);
    if (!range.ok() || range->range() == nullptr || range->range()->count > python::Wide{kLongestRange})
      return false;
    const std::optional<python::Values> values = python::items_of(*range);
    for (const python::Value& value : *values) numbers.emplace_back().constant = value;
    return true;
  }

  std::optional<Type> junction(const std::vector<Syntax>& parts, Operation operation) {
    std::vector<size_t> jumps;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (!number(parts[i])) return std::nullopt;
      if (i + 1 < parts.size()) jumps.push_back(emitter_.jump(operation, -1));
    }
    for (const size_t one : jumps) emitter_.arrive(one);
    return Type::number;
  }

  std::optional<Type> conditional(const Syntax& node) {
    if (!number(node.parts[0])) return std::nullopt;
    const size_t otherwise = emitter_.jump(Operation::choose_or_jump, -1);
    const std::optional<Type> one = emit(node.parts[1]);
    const size_t end = emitter_.jump(Operation::jump, -1);
    emitter_.arrive(otherwise);
    const std::optional<Type> other = emit(node.parts[2]);
    emitter_.arrive(end);
    return one == other ? one : std::nullopt;
  }

  std::optional<Type> function(const Syntax& node) {
    const std::string& name = node.name;
    if (node.parts.empty()) return std::nullopt;
    const Syntax& first = node.parts[0];
    const bool single = node.parts.size() == 1;
    if (name == "abs") return unary(first, Operation::absolute);
    if (name == "int" && single) return unary(first, Operation::to_whole);
    if (name == "float" && single) return unary(first, Operation::to_real);
    if (name == "bool" && single) return unary(first, Operation::to_boolean);
    if (name == "round" && single) return unary(first, Operation::round);
    if (name == "pow" && node.parts.size() == 2) return fold(node.parts, Operation::power);
    if (name == "min" || name == "max") {
      const Operation operation = name == "min" ? Operation::minimum : Operation::maximum;
      return fold(single && is_display(first) ? first.parts : node.parts, operation);
    }
    if (!single || !is_display(first) || first.parts.empty() || first.form == Form::set) return std::nullopt;
    if (name == "sum") return fold(first.parts, Operation::add);
    if ((name != "any" && name != "all") || !std::all_of(first.parts.begin(), first.parts.end(), is_safe))
      return std::nullopt;
    if (!junction(first.parts, name == "any" ? Operation::jump_if_true : Operation::jump_if_false))
      return std::nullopt;
    emitter_.operation(Operation::to_boolean, 0);
    return Type::number;
  }

  std::optional<Type> fold(const std::vector<Syntax>& parts, Operation operation) {
    for (size_t i = 0; i < parts.size(); ++i) {
      if (!number(parts[i])) return std::nullopt;
      if (i > 0) emitter_.operation(operation, -1);
    }
    return parts.empty() ? std::nullopt : std::optional<Type>(Type::number);
  }

  Emitter& emitter_;
};

python::Types types_of(const Emitter& emitter, uint32_t row) {
  const Column& column = emitter.column_at(row);
  if (!column.is_text) {
    python::Types types = 0;
    for (const Number& number : column.values) types |= number.is_real ? python::kReal : python::kWhole;
    return types;
  }
  const bool lists = std::any_of(column.values.begin(), column.values.end(), [&](const Number& number) {
    const std::string& text = emitter.texts()[static_cast<size_t>(number.whole)];
    return (text.starts_with('(') && text.ends_with(')')) || (text.starts_with('[') && text.ends_with(']'));
  });
  return lists ? python::kText | python::kOpaque : python::kText;
}

}  // namespace

Result<Program> compile(std::string_view text, std::span<const Knob> knobs) {
  TAMIS_ASSIGN(python::Formula formula, python::parse(text));
  Emitter emitter(knobs);
  TAMIS_TRY(python::resolve(formula, text, knobs,
                            [&](size_t knob, size_t factor) { return emitter.column(knob, factor); }));
  TAMIS_ASSIGN(const python::Types types,
               python::check_types(formula.root, text, [&](uint32_t row) { return types_of(emitter, row); }));
  if ((types & (python::kNumber | python::kText)) == 0)
    return expression_error(text, 0, "a formula gives a number or a name, not a list");
  const std::optional<Type> type = Compiler(emitter).emit(formula.root);
  if (!type || emitter.too_deep()) emitter.start_again();
  Program program = emitter.finish();
  program.gives_text = type == Type::text;
  program.types = types;
  program.syntax = std::move(formula.root);
  program.text = std::string(text);
  return program;
}

Result<std::string> t1_condition(std::string_view text, std::span<const Knob> knobs) {
  TAMIS_ASSIGN(const Program program, compile(text, knobs));
  return python::print_condition(program.syntax, [&](uint32_t row) -> Result<std::string> {
    const std::string& name = knobs[program.columns[row].knob].name;
    if (!python::is_python_name(name))
      return unsupported(fmt::format("\"{}\" is no name in Python; rename the knob", name));
    return name;
  });
}

}  // namespace tamis::expression

#include "space/expression_program.h"

#include "space/python/evaluator.h"

#include <array>

namespace tamis::expression {

bool satisfies(int order, Comparison comparison) {
  switch (comparison) {
    case Comparison::less:
      return order < 0;
    case Comparison::less_equal:
      return order <= 0;
    case Comparison::greater:
      return order > 0;
    case Comparison::greater_equal:
      return order >= 0;
    case Comparison::equal:
      return order == 0;
    case Comparison::not_equal:
      return order != 0;
  }
  return false;
}

OptionalNumber calculate(Operation operation, Number a, Number b) {
  switch (operation) {
    case Operation::add:
      return add(a, b);
    case Operation::subtract:
      return subtract(a, b);
    case Operation::multiply:
      return multiply(a, b);
    case Operation::divide:
      return divide(a, b);
    case Operation::floor_divide:
      return floor_divide(a, b);
    case Operation::modulo:
      return modulo(a, b);
    case Operation::power:
      return power(a, b);
    case Operation::shift_left:
      return shift_left(a, b);
    case Operation::shift_right:
      return shift_right(a, b);
    case Operation::bit_and:
      return bit_and(a, b);
    case Operation::bit_xor:
      return bit_xor(a, b);
    case Operation::bit_or:
      return bit_or(a, b);
    case Operation::minimum:
      return compare(b, a) < 0 ? b : a;
    case Operation::maximum:
      return compare(b, a) > 0 ? b : a;
    default:
      return std::nullopt;
  }
}

OptionalNumber calculate(Operation operation, Number a) {
  switch (operation) {
    case Operation::negate:
      return negate(a);
    case Operation::invert:
      return invert(a);
    case Operation::absolute:
      return compare(a, Number{}) < 0 ? negate(a) : OptionalNumber(a);
    case Operation::to_whole:
      return truncate(a);
    case Operation::round:
      return round_to_whole(a);
    case Operation::to_real:
      return Number::from_real(a.as_real());
    case Operation::to_boolean:
      return Number::from_whole(a.is_true() ? 1 : 0);
    case Operation::negate_boolean:
      return Number::from_whole(a.is_true() ? 0 : 1);
    default:
      return std::nullopt;
  }
}

bool is_unary(Operation operation) {
  switch (operation) {
    case Operation::negate:
    case Operation::invert:
    case Operation::absolute:
    case Operation::to_whole:
    case Operation::round:
    case Operation::to_real:
    case Operation::to_boolean:
    case Operation::negate_boolean:
      return true;
    default:
      return false;
  }
}

namespace {

/// The machine. The compiler has made sure that the stack neither overflows nor runs empty.
class Machine {
 public:
  Machine(const Program& program, const Config& config) : program_(program), config_(config) {}

  std::optional<Number> run() {
    const size_t end = program_.code.size();
    while (position_ < end) {
      const Instruction& instruction = program_.code[position_++];
      if (!step(instruction)) return std::nullopt;
    }
    return top();
  }

 private:
  Number& top() { return stack_[size_ - 1]; }
  Number pop() { return stack_[--size_]; }
  void push(Number number) { stack_[size_++] = number; }

  bool push_column(const Column& column) {
    if (column.knob >= config_.choices.size()) return false;
    const uint32_t choice = config_.choices[column.knob];
    if (choice >= column.values.size()) return false;
    push(column.values[choice]);
    return true;
  }

  /// False where the result is undefined.
  bool step(const Instruction& instruction) {
    switch (instruction.operation) {
      case Operation::push_constant:
        push(program_.constants[instruction.operand]);
        return true;
      case Operation::push_column:
        return push_column(program_.columns[instruction.operand]);
      case Operation::compare:
      case Operation::compare_or_end:
        compare_top(instruction);
        return true;
      case Operation::jump_if_equal:
      case Operation::jump_if_false:
      case Operation::jump_if_true:
        jump(instruction);
        return true;
      case Operation::make_false:
        top() = Number::from_whole(0);
        return true;
      case Operation::choose_or_jump:
        if (!pop().is_true()) position_ = instruction.target;
        return true;
      case Operation::jump:
        position_ = instruction.target;
        return true;
      default: {
        if (is_unary(instruction.operation)) return replace(calculate(instruction.operation, top()));
        const Number right = pop();
        return replace(calculate(instruction.operation, top(), right));
      }
    }
  }

  bool replace(OptionalNumber result) {
    if (result) top() = *result;
    return result.has_value();
  }

  void compare_top(const Instruction& instruction) {
    const Number right = pop();
    const bool satisfied = satisfies(compare(top(), right), static_cast<Comparison>(instruction.operand));
    if (satisfied && instruction.operation == Operation::compare_or_end) {
      top() = right;
      return;
    }
    top() = Number::from_whole(satisfied ? 1 : 0);
    if (instruction.operation == Operation::compare_or_end) position_ = instruction.target;
  }

  void jump(const Instruction& instruction) {
    if (instruction.operation == Operation::jump_if_equal) {
      const Number element = pop();
      if (compare(top(), element) != 0) return;
      top() = Number::from_whole(1);
    } else if (top().is_true() != (instruction.operation == Operation::jump_if_true)) {
      --size_;
      return;
    }
    position_ = instruction.target;
  }

  const Program& program_;
  const Config& config_;
  size_t position_ = 0;
  size_t size_ = 0;
  std::array<Number, kStackSize> stack_;  // below size_ set, above it not
};

}  // namespace

std::optional<Number> run(const Program& program, const Config& config) {
  return Machine(program, config).run();
}

namespace {

python::Value value_of_number(const Program& program, Number number, bool is_text) {
  if (is_text) return python::Value(program.texts[static_cast<size_t>(number.whole)]);
  return number.is_real ? python::Value(number.real) : python::Value::whole(number.whole);
}

}  // namespace

std::optional<python::Value> value_of(const Program& program, const Config& config) {
  if (!program.code.empty())
    if (const std::optional<Number> number = run(program, config))
      return value_of_number(program, *number, program.gives_text);
  const auto column = [&](uint32_t row) -> std::optional<python::Value> {
    const Column& one = program.columns[row];
    if (one.knob >= config.choices.size() || config.choices[one.knob] >= one.values.size())
      return std::nullopt;
    return value_of_number(program, one.values[config.choices[one.knob]], one.is_text);
  };
  Result<python::Value> value = python::evaluate(program.syntax, program.text, kMostSteps, column);
  if (!value.ok()) return std::nullopt;
  return std::move(*value);
}

bool holds(const Program& program, const Config& config) {
  if (!program.code.empty())
    if (const std::optional<Number> number = run(program, config)) return number->is_true();
  const std::optional<python::Value> value = value_of(program, config);
  return value && value->is_true();
}

bool FormulaHolds::operator()(const Space& /*space*/, const Config& config) const {
  return holds(*program, config);
}

}  // namespace tamis::expression

#pragma once

#include "space/expression_number.h"
#include "space/python/checker.h"
#include "space/python/syntax.h"
#include "space/python/value.h"
#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tamis::expression {

/// What a formula is compiled to: code for a machine with a stack.
enum class Operation : uint8_t {
  push_constant,  ///< operand: row of constants
  push_column,    ///< operand: row of columns
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  modulo,
  power,
  shift_left,
  shift_right,
  bit_and,
  bit_xor,
  bit_or,
  negate,
  invert,
  absolute,
  to_whole,    ///< int()
  round,       ///< round() to an integer
  to_real,     ///< float()
  to_boolean,  ///< bool()
  minimum,
  maximum,
  compare,         ///< two numbers become 1 or 0; operand: Comparison
  compare_or_end,  ///< of a chain a < b < c: as compare where false, then goes to target; else keeps b
  jump_if_equal,   ///< takes the top away; where it equals the next, that becomes 1 and it goes to target
  jump_if_false,   ///< keeps the top and goes to target where it is 0, else takes it away
  jump_if_true,    ///< the same for what is not 0
  choose_or_jump,  ///< takes the top away, and goes to target where it is 0: `x if top else y`
  jump,            ///< goes to target, behind the y of such a choice
  make_false,      ///< the top becomes 0
  negate_boolean,  ///< the top becomes 1 where it is 0, else 0
};

enum class Comparison : uint32_t { less, less_equal, greater, greater_equal, equal, not_equal };

struct Instruction {
  Operation operation = Operation::push_constant;
  uint32_t operand = 0;
  uint32_t target = 0;  ///< position in the code
};

/// What a formula reads of one knob, by the knob's choice.
struct Column {
  size_t knob = 0;  ///< position among the knobs
  std::vector<Number> values;
  bool is_text = false;  ///< whether these are rows of texts
};

/// A formula. Most have code that is fast; the others, and what the code does not give (it leaves undefined
/// what does not fit 64 bits), are evaluated as they are written.
struct Program {
  std::vector<Instruction> code;  ///< empty where the formula needs more than numbers of 64 bits
  std::vector<Number> constants;
  std::vector<Column> columns;
  std::vector<std::string> texts;
  bool gives_text = false;  ///< whether the result of the code is a row of texts
  python::Types types = 0;  ///< what it may give
  python::Syntax syntax;
  std::string text;  ///< what it was read from
};

/// Whether numbers of this order (see compare()) satisfy the comparison.
bool satisfies(int order, Comparison comparison);
/// `a operation b`, of an operation of arithmetic with two operands; nothing where it is undefined or does
/// not fit 64 bits.
OptionalNumber calculate(Operation operation, Number a, Number b);
/// The same of an operation with one operand.
OptionalNumber calculate(Operation operation, Number a);
/// Whether an operation has one operand.
bool is_unary(Operation operation);

/// The deepest stack that a program may need.
inline constexpr size_t kStackSize = 128;

/// Runs the code of a program that the compiler made; nothing where the result is undefined or does not fit
/// 64 bits, or the config is of another space.
std::optional<Number> run(const Program& program, const Config& config);
/// The value of a formula as Python has it; nothing where that is undefined (python::evaluate raises, or
/// takes more than kMostSteps steps) or the config is of another space.
std::optional<python::Value> value_of(const Program& program, const Config& config);
inline constexpr size_t kMostSteps = 100'000;
/// Whether that is defined and true.
bool holds(const Program& program, const Config& config);

/// What `Constraint::holds` is where the constraint was read from a formula, so that who enumerates a space
/// can look into it: `constraint.holds.target<FormulaHolds>()`.
struct FormulaHolds {
  std::shared_ptr<const Program> program;
  bool operator()(const Space& space, const Config& config) const;
};

}  // namespace tamis::expression

#pragma once

#include "space/expression_program.h"
#include "tamis/space.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tamis::expression {

/// What a part of a formula gives; known before it runs, because a knob's values are all of one type.
enum class Type { number, text };

/// Appends to a program and keeps count of the stack that it needs.
class Emitter {
 public:
  explicit Emitter(std::span<const Knob> knobs) : knobs_(knobs) {}

  void constant(Number number);
  void text(const std::string& text);
  /// The row of the column that holds the values of a knob; of a split the factor at `factor`, counted from
  /// the outermost.
  uint32_t column(size_t position, size_t factor);
  Type type_of_column(uint32_t row) const {
    return program_.columns[row].is_text ? Type::text : Type::number;
  }
  const Column& column_at(uint32_t row) const { return program_.columns[row]; }
  const std::vector<std::string>& texts() const { return program_.texts; }
  /// The value of a column.
  void push_column(uint32_t row) { operation(Operation::push_column, 1, row); }
  /// An operation that leaves the stack `change` higher than it found it.
  void operation(Operation operation, int change, uint32_t operand = 0);
  /// One that may jump; give its position to `arrive` where it is to go to. `change` is that of not jumping.
  size_t jump(Operation operation, int change, uint32_t operand = 0);
  /// Lets a jump go to what comes next.
  void arrive(size_t jump);

  bool too_deep() const { return deepest_ > kStackSize; }
  /// Takes back all operations; columns stay.
  void start_again();
  Program finish() { return std::move(program_); }

 private:
  Number text_number(const std::string& text);

  std::span<const Knob> knobs_;
  Program program_;
  std::map<std::string, int64_t, std::less<>> text_rows_;
  std::map<std::pair<size_t, size_t>, uint32_t> column_rows_;
  size_t depth_ = 0;
  size_t deepest_ = 0;
};

/// What the values of a knob are in a formula: numbers (splits too) or names. A knob that mixes both is all
/// names.
Type type_of(const Knob& knob);

}  // namespace tamis::expression

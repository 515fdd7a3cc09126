#pragma once

#include "space/expression_program.h"

#include <cstdint>
#include <vector>

namespace tamis::expression {

/// One part of a formula and what it is made of.
struct Node {
  enum class Kind : uint8_t {
    constant,
    column,       ///< what a knob's value is
    operation,    ///< of left, or of left and right
    conjunction,  ///< left `and` right
    disjunction,  ///< left `or` right
    conditional,  ///< left `if` condition `else` right
  };
  Kind kind = Kind::constant;
  Operation operation = Operation::push_constant;  ///< of kind operation
  Comparison comparison = Comparison::equal;       ///< of an operation `compare`
  Number constant{};                               ///< of kind constant
  uint32_t column = 0;                             ///< of kind column: row of Program::columns
  uint32_t left = 0;                               ///< positions among the nodes
  uint32_t right = 0;
  uint32_t condition = 0;  ///< of kind conditional; else the same as left
};

/// A formula as a tree, for those who ask more of it than its value. Whatever a node is made of stands before
/// it, so that loops over the nodes need no recursion however deep a formula is. A part may be used twice:
/// `b` of `a < b < c`.
struct Tree {
  std::vector<Node> nodes;
  uint32_t root = 0;
};

/// The tree of a program that the compiler made, which must have code.
Tree tree_of(const Program& program);

}  // namespace tamis::expression

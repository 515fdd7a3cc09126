#pragma once

#include "space/enumeration/condition.h"
#include "space/enumeration/range.h"

#include <cstdint>
#include <vector>

namespace tamis::enumeration {

/// The level of what needs no choice.
inline constexpr int kConstant = -1;

/// A node of a formula that is prepared for knobs being chosen one after the other, level by level.
struct FormulaNode {
  expression::Node node;                       ///< left and right are positions in the formula
  const expression::Column* column = nullptr;  ///< of a column
  int level = kConstant;                       ///< at which its value is known
  int needed = kConstant;                      ///< the highest level of what is made of it
  Range domain;                                ///< what it may be worth before anything is chosen
};

/// The nodes of a condition's formula; whatever a node is made of stands before it, the root last. Sums and
/// products of several integers are calculated in the order in which the numbers become known, where
/// none of them can overflow: then all that has to be remembered of a part is one number. `levels` gives the
/// level of the knob at every position of the space, kConstant for one without a choice. `condition` must
/// outlive what is returned.
std::vector<FormulaNode> prepare(const Condition& condition, const std::vector<int>& levels);

/// Whether no integer that the code of a formula calculates can leave 64 bits, whatever the config is.
bool stays_in_64_bits(const expression::Tree& tree, const expression::Program& program);

/// The range of a node from those of its parts.
Range range_of(const FormulaNode& node, const std::vector<Range>& ranges);

}  // namespace tamis::enumeration

#pragma once

#include "space/expression_tree.h"
#include "tamis/space.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace tamis::enumeration {

/// A set of knobs: bit i stands for the i-th knob that has a choice. A space has at most 63 of these, as its
/// product fits 63 bits.
using KnobSet = uint64_t;

/// Something that must hold: one of the formulas that a constraint joins by `and`, or a constraint that is a
/// function, into which nobody can look.
struct Condition {
  const Constraint* constraint = nullptr;
  std::shared_ptr<const expression::Program> program;  ///< nullptr: look at constraint->holds
  std::shared_ptr<const expression::Tree> tree;        ///< of the program
  uint32_t root = 0;                                   ///< the formula, a node of the tree
  KnobSet knobs = 0;                                   ///< those it looks at
};

/// The positions of the knobs with more than one value.
std::vector<size_t> knobs_with_a_choice(const Space& space);

/// What the constraints of the space demand. The space must outlive it. `movable` as knobs_with_a_choice().
std::vector<Condition> conditions_of(const Space& space, const std::vector<size_t>& movable);

}  // namespace tamis::enumeration

#pragma once

#include "space/expression_tree.h"
#include "tamis/space.h"

#include <cstdint>
#include <memory>
#include <span>
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
  /// Whether integers of the tree may leave 64 bits. The formula is then the whole constraint, which decides
  /// where that happens.
  bool may_overflow = false;
};

/// The positions of the knobs with more than one value.
std::vector<size_t> knobs_with_a_choice(const Space& space);

/// What the constraints of the space demand. The space must outlive it. `movable` as knobs_with_a_choice().
std::vector<Condition> conditions_of(const Space& space, const std::vector<size_t>& movable);

/// The knobs of each group of knobs that conditions join, in the order in which they are to be chosen. A knob
/// that no condition looks at is a group of its own. `sizes` are the numbers of values of the knobs with a
/// choice.
///
/// Knobs whose choice must be remembered while others are chosen make an enumeration large, so that order is
/// taken of several greedy ones which keeps the products of their numbers of values least.
std::vector<std::vector<size_t>> ordered_groups(std::span<const Condition> conditions,
                                                const std::vector<uint64_t>& sizes);

}  // namespace tamis::enumeration

#pragma once

#include "space/expression_tree.h"
#include "tamis/space.h"

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

namespace tamis::enumeration {

/// A set of knobs: i stands for the i-th knob that has a choice.
class KnobSet {
 public:
  KnobSet() = default;
  KnobSet(std::initializer_list<size_t> knobs) {
    for (const size_t knob : knobs) add(knob);
  }
  /// The first `count` knobs.
  static KnobSet first(size_t count);

  void add(size_t knob);
  void add(const KnobSet& other);
  bool contains(size_t knob) const { return (word(knob / 64) >> (knob % 64) & 1) != 0; }
  bool empty() const;
  /// Whether any knob is in both.
  bool meets(const KnobSet& other) const;
  /// Whether every knob of this one is in the other.
  bool within(const KnobSet& other) const;
  /// What is in both.
  KnobSet both(const KnobSet& other) const;
  /// The members, ascending.
  std::vector<size_t> members() const;
  /// Calls `visit` with every member, ascending.
  template <class Visit>
  void each(const Visit& visit) const {
    for (size_t i = 0; i < 1 + rest_.size(); ++i)
      for (uint64_t left = word(i); left != 0; left &= left - 1)
        visit(64 * i + static_cast<size_t>(std::countr_zero(left)));
  }

  friend auto operator<=>(const KnobSet&, const KnobSet&) = default;

 private:
  uint64_t word(size_t i) const { return i == 0 ? first_ : i <= rest_.size() ? rest_[i - 1] : 0; }

  uint64_t first_ = 0;          ///< the first 64 knobs, which are all of most spaces
  std::vector<uint64_t> rest_;  ///< the last of them is not 0
};

/// Something that must hold: one of the formulas that a constraint joins by `and`, or a constraint that is a
/// function, into which nobody can look.
struct Condition {
  const Constraint* constraint = nullptr;
  std::shared_ptr<const expression::Program> program;  ///< nullptr: look at constraint->holds
  std::shared_ptr<const expression::Tree> tree;        ///< of the program
  uint32_t root = 0;                                   ///< the formula, a node of the tree
  KnobSet knobs = {};                                  ///< those it looks at
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
/// taken of several greedy ones which keeps the products of their numbers of values least. Of very many
/// joined knobs fewer orders are looked at, and of more than kMostOrdered none but their own.
std::vector<std::vector<size_t>> ordered_groups(std::span<const Condition> conditions,
                                                const std::vector<uint64_t>& sizes);

}  // namespace tamis::enumeration

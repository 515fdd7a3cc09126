#include "space/enumeration/condition.h"

#include <algorithm>
#include <utility>

namespace tamis::enumeration {
namespace {

using expression::Node;

KnobSet all_of(const std::vector<size_t>& movable) { return (KnobSet{1} << movable.size()) - 1; }

/// Bit of the knob at a position of the space; none where it has no choice.
KnobSet bit_of(const std::vector<size_t>& movable, size_t position) {
  const auto found = std::lower_bound(movable.begin(), movable.end(), position);
  if (found == movable.end() || *found != position) return 0;
  return KnobSet{1} << (found - movable.begin());
}

/// The knobs that a function says it looks at; all where it does not say, or names what there is not.
KnobSet declared_knobs(const Space& space, const Constraint& constraint, const std::vector<size_t>& movable) {
  if (constraint.knobs.empty()) return all_of(movable);
  KnobSet knobs = 0;
  for (const std::string& name : constraint.knobs) {
    const std::optional<size_t> position = space.find(name);
    if (!position) return all_of(movable);
    knobs |= bit_of(movable, *position);
  }
  return knobs;
}

/// The knobs below every node.
std::vector<KnobSet> knobs_below(const expression::Tree& tree, const expression::Program& program,
                                 const std::vector<size_t>& movable) {
  std::vector<KnobSet> knobs(tree.nodes.size(), 0);
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    const Node& node = tree.nodes[i];
    if (node.kind == Node::Kind::column)
      knobs[i] = bit_of(movable, program.columns[node.column].knob);
    else if (node.kind != Node::Kind::constant)
      knobs[i] = knobs[node.left] | knobs[node.right];
  }
  return knobs;
}

/// Whether the program was made for knobs like these.
bool fits(const Space& space, const expression::Program& program) {
  return std::all_of(program.columns.begin(), program.columns.end(), [&](const expression::Column& column) {
    return column.knob < space.knobs().size() &&
           column.values.size() == space.knobs()[column.knob].values.size();
  });
}

void add_formula(const Constraint& constraint, std::shared_ptr<const expression::Program> program,
                 const std::vector<size_t>& movable, std::vector<Condition>& conditions) {
  const auto tree = std::make_shared<const expression::Tree>(expression::tree_of(*program));
  const std::vector<KnobSet> knobs = knobs_below(*tree, *program, movable);
  std::vector<uint32_t> roots = {tree->root};
  while (!roots.empty()) {
    const uint32_t root = roots.back();
    roots.pop_back();
    const Node& node = tree->nodes[root];
    if (node.kind == Node::Kind::conjunction) {
      roots.push_back(node.right);
      roots.push_back(node.left);
    } else {
      conditions.push_back({&constraint, program, tree, root, knobs[root]});
    }
  }
}

}  // namespace

std::vector<size_t> knobs_with_a_choice(const Space& space) {
  std::vector<size_t> movable;
  for (size_t i = 0; i < space.knobs().size(); ++i)
    if (space.knobs()[i].values.size() > 1) movable.push_back(i);
  return movable;
}

std::vector<Condition> conditions_of(const Space& space, const std::vector<size_t>& movable) {
  std::vector<Condition> conditions;
  for (const Constraint& constraint : space.constraints()) {
    const auto* formula = constraint.holds.target<expression::FormulaHolds>();
    if (formula != nullptr && fits(space, *formula->program))
      add_formula(constraint, formula->program, movable, conditions);
    else
      conditions.push_back({&constraint, nullptr, nullptr, 0, declared_knobs(space, constraint, movable)});
  }
  return conditions;
}

}  // namespace tamis::enumeration

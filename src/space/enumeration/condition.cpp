#include "space/enumeration/condition.h"

#include "space/enumeration/formula.h"

#include <algorithm>
#include <bit>
#include <limits>
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
      knobs[i] = knobs[node.left] | knobs[node.right] | knobs[node.condition];
  }
  return knobs;
}

/// All knobs that a formula names.
KnobSet knobs_of(const expression::Program& program, const std::vector<size_t>& movable) {
  KnobSet knobs = 0;
  for (const expression::Column& column : program.columns) knobs |= bit_of(movable, column.knob);
  return knobs;
}

/// Whether the program was made for knobs like these.
bool fits(const Space& space, const expression::Program& program) {
  return std::all_of(program.columns.begin(), program.columns.end(), [&](const expression::Column& column) {
    return column.knob < space.knobs().size() &&
           column.values.size() == space.knobs()[column.knob].values.size();
  });
}

void add_formula(const Constraint& constraint, const std::shared_ptr<const expression::Program>& program,
                 const std::vector<size_t>& movable, std::vector<Condition>& conditions) {
  const auto tree = std::make_shared<const expression::Tree>(expression::tree_of(*program));
  const std::vector<KnobSet> knobs = knobs_below(*tree, *program, movable);
  if (!stays_in_64_bits(*tree, *program)) {
    conditions.push_back({&constraint, program, tree, tree->root, knobs[tree->root], true});
    return;
  }
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

/// So many different sets of knobs are looked at; more tell little more.
constexpr size_t kMostSets = 256;

/// The sets of knobs that conditions look at, each once.
std::vector<KnobSet> distinct_sets(std::span<const Condition> conditions) {
  std::vector<KnobSet> sets;
  for (const Condition& condition : conditions) sets.push_back(condition.knobs);
  std::sort(sets.begin(), sets.end());
  sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
  return sets;
}

/// Joins sets that overlap until none do.
std::vector<KnobSet> groups_of(const std::vector<KnobSet>& sets, size_t knobs) {
  std::vector<KnobSet> groups;
  for (size_t knob = 0; knob < knobs; ++knob) groups.push_back(KnobSet{1} << knob);
  for (const KnobSet set : sets) {
    KnobSet joined = 0;
    std::vector<KnobSet> others;
    for (const KnobSet group : groups) {
      if ((group & set) != 0)
        joined |= group;
      else
        others.push_back(group);
    }
    if (joined != 0) others.push_back(joined);
    groups = std::move(others);
  }
  std::sort(groups.begin(), groups.end(),
            [](KnobSet a, KnobSet b) { return std::countr_zero(a) < std::countr_zero(b); });
  return groups;
}

struct Order {
  std::vector<size_t> knobs;
  double cost = 0;  ///< about how many choices have to be looked at
};

class Ordering {
 public:
  Ordering(std::vector<KnobSet> sets, const std::vector<uint64_t>& sizes)
      : sets_(std::move(sets)), sizes_(sizes) {}

  /// The greedy order that begins with `first`.
  Order beginning_with(KnobSet group, size_t first) const {
    Order order;
    KnobSet chosen = 0;
    double remembered = 1;
    for (size_t knob = first;;) {
      chosen |= KnobSet{1} << knob;
      order.knobs.push_back(knob);
      order.cost += remembered * static_cast<double>(sizes_[knob]);
      remembered = states(chosen);
      if (chosen == group) return order;
      knob = next(group, chosen);
    }
  }

 private:
  size_t next(KnobSet group, KnobSet chosen) const {
    size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (KnobSet left = group & ~chosen; left != 0; left &= left - 1) {
      const auto knob = static_cast<size_t>(std::countr_zero(left));
      // Of equally good ones first what has few values.
      const double cost =
          states(chosen | KnobSet{1} << knob) * (1 + 1e-9 * static_cast<double>(sizes_[knob]));
      if (cost >= least) continue;
      least = cost;
      best = knob;
    }
    return best;
  }

  /// The number of ways to choose those of the chosen knobs that some condition still needs.
  double states(KnobSet chosen) const {
    KnobSet needed = 0;
    for (const KnobSet set : sets_)
      if ((set & ~chosen) != 0) needed |= set & chosen;
    double product = 1;
    for (KnobSet left = needed; left != 0; left &= left - 1)
      product *= static_cast<double>(sizes_[static_cast<size_t>(std::countr_zero(left))]);
    return product;
  }

  std::vector<KnobSet> sets_;
  const std::vector<uint64_t>& sizes_;
};

std::vector<size_t> best_order(KnobSet group, std::vector<KnobSet> sets, const std::vector<uint64_t>& sizes) {
  std::erase_if(sets, [&](KnobSet set) { return (set & group) == 0; });
  if (sets.size() > kMostSets) sets.resize(kMostSets);
  const Ordering ordering(std::move(sets), sizes);
  Order best;
  for (KnobSet left = group; left != 0; left &= left - 1) {
    Order order = ordering.beginning_with(group, static_cast<size_t>(std::countr_zero(left)));
    if (best.knobs.empty() || order.cost < best.cost) best = std::move(order);
  }
  return best.knobs;
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
    const bool known = formula != nullptr && fits(space, *formula->program);
    if (known && !formula->program->code.empty())
      add_formula(constraint, formula->program, movable, conditions);
    else
      conditions.push_back(
          {&constraint, nullptr, nullptr, 0,
           known ? knobs_of(*formula->program, movable) : declared_knobs(space, constraint, movable)});
  }
  return conditions;
}

std::vector<std::vector<size_t>> ordered_groups(std::span<const Condition> conditions,
                                                const std::vector<uint64_t>& sizes) {
  const std::vector<KnobSet> sets = distinct_sets(conditions);
  std::vector<std::vector<size_t>> groups;
  for (const KnobSet group : groups_of(sets, sizes.size())) groups.push_back(best_order(group, sets, sizes));
  return groups;
}

}  // namespace tamis::enumeration

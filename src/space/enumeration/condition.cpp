#include "space/enumeration/condition.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tamis::enumeration {
namespace {

using expression::Node;

/// Adds the knob at a position of the space, unless it has no choice.
void add_at(KnobSet& knobs, const std::vector<size_t>& movable, size_t position) {
  const auto found = std::lower_bound(movable.begin(), movable.end(), position);
  if (found != movable.end() && *found == position) knobs.add(static_cast<size_t>(found - movable.begin()));
}

/// The knobs that a function says it looks at; all where it does not say, or names what there is not.
KnobSet declared_knobs(const Space& space, const Constraint& constraint, const std::vector<size_t>& movable) {
  if (constraint.knobs.empty()) return KnobSet::first(movable.size());
  KnobSet knobs;
  for (const std::string& name : constraint.knobs) {
    const std::optional<size_t> position = space.find(name);
    if (!position) return KnobSet::first(movable.size());
    add_at(knobs, movable, *position);
  }
  return knobs;
}

/// The knobs below every node.
std::vector<KnobSet> knobs_below(const expression::Tree& tree, const expression::Program& program,
                                 const std::vector<size_t>& movable) {
  std::vector<KnobSet> knobs(tree.nodes.size());
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    const Node& node = tree.nodes[i];
    if (node.kind == Node::Kind::column) {
      add_at(knobs[i], movable, program.columns[node.column].knob);
    } else if (node.kind != Node::Kind::constant) {
      knobs[i] = knobs[node.left];
      knobs[i].add(knobs[node.right]);
    }
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

void add_formula(const Constraint& constraint, const std::shared_ptr<const expression::Program>& program,
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
  std::vector<KnobSet> groups(knobs);
  for (size_t knob = 0; knob < knobs; ++knob) groups[knob].add(knob);
  for (const KnobSet& set : sets) {
    KnobSet joined;
    std::vector<KnobSet> others;
    for (KnobSet& group : groups) {
      if (group.meets(set))
        joined.add(group);
      else
        others.push_back(std::move(group));
    }
    if (!joined.empty()) others.push_back(std::move(joined));
    groups = std::move(others);
  }
  std::sort(groups.begin(), groups.end(),
            [](const KnobSet& a, const KnobSet& b) { return a.members().front() < b.members().front(); });
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
  Order beginning_with(const std::vector<size_t>& group, size_t first) const {
    Order order;
    KnobSet chosen;
    double remembered = 1;
    for (size_t knob = first;;) {
      chosen.add(knob);
      order.knobs.push_back(knob);
      order.cost += remembered * static_cast<double>(sizes_[knob]);
      remembered = states(chosen);
      if (order.knobs.size() == group.size()) return order;
      knob = next(group, chosen);
    }
  }

 private:
  size_t next(const std::vector<size_t>& group, const KnobSet& chosen) const {
    size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    bool found = false;
    for (const size_t knob : group) {
      if (chosen.contains(knob)) continue;
      KnobSet more = chosen;
      more.add(knob);
      // Of equally good ones first what has few values.
      const double cost = states(more) * (1 + 1e-9 * static_cast<double>(sizes_[knob]));
      if (found && cost >= least) continue;
      found = true;
      least = cost;
      best = knob;
    }
    return best;
  }

  /// The number of ways to choose those of the chosen knobs that some condition still needs.
  double states(const KnobSet& chosen) const {
    KnobSet needed;
    for (const KnobSet& set : sets_)
      if (!set.within(chosen)) needed.add(set.both(chosen));
    double product = 1;
    needed.each([&](size_t knob) { product *= static_cast<double>(sizes_[knob]); });
    return product;
  }

  std::vector<KnobSet> sets_;
  const std::vector<uint64_t>& sizes_;
};

/// Of a larger group no order but its own is looked at: that alone would take longer than all else.
constexpr size_t kMostOrdered = 256;
/// Of a group of up to so many knobs every one is tried as the first of an order.
constexpr size_t kMostFirsts = 64;

std::vector<size_t> best_order(const KnobSet& group, std::vector<KnobSet> sets,
                               const std::vector<uint64_t>& sizes) {
  const std::vector<size_t> members = group.members();
  if (members.size() > kMostOrdered) return members;
  std::erase_if(sets, [&](const KnobSet& set) { return !set.meets(group); });
  if (sets.size() > kMostSets) sets.resize(kMostSets);
  const Ordering ordering(std::move(sets), sizes);
  Order best;
  const size_t firsts = members.size() <= kMostFirsts ? members.size() : 1;
  for (size_t i = 0; i < firsts; ++i) {
    Order order = ordering.beginning_with(members, members[i]);
    if (best.knobs.empty() || order.cost < best.cost) best = std::move(order);
  }
  return best.knobs;
}

}  // namespace

KnobSet KnobSet::first(size_t count) {
  KnobSet set;
  for (size_t knob = 0; knob < count; ++knob) set.add(knob);
  return set;
}

void KnobSet::add(size_t knob) {
  const uint64_t bit = uint64_t{1} << (knob % 64);
  if (knob < 64) {
    first_ |= bit;
    return;
  }
  if (rest_.size() < knob / 64) rest_.resize(knob / 64, 0);
  rest_[knob / 64 - 1] |= bit;
}

void KnobSet::add(const KnobSet& other) {
  first_ |= other.first_;
  if (rest_.size() < other.rest_.size()) rest_.resize(other.rest_.size(), 0);
  for (size_t i = 0; i < other.rest_.size(); ++i) rest_[i] |= other.rest_[i];
}

bool KnobSet::empty() const { return first_ == 0 && rest_.empty(); }

bool KnobSet::meets(const KnobSet& other) const {
  if ((first_ & other.first_) != 0) return true;
  for (size_t i = 0; i < std::min(rest_.size(), other.rest_.size()); ++i)
    if ((rest_[i] & other.rest_[i]) != 0) return true;
  return false;
}

bool KnobSet::within(const KnobSet& other) const {
  if ((first_ & ~other.first_) != 0) return false;
  for (size_t i = 0; i < rest_.size(); ++i)
    if ((rest_[i] & ~other.word(i + 1)) != 0) return false;
  return true;
}

KnobSet KnobSet::both(const KnobSet& other) const {
  KnobSet set;
  set.first_ = first_ & other.first_;
  const size_t words = std::min(rest_.size(), other.rest_.size());
  for (size_t i = 0; i < words; ++i) set.rest_.push_back(rest_[i] & other.rest_[i]);
  while (!set.rest_.empty() && set.rest_.back() == 0) set.rest_.pop_back();
  return set;
}

std::vector<size_t> KnobSet::members() const {
  std::vector<size_t> all;
  each([&](size_t knob) { all.push_back(knob); });
  return all;
}

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

std::vector<std::vector<size_t>> ordered_groups(std::span<const Condition> conditions,
                                                const std::vector<uint64_t>& sizes) {
  const std::vector<KnobSet> sets = distinct_sets(conditions);
  std::vector<std::vector<size_t>> groups;
  for (const KnobSet& group : groups_of(sets, sizes.size())) groups.push_back(best_order(group, sets, sizes));
  return groups;
}

}  // namespace tamis::enumeration

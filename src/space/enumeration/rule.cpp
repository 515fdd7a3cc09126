#include "space/enumeration/rule.h"

#include <algorithm>
#include <cstring>

namespace tamis::enumeration {
namespace {

using expression::Node;
using expression::Number;
using expression::Operation;
using expression::OptionalNumber;

OptionalNumber calculate_one(Operation operation, Number a) {
  if (operation == Operation::negate) return expression::negate(a);
  if (operation == Operation::negate_boolean) return Number::from_whole(a.is_true() ? 0 : 1);
  return expression::compare(a, Number{}) < 0 ? expression::negate(a) : OptionalNumber(a);
}

void append_bytes(std::string& state, const void* bytes, size_t count) {
  state.append(static_cast<const char*>(bytes), count);
}

}  // namespace

Rule::Rule(const Space& space, const Condition& condition, const std::vector<int>& levels)
    : space_(space), condition_(condition) {
  if (condition.tree) nodes_ = prepare(condition, levels);
  values_.resize(nodes_.size());
  ranges_.resize(nodes_.size());
  looks_at_.resize(levels.size(), false);
  size_t bit = 0;
  for (size_t position = 0; position < levels.size(); ++position) {
    if (space.knobs()[position].values.size() < 2) continue;
    const int level = levels[position];
    if (!condition.knobs.contains(bit++)) continue;
    looks_at_[static_cast<size_t>(level)] = true;
    first_ = first_ == kConstant ? level : std::min(first_, level);
    last_ = std::max(last_, level);
    if (nodes_.empty()) function_knobs_.emplace_back(level, position);
  }
}

Rule::Outcome Rule::begin() {
  const Config first{std::vector<uint32_t>(space_.knobs().size(), 0)};
  return choose(kConstant, first);
}

Rule::Outcome Rule::choose(int level, const Config& config) {
  if (nodes_.empty()) {
    if (level != last_) return Outcome::open;
    return condition_.constraint->holds(space_, config) ? Outcome::settled : Outcome::violated;
  }
  for (size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].level == level) values_[i] = calculate(nodes_[i], config);
  if (nodes_.back().level == level) {
    const OptionalNumber& value = values_.back();
    return value && value->is_true() ? Outcome::settled : Outcome::violated;
  }
  find_ranges(level);
  const Range& whole = ranges_.back();
  if (!whole.may_hold()) return Outcome::violated;
  return whole.must_hold() ? Outcome::settled : Outcome::open;
}

OptionalNumber Rule::calculate(const FormulaNode& one, const Config& config) const {
  const Node& node = one.node;
  if (node.kind == Node::Kind::constant) return node.constant;
  if (node.kind == Node::Kind::column) return one.column->values[config.choices[one.column->knob]];
  const OptionalNumber& left = values_[node.left];
  const OptionalNumber& right = values_[node.right];
  if (!left) return std::nullopt;
  if (node.kind == Node::Kind::conjunction) return left->is_true() ? right : left;
  if (node.kind == Node::Kind::disjunction) return left->is_true() ? left : right;
  if (!right) return std::nullopt;
  if (expression::is_unary(node.operation)) return calculate_one(node.operation, *left);
  if (node.operation == Operation::compare)
    return Number::from_whole(expression::satisfies(expression::compare(*left, *right), node.comparison));
  return expression::calculate(node.operation, *left, *right);
}

void Rule::find_ranges(int chosen) {
  for (size_t i = 0; i < nodes_.size(); ++i)
    ranges_[i] = nodes_[i].level <= chosen ? enumeration::range_of(values_[i]) : range_of(nodes_[i], ranges_);
}

void Rule::append_state(int level, const Config& config, std::string& state) const {
  for (const auto& [own, position] : function_knobs_)
    if (own <= level) append_bytes(state, &config.choices[position], sizeof(uint32_t));
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const FormulaNode& one = nodes_[i];
    if (one.level == kConstant || one.level > level || one.needed <= level) continue;
    const OptionalNumber& value = values_[i];
    state.push_back(static_cast<char>(!value ? 0 : value->is_real ? 1 : 2));
    if (value) append_bytes(state, &value->whole, sizeof value->whole);
  }
}

void Rule::narrow_to(int level, std::vector<ColumnRequirement>& requirements) {
  if (nodes_.empty()) return;
  find_ranges(level - 1);
  narrow(nodes_, ranges_, level, requirements);
}

}  // namespace tamis::enumeration

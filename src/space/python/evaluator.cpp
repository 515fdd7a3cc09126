#include "space/python/evaluator.h"

#include "space/expression_lexer.h"
#include "space/python/calculation.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tamis::python {
namespace {

class Evaluator {
 public:
  Evaluator(std::string_view text, size_t most_steps, const Columns& columns)
      : text_(text), most_steps_(most_steps), columns_(columns) {}

  Result<Value> value(const Syntax& node) {
    TAMIS_TRY(spend(1, node));
    switch (node.form) {
      case Form::constant:
        return node.constant;
      case Form::name:
        return variable(node);
      case Form::column:
        return column(node);
      case Form::negative:
      case Form::positive:
      case Form::inverted:
      case Form::negation: {
        TAMIS_ASSIGN(const Value part, value(node.parts[0]));
        return placed(calculate(node.form, part), node);
      }
      case Form::arithmetic:
        return arithmetic(node);
      case Form::comparison:
        return comparison(node);
      case Form::conjunction:
      case Form::disjunction:
        return junction(node);
      case Form::conditional:
        return conditional(node);
      case Form::subscript:
      case Form::slice:
        return subscript(node);
      case Form::comprehension:
        return comprehension(node);
      default:
        return several(node);
    }
  }

 private:
  Result<Value> variable(const Syntax& node) {
    for (size_t i = variables_.size(); i-- > 0;)
      if (variables_[i].first == node.name) return weighed(variables_[i].second, node);
    return error(node, fmt::format("there is no variable \"{}\"", node.name));
  }

  Result<Value> column(const Syntax& node) {
    std::optional<Value> found = columns_(node.column);
    if (!found) return error(node, "the config is of another space");
    return std::move(*found);
  }

  Result<Value> arithmetic(const Syntax& node) {
    TAMIS_ASSIGN(Value left, value(node.parts[0]));
    for (size_t i = 0; i < node.operators.size(); ++i) {
      TAMIS_ASSIGN(const Value right, value(node.parts[i + 1]));
      TAMIS_ASSIGN(left, placed(calculate(node.operators[i], left, right), node));
    }
    return left;
  }

  Result<Value> comparison(const Syntax& node) {
    TAMIS_ASSIGN(Value left, value(node.parts[0]));
    for (size_t i = 0; i < node.operators.size(); ++i) {
      TAMIS_ASSIGN(Value right, value(node.parts[i + 1]));
      TAMIS_TRY(spend(right.sequence() == nullptr ? 0 : right.weight(), node));
      const Result<bool> holds = compare(node.operators[i], left, right);
      if (!holds.ok()) return error(node, holds.error().message);
      if (!*holds) return Value(false);
      left = std::move(right);
    }
    return Value(true);
  }

  /// As in Python the value of `a and b` is that of the operand that decided, and the others are not asked.
  Result<Value> junction(const Syntax& node) {
    for (size_t i = 0;; ++i) {
      TAMIS_ASSIGN(Value part, value(node.parts[i]));
      if (i + 1 == node.parts.size() || part.is_true() == (node.form == Form::disjunction)) return part;
    }
  }

  Result<Value> conditional(const Syntax& node) {
    TAMIS_ASSIGN(const Value condition, value(node.parts[0]));
    return value(node.parts[condition.is_true() ? 1 : 2]);
  }

  Result<Value> subscript(const Syntax& node) {
    TAMIS_ASSIGN(const Value whole, value(node.parts[0]));
    std::vector<OptionalWide> bounds;
    for (size_t i = 1; i < node.parts.size(); ++i) {
      TAMIS_ASSIGN(const Value bound, value(node.parts[i]));
      if (!bound.whole() && !(bound.is_none() && node.form == Form::slice))
        return error(node.parts[i], "an index is an integer");
      bounds.push_back(bound.whole());
    }
    if (!has_order(whole)) return error(node, "the order of a set is not known; sorted() gives one");
    std::optional<Value> found =
        node.form == Form::slice ? slice(whole, {bounds[0], bounds[1], bounds[2]}) : item(whole, *bounds[0]);
    if (!found) return error(node, "there is no such item");
    return weighed(std::move(*found), node);
  }

  /// Lists and arguments.
  Result<Value> several(const Syntax& node) {
    if (node.form == Form::call && (node.name == "any" || node.name == "all") && node.parts[0].is_lazy)
      return lazily(node.parts[0], node.name == "any");
    Values values;
    values.reserve(node.parts.size());
    for (const Syntax& part : node.parts) {
      TAMIS_ASSIGN(Value one, value(part));
      values.push_back(std::move(one));
    }
    if (node.form == Form::set) return placed(make_set(std::move(values)), node);
    if (node.form == Form::call) {
      for (const Value& one : values) {
        const Wide count = one.range() != nullptr && node.name != "len" ? one.range()->count : 0;
        TAMIS_TRY(spend(static_cast<size_t>(std::min<Wide>(count, kMostValues)) + one.weight(), node));
      }
      return placed(call(node.name, values), node);
    }
    const Sequence::Kind kind = node.form == Form::tuple ? Sequence::Kind::tuple : Sequence::Kind::list;
    return weighed(Value(Sequence{kind, std::move(values)}), node);
  }

  /// What a comprehension gives, or, where one element decides, whether it did.
  struct Collected {
    Values values = {};
    std::optional<bool> decides = {};
    bool decided = false;
    bool is_unordered = false;  // whether they come from a set
  };

  Result<Value> comprehension(const Syntax& node) {
    Collected all;
    TAMIS_TRY(clauses(node, 1, all));
    if (node.is_set) return placed(make_set(std::move(all.values)), node);
    return Value(Sequence{Sequence::Kind::list, std::move(all.values), all.is_unordered});
  }

  /// any or all: what comes behind the element that decides is not asked.
  Result<Value> lazily(const Syntax& node, bool decides) {
    Collected all;
    all.decides = decides;
    TAMIS_TRY(clauses(node, 1, all));
    return Value(all.decided == decides);
  }

  /// The clauses of a comprehension from this one on; behind the last of them its element is added.
  Status clauses(const Syntax& node, size_t clause, Collected& all) {
    if (clause == node.parts.size()) {
      TAMIS_ASSIGN(Value element, value(node.parts[0]));
      if (all.decides) {
        all.decided = element.is_true() == *all.decides;
        return {};
      }
      if (all.values.size() >= kMostValues)
        return error(node, fmt::format("there are more than {} values", kMostValues));
      TAMIS_TRY(spend(element.weight(), node));
      all.values.push_back(std::move(element));
      return {};
    }
    const Syntax& one = node.parts[clause];
    TAMIS_ASSIGN(const Value part, value(one.parts[0]));
    if (one.form == Form::if_clause) return part.is_true() ? clauses(node, clause + 1, all) : Status{};
    if (!length(part)) return error(one.parts[0], "a list or a range is expected after `in`");
    TAMIS_ASSIGN(const Values members, weighed_items(part, one.parts[0]));
    all.is_unordered = all.is_unordered || !has_order(part);
    for (const Value& member : members) {
      variables_.emplace_back(one.name, member);
      const Status status = clauses(node, clause + 1, all);
      variables_.pop_back();
      TAMIS_TRY(status);
      if (all.decided) break;
    }
    return {};
  }

  Result<Values> weighed_items(const Value& value, const Syntax& node) {
    Result<Values> all = items(value);
    if (!all.ok()) return error(node, all.error().message);
    TAMIS_TRY(spend(all->size(), node));
    return all;
  }

  Result<Value> weighed(Value value, const Syntax& node) {
    const size_t weight = value.weight();
    if (weight > kMostValues + 1)
      return error(node, fmt::format("there are more than {} values", kMostValues));
    TAMIS_TRY(spend(weight, node));
    return value;
  }

  Result<Value> placed(Result<Value> value, const Syntax& node) {
    if (!value.ok()) return error(node, value.error().message);
    TAMIS_TRY(spend(value->weight(), node));
    return value;
  }

  Status spend(size_t steps, const Syntax& node) {
    steps_ += steps;
    if (steps_ <= most_steps_) return {};
    return error(node, fmt::format("this takes more than {} steps", most_steps_));
  }

  Error error(const Syntax& node, std::string_view what) const {
    return expression::expression_error(text_, node.position, what);
  }

  std::string_view text_;
  size_t most_steps_;
  const Columns& columns_;
  std::vector<std::pair<std::string_view, Value>> variables_;
  size_t steps_ = 0;
};

}  // namespace

Result<Value> evaluate(const Syntax& root, std::string_view text, size_t most_steps, const Columns& columns) {
  return Evaluator(text, most_steps, columns).value(root);
}

}  // namespace tamis::python

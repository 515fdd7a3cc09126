#include "space/enumeration/requirement.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tamis::enumeration {
namespace {

using expression::Comparison;
using expression::Node;
using expression::Operation;
using Need = Requirement::Need;

/// A little wider, for what rounding does to real numbers.
Requirement within(Bounds bounds) {
  Requirement requirement;
  requirement.low = std::nextafter(std::nextafter(bounds.low, -kInfinity), -kInfinity);
  requirement.high = std::nextafter(std::nextafter(bounds.high, kInfinity), kInfinity);
  return requirement;
}

Bounds bounds(const Requirement& requirement) { return {requirement.low, requirement.high}; }

/// The size of the only value of a range where that is whole and not 0; else 0.
int64_t only_value(const Range& range) {
  if (!range.whole || !range.point() || std::fabs(range.low) >= kExact) return 0;
  return std::abs(static_cast<int64_t>(range.low));
}

Comparison opposite(Comparison comparison) {
  switch (comparison) {
    case Comparison::less:
      return Comparison::greater_equal;
    case Comparison::less_equal:
      return Comparison::greater;
    case Comparison::greater:
      return Comparison::less_equal;
    case Comparison::greater_equal:
      return Comparison::less;
    case Comparison::equal:
      return Comparison::not_equal;
    default:
      return Comparison::equal;
  }
}

class Narrowing {
 public:
  Narrowing(const std::vector<FormulaNode>& nodes, const std::vector<Range>& ranges)
      : nodes_(nodes), ranges_(ranges), requirements_(nodes.size()) {}

  void run(int level, std::vector<ColumnRequirement>& found) {
    requirements_.back().need = Need::holds;
    for (size_t i = nodes_.size(); i-- > 0;) {
      const FormulaNode& one = nodes_[i];
      if (one.level < level) continue;
      if (one.node.kind == Node::Kind::column) {
        if (one.level == level) found.push_back({one.column, column_requirement(requirements_[i])});
      } else {
        pass_down(one.node, requirements_[i]);
      }
    }
  }

 private:
  /// A column that is a boolean itself.
  static Requirement column_requirement(Requirement requirement) {
    if (requirement.need == Need::fails) requirement.low = requirement.high = 0;
    return requirement;
  }

  void require(uint32_t part, const Requirement& more) { requirements_[part].join(more); }
  void need(uint32_t part, bool holds) {
    Requirement more;
    more.need = holds ? Need::holds : Need::fails;
    require(part, more);
  }

  void pass_down(const Node& node, const Requirement& required) {
    const bool holds = required.need == Need::holds;
    switch (node.kind) {
      case Node::Kind::conjunction:
      case Node::Kind::disjunction:
        if (required.need != Need::nothing) junction(node, holds);
        break;
      case Node::Kind::conditional:
        choice(node, required);
        break;
      default:
        if (node.operation == Operation::compare) {
          if (required.need != Need::nothing)
            compare(node, holds ? node.comparison : opposite(node.comparison));
        } else if (node.operation == Operation::negate_boolean) {
          if (required.need != Need::nothing) need(node.left, !holds);
        } else {
          Requirement wanted = required;
          if (required.need == Need::fails) wanted.low = wanted.high = 0;
          if (!wanted.nothing()) calculate(node, wanted);
        }
    }
  }

  /// `a and b` that must hold, or `a or b` that must fail, ask it of both; the other way round of the one
  /// that is left when the other cannot give it.
  void junction(const Node& node, bool holds) {
    if (holds == (node.kind == Node::Kind::conjunction)) {
      need(node.left, holds);
      need(node.right, holds);
      return;
    }
    const auto can = [&](uint32_t part) {
      return ranges_[part].empty() || (holds ? ranges_[part].may_hold() : ranges_[part].may_fail());
    };
    if (!can(node.left)) need(node.right, holds);
    if (!can(node.right)) need(node.left, holds);
  }

  /// `a if condition else b` asks the same of the one that is left when the condition is decided.
  void choice(const Node& node, const Requirement& required) {
    const Range& condition = ranges_[node.condition];
    if (!condition.may_fail()) require(node.left, required);
    if (!condition.may_hold()) require(node.right, required);
  }

  void compare(const Node& node, Comparison comparison) {
    const Range& a = ranges_[node.left];
    const Range& b = ranges_[node.right];
    if (a.empty() || b.empty()) return;
    // That strict bounds are left out is found when the value is tried.
    switch (comparison) {
      case Comparison::less:
      case Comparison::less_equal:
        require(node.left, bounded(-kInfinity, b.high));
        require(node.right, bounded(a.low, kInfinity));
        break;
      case Comparison::greater:
      case Comparison::greater_equal:
        require(node.left, bounded(b.low, kInfinity));
        require(node.right, bounded(-kInfinity, a.high));
        break;
      case Comparison::equal:
        require(node.left, bounded(b.low, b.high));
        require(node.right, bounded(a.low, a.high));
        break;
      default:
        break;
    }
  }

  static Requirement bounded(double low, double high) {
    Requirement requirement;
    requirement.low = low;
    requirement.high = high;
    return requirement;
  }

  void calculate(const Node& node, const Requirement& wanted) {
    const Range& a = ranges_[node.left];
    const Range& b = ranges_[node.right];
    if (a.empty() || b.empty()) return;
    switch (node.operation) {
      case Operation::add:
        require(node.left, within(difference(bounds(wanted), bounds(b))));
        require(node.right, within(difference(bounds(wanted), bounds(a))));
        break;
      case Operation::subtract:
        require(node.left, within(sum(bounds(wanted), bounds(b))));
        require(node.right, within(difference(bounds(a), bounds(wanted))));
        break;
      case Operation::multiply:
        factor(node.left, a, b, wanted);
        factor(node.right, b, a, wanted);
        break;
      case Operation::divide:
        require(node.left, within(product(bounds(wanted), bounds(b))));
        break;
      case Operation::floor_divide:
        if (b.low > 0 && a.whole && b.whole)
          require(node.left, within(product({wanted.low, wanted.high + 1}, bounds(b))));
        break;
      case Operation::modulo:
        modulo(node, a, b, wanted);
        break;
      default:
        select(node, a, b, wanted);
    }
  }

  void select(const Node& node, const Range& a, const Range& b, const Requirement& wanted) {
    switch (node.operation) {
      case Operation::negate:
        require(node.left, bounded(-wanted.high, -wanted.low));
        break;
      case Operation::absolute:
        require(node.left, bounded(-wanted.high, wanted.high));
        break;
      case Operation::minimum:
        require(node.left, bounded(wanted.low, b.low > wanted.high ? wanted.high : kInfinity));
        require(node.right, bounded(wanted.low, a.low > wanted.high ? wanted.high : kInfinity));
        break;
      case Operation::maximum:
        require(node.left, bounded(b.high < wanted.low ? wanted.low : -kInfinity, wanted.high));
        require(node.right, bounded(a.high < wanted.low ? wanted.low : -kInfinity, wanted.high));
        break;
      default:
        break;
    }
  }

  /// One factor of a product.
  void factor(uint32_t part, const Range& own, const Range& other, const Requirement& wanted) {
    Requirement more;
    if (!other.contains(0)) more = within(quotient(bounds(wanted), bounds(other)));
    if (own.whole && other.whole) {
      const int64_t known = only_value(other);
      int64_t divided = wanted.divisor_of;
      if (wanted.low == wanted.high && divided == 0)
        divided = only_value({wanted.low, wanted.high, true, true});
      if (divided != 0 && known > 0 && divided % known != 0) more = bounded(kInfinity, -kInfinity);
      if (divided != 0) more.divisor_of = known > 0 ? std::max<int64_t>(divided / known, 1) : divided;
      if (known > 0) more.multiple_of = wanted.multiple_of / std::gcd(wanted.multiple_of, known);
    }
    require(part, more);
  }

  /// Only `a % b` that must be 0 says something: a is a multiple of b.
  void modulo(const Node& node, const Range& a, const Range& b, const Requirement& wanted) {
    if (wanted.low != 0 || wanted.high != 0) return;
    Requirement dividend;
    if (const int64_t divisor = only_value(b); divisor > 0) dividend.multiple_of = divisor;
    require(node.left, dividend);
    if (a.contains(0)) return;
    const double most = std::max(std::fabs(a.low), std::fabs(a.high));
    Requirement divisor = bounded(-most, most);
    divisor.divisor_of = only_value(a);
    require(node.right, divisor);
  }

  const std::vector<FormulaNode>& nodes_;
  const std::vector<Range>& ranges_;
  std::vector<Requirement> requirements_;
};

}  // namespace

bool Requirement::nothing() const {
  return low == -kInfinity && high == kInfinity && multiple_of == 1 && divisor_of == 0;
}

void Requirement::join(const Requirement& other) {
  low = std::max(low, other.low);
  high = std::min(high, other.high);
  // Of two multiples the larger tells most; all of them are checked when the value is tried.
  multiple_of = std::max(multiple_of, other.multiple_of);
  divisor_of = divisor_of == 0 || other.divisor_of == 0 ? std::max(divisor_of, other.divisor_of)
                                                        : std::gcd(divisor_of, other.divisor_of);
  if (need == Need::nothing) need = other.need;
}

bool Requirement::admits(const expression::Number& number) const {
  const double value = number.as_real();
  if (!(low <= value && value <= high)) return false;
  if (number.is_real) return true;
  if (multiple_of > 1 && number.whole % multiple_of != 0) return false;
  return divisor_of == 0 || (number.whole != 0 && divisor_of % number.whole == 0);
}

void narrow(const std::vector<FormulaNode>& nodes, const std::vector<Range>& ranges, int level,
            std::vector<ColumnRequirement>& requirements) {
  Narrowing(nodes, ranges).run(level, requirements);
}

}  // namespace tamis::enumeration

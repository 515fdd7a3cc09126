#include "space/python/checker.h"

#include "base/text.h"
#include "space/expression_lexer.h"
#include "space/python/calculation.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::python {
namespace {

constexpr Types kCollection = kSequence | kText;

bool is_display(const Syntax& node) {
  return node.form == Form::list || node.form == Form::tuple || node.form == Form::set;
}

/// Whether it is a set of several items as it is written.
bool is_written_set(const Syntax& node) {
  if (node.form == Form::call) return node.name == "set" && !node.parts.empty();
  return (node.form == Form::set && node.parts.size() > 1) ||
         (node.form == Form::comprehension && node.is_set);
}

/// Whether it is a list in the order of a set, which only Python knows.
bool is_list_of_set(const Syntax& node) {
  if (node.form == Form::call)
    return (node.name == "list" || node.name == "tuple") && !node.parts.empty() &&
           (is_written_set(node.parts[0]) || is_list_of_set(node.parts[0]));
  if (node.form != Form::comprehension || node.is_set) return false;
  return std::any_of(node.parts.begin() + 1, node.parts.end(), [](const Syntax& clause) {
    return clause.form == Form::for_clause && is_written_set(clause.parts[0]);
  });
}

/// Whole and real numbers are of one kind to comparisons, and so is a text of a list.
Types widened(Types types) {
  if ((types & kNumber) != 0) types |= kNumber;
  return types & ~kOpaque;
}

class Checker {
 public:
  Checker(std::string_view text, const ColumnTypes& columns) : text_(text), columns_(columns) {}

  /// Looks at every part once, however often it is asked.
  Result<Types> check(const Syntax& node) {
    if (const auto known = known_.find(&node); known != known_.end()) return known->second;
    TAMIS_ASSIGN(const Types types, find_types(node));
    known_.emplace(&node, types);
    return types;
  }

 private:
  Result<Types> find_types(const Syntax& node) {
    switch (node.form) {
      case Form::constant:
        return of_constant(node.constant);
      case Form::name:
        return of_variable(node.name);
      case Form::column:
        return columns_(node.column);
      case Form::negation:
        TAMIS_TRY(truth(node.parts[0]));
        return kWhole;
      case Form::negative:
      case Form::positive:
      case Form::inverted:
        return sign(node);
      case Form::arithmetic:
        return arithmetic(node);
      case Form::comparison:
        return comparison(node);
      case Form::conjunction:
      case Form::disjunction:
        return junction(node);
      case Form::conditional:
        return conditional(node);
      case Form::call:
        return function(node);
      case Form::comprehension:
        return comprehension(node);
      case Form::subscript:
      case Form::slice:
        return subscript(node);
      default:
        TAMIS_TRY(elements(node));
        return kSequence;
    }
  }

  static Types of_constant(const Value& value) {
    if (value.is_none()) return kNone;
    if (value.text() != nullptr) return kText;
    return value.is_real() ? kReal : kWhole;
  }

  Types of_variable(std::string_view name) const {
    for (size_t i = variables_.size(); i-- > 0;)
      if (variables_[i].first == name) return variables_[i].second;
    return kAnything;
  }

  Status truth(const Syntax& node) {
    TAMIS_ASSIGN(const Types types, check(node));
    if ((types & ~(kText | kOpaque)) == 0) return error(node, "a name stands where a number is needed");
    return {};
  }

  Status need(Types types, Types wanted, const Syntax& node) const {
    if ((types & wanted) != 0) return {};
    if (wanted == kWhole && (types & kReal) != 0)
      return error(node, "a real number stands where an integer is needed; `//` and int() give integers");
    const char* what = (types & kText) != 0 ? "a name" : (types & kSequence) != 0 ? "a list" : "None";
    return error(node, fmt::format("{} stands where a number is needed", what));
  }

  Result<Types> sign(const Syntax& node) {
    TAMIS_ASSIGN(const Types types, check(node.parts[0]));
    TAMIS_TRY(need(types, node.form == Form::inverted ? kWhole : kNumber, node.parts[0]));
    return node.form == Form::inverted ? kWhole : static_cast<Types>(types & kNumber);
  }

  Result<Types> arithmetic(const Syntax& node) {
    TAMIS_ASSIGN(Types left, check(node.parts[0]));
    for (size_t i = 0; i < node.operators.size(); ++i) {
      TAMIS_ASSIGN(const Types right, check(node.parts[i + 1]));
      TAMIS_ASSIGN(left, join(node.operators[i], left, node.parts[i], right, node.parts[i + 1]));
    }
    return left;
  }

  Result<Types> join(Operator operation, Types a, const Syntax& left, Types b, const Syntax& right) const {
    for (const auto& [types, node] : {std::pair(a, &left), std::pair(b, &right)})
      if ((types & kOpaque) != 0) return opaque(*node);
    const bool bits = operation >= Operator::shift_left && operation <= Operator::bit_or;
    Types result = 0;
    if (operation == Operator::add) result |= a & b & kCollection;
    if (operation == Operator::multiply &&
        (((a & kSequence) != 0 && (b & kWhole) != 0) || ((b & kSequence) != 0 && (a & kWhole) != 0)))
      result |= kSequence;
    const Types wanted = bits ? kWhole : kNumber;
    if ((a & wanted) != 0 && (b & wanted) != 0) {
      if (operation != Operator::divide && (a & kWhole) != 0 && (b & kWhole) != 0) result |= kWhole;
      if (!bits && (operation == Operator::divide || operation == Operator::power || ((a | b) & kReal) != 0))
        result |= kReal;
    }
    if (result != 0) return result;
    TAMIS_TRY(need(a, wanted, left));
    TAMIS_TRY(need(b, wanted, right));
    return wanted;
  }

  Result<Types> comparison(const Syntax& node) {
    TAMIS_ASSIGN(Types left, check(node.parts[0]));
    for (size_t i = 0; i < node.operators.size(); ++i) {
      const Syntax& other = node.parts[i + 1];
      TAMIS_ASSIGN(const Types right, check(other));
      const Operator operation = node.operators[i];
      if (operation == Operator::in || operation == Operator::not_in) {
        TAMIS_TRY(membership(left, right, other));
      } else {
        TAMIS_TRY(comparable(operation, left, right, node));
      }
      left = right;
    }
    return kWhole;
  }

  Status comparable(Operator operation, Types left, Types right, const Syntax& node) const {
    const Types common = widened(left) & widened(right);
    const bool sameness = operation == Operator::equal || operation == Operator::not_equal;
    if ((common & kSequence) != 0)
      for (const Syntax& part : node.parts)
        if (is_list_of_set(part)) return unordered(part);
    if (common == 0 && !(sameness && ((left | right) & kNone) != 0)) {
      if (((left | right) & kSequence) != 0) return error(node, "a list is compared with something else");
      return error(node, "a name is compared with a number; write names in quotes: 'nchw'");
    }
    if (!sameness && (common & ~kText) == 0)
      return error(node, "names have no order; compare them by `==`, `!=` or `in`");
    return {};
  }

  Status membership(Types left, Types right, const Syntax& list) {
    if ((right & kOpaque) != 0) return opaque(list);
    if ((right & kCollection) == 0) return error(list, "after `in` a list is expected, such as (1, 2, 3)");
    if ((right & kCollection) == kText && (left & kText) == 0)
      return error(list, "a number is looked for in a text");
    if (!is_display(list)) return {};
    for (const Syntax& element : list.parts) {
      TAMIS_ASSIGN(const Types types, check(element));
      if ((widened(types) & widened(left)) == 0 && types != kNone)
        return error(element, "the list mixes names and numbers with what is looked for");
    }
    return {};
  }

  Result<Types> junction(const Syntax& node) {
    Types all = 0;
    for (const Syntax& part : node.parts) {
      TAMIS_TRY(truth(part));
      TAMIS_ASSIGN(const Types types, check(part));
      all |= types;
    }
    return all;
  }

  Result<Types> conditional(const Syntax& node) {
    TAMIS_TRY(truth(node.parts[0]));
    TAMIS_ASSIGN(const Types one, check(node.parts[1]));
    TAMIS_ASSIGN(const Types other, check(node.parts[2]));
    return static_cast<Types>(one | other);
  }

  /// What the parts of a list may be; the first of a comprehension.
  Result<Types> elements(const Syntax& node) {
    Types all = 0;
    for (const Syntax& part : node.parts) {
      TAMIS_ASSIGN(const Types types, check(part));
      all |= types;
    }
    return all == 0 ? kAnything : all;
  }

  /// What going through a value gives.
  Result<Types> item_types(const Syntax& node) {
    if (is_display(node)) return elements(node);
    if (node.form == Form::call && node.name == "range") return kWhole;
    if (node.form == Form::comprehension) return kAnything;
    TAMIS_ASSIGN(const Types types, check(node));
    if ((types & kOpaque) != 0) return opaque(node);
    if ((types & kCollection) == 0) return error(node, "a list or a range is expected");
    return (types & kCollection) == kText ? kText : kAnything;
  }

  Result<Types> function(const Syntax& node) {
    const std::string& name = node.name;
    std::vector<Types> arguments;
    for (const Syntax& part : node.parts) {
      TAMIS_ASSIGN(const Types types, check(part));
      arguments.push_back(types);
    }
    if (name == "min" || name == "max") return extreme(node, arguments);
    if (name == "abs" || name == "round" || name == "pow" || name == "range") {
      for (size_t i = 0; i < arguments.size(); ++i) {
        const bool none = name == "round" && i == 1 && arguments[i] == kNone;
        TAMIS_TRY(need(none ? kNumber : arguments[i], name == "range" ? kWhole : kNumber, node.parts[i]));
      }
      if (name == "range") return kSequence;
      if (name == "abs") return static_cast<Types>(arguments[0] & kNumber);
      return name == "round" && arguments.size() == 1 ? kWhole : kNumber;
    }
    if (name == "float") {
      const std::string* text = node.parts.empty() ? nullptr : node.parts[0].constant.text();
      if (node.parts.size() == 1 && node.parts[0].form == Form::constant && text != nullptr &&
          in_small_letters(*text).find("nan") != std::string::npos)
        return error(node, "formulas have no NaN");
      return kReal;
    }
    if (name == "int" && arguments.size() == 2) {
      if ((arguments[0] & kText) == 0) return error(node.parts[0], "int takes a base only behind a text");
      TAMIS_TRY(need(arguments[1], kWhole, node.parts[1]));
    }
    if (name == "str") {
      const Syntax* part = node.parts.empty() ? nullptr : &node.parts[0];
      if (part != nullptr && (is_written_set(*part) || is_list_of_set(*part) || part->form == Form::set ||
                              (part->form == Form::call && part->name == "range")))
        return error(*part, "str of a set or a range is not read");
      return part == nullptr || (arguments[0] & kOpaque) == 0 ? Result<Types>(kText) : opaque(*part);
    }
    if (name == "int" || name == "bool") return kWhole;
    // The others go through a list.
    if (!node.parts.empty()) {
      TAMIS_TRY(item_types(node.parts[0]));
    }
    if (name == "sum") return arguments.size() == 1 ? kNumber : kAnything;
    return name == "len" || name == "any" || name == "all" ? kWhole : kSequence;
  }

  Result<Types> extreme(const Syntax& node, const std::vector<Types>& arguments) {
    if (arguments.size() == 1) {
      if ((arguments[0] & kCollection) == 0)
        return error(node, fmt::format("{} takes two or more arguments, or a list", node.name));
      return item_types(node.parts[0]);
    }
    Types all = 0;
    for (size_t i = 0; i < arguments.size(); ++i) {
      TAMIS_TRY(need(arguments[i], kNumber, node.parts[i]));
      all |= arguments[i];
    }
    return all;
  }

  Result<Types> comprehension(const Syntax& node) {
    const size_t outside = variables_.size();
    for (size_t i = 1; i < node.parts.size(); ++i) {
      const Syntax& clause = node.parts[i];
      if (clause.form == Form::for_clause) {
        TAMIS_ASSIGN(const Types types, item_types(clause.parts[0]));
        variables_.emplace_back(clause.name, types);
      } else {
        TAMIS_TRY(truth(clause.parts[0]));
      }
    }
    TAMIS_TRY(check(node.parts[0]));
    variables_.resize(outside);
    return kSequence;
  }

  Result<Types> subscript(const Syntax& node) {
    TAMIS_ASSIGN(const Types types, check(node.parts[0]));
    if (is_list_of_set(node.parts[0])) return unordered(node.parts[0]);
    if ((types & kOpaque) != 0) return opaque(node.parts[0]);
    if ((types & kCollection) == 0)
      return error(node, "this is neither a list nor a text, so it has no items");
    for (size_t i = 1; i < node.parts.size(); ++i) {
      TAMIS_ASSIGN(const Types index, check(node.parts[i]));
      if (node.form == Form::slice && (index & kNone) != 0) continue;
      TAMIS_TRY(need(index, kWhole, node.parts[i]));
    }
    if (node.form == Form::slice) return static_cast<Types>(types & kCollection);
    if (is_display(node.parts[0])) return elements(node.parts[0]);
    return (types & kCollection) == kText ? kText : kAnything;
  }

  Error opaque(const Syntax& node) const {
    return error(
        node,
        "the values of this knob are lists, of which a formula knows only the text; compare it as a whole");
  }
  Error unordered(const Syntax& node) const {
    return error(node, "the order of a set is not known here; sorted() gives one");
  }
  Error error(const Syntax& node, std::string_view what) const {
    return expression::expression_error(text_, node.position, what);
  }

  std::string_view text_;
  const ColumnTypes& columns_;
  std::vector<std::pair<std::string_view, Types>> variables_;
  std::unordered_map<const Syntax*, Types> known_;
};

}  // namespace

Result<Types> check_types(const Syntax& root, std::string_view text, const ColumnTypes& columns) {
  return Checker(text, columns).check(root);
}

}  // namespace tamis::python

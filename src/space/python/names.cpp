#include "space/python/names.h"

#include "base/text.h"
#include "space/expression_lexer.h"
#include "space/python/calculation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tamis::python {
namespace {

class Resolver {
 public:
  Resolver(std::string_view text, std::span<const Knob> knobs, const AddColumn* add,
           const std::vector<std::string>& parameters)
      : text_(text), knobs_(knobs), add_(add), parameters_(parameters) {}

  Status resolve(Syntax& node) {
    if (node.form == Form::name) return name(node);
    if (node.form == Form::call) {
      TAMIS_TRY(function(node));
    }
    if (node.form == Form::subscript && node.parts[0].form == Form::name) {
      TAMIS_TRY(parameter_item(node));
      if (node.form == Form::column) return {};
      const std::optional<size_t> knob = find_knob(node.parts[0]);
      if (knob && factors_of(knobs_[*knob]) > 0) return factor(node, *knob);
      if (knob && !is_named(knobs_[*knob]))
        return error(node,
                     fmt::format("the knob {} is not a split, so it has no factors", knobs_[*knob].name));
    }
    if (node.form == Form::comprehension) return comprehension(node);
    for (Syntax& part : node.parts) {
      TAMIS_TRY(resolve(part));
    }
    return {};
  }

 private:
  static size_t factors_of(const Knob& knob) {
    const auto* factors =
        knob.values.empty() ? nullptr : std::get_if<std::vector<int64_t>>(&knob.values.front());
    return factors == nullptr ? 0 : factors->size();
  }
  static bool is_named(const Knob& knob) {
    return std::any_of(knob.values.begin(), knob.values.end(),
                       [](const KnobValue& value) { return std::holds_alternative<std::string>(value); });
  }

  bool is_variable(std::string_view one) const {
    return std::find(variables_.begin(), variables_.end(), one) != variables_.end();
  }

  /// The knob that a name means; nothing for a variable.
  std::optional<size_t> find_knob(const Syntax& node) const {
    if (is_variable(node.name)) return std::nullopt;
    const auto found =
        std::find_if(knobs_.begin(), knobs_.end(), [&](const Knob& knob) { return knob.name == node.name; });
    if (found == knobs_.end()) return std::nullopt;
    return static_cast<size_t>(found - knobs_.begin());
  }

  Status name(Syntax& node) {
    if (is_variable(node.name)) return {};
    if (add_ == nullptr)
      return error(node, fmt::format("there is no variable \"{}\"; texts are written in quotes", node.name));
    const std::optional<size_t> knob = find_knob(node);
    if (!knob) {
      std::vector<std::string_view> known;
      for (const Knob& one : knobs_) known.emplace_back(one.name);
      return error(node, fmt::format("there is no knob \"{}\"{}", node.name, did_you_mean(node.name, known)));
    }
    const size_t factors = factors_of(knobs_[*knob]);
    become_column(node, *knob, factors > 0 ? factors - 1 : 0);
    return {};
  }

  void become_column(Syntax& node, size_t knob, size_t factor_position) const {
    node.form = Form::column;
    node.name = knobs_[knob].name;
    node.parts.clear();
    node.column = (*add_)(knob, factor_position);
  }

  /// `p['tile']` of a lambda over p.
  Status parameter_item(Syntax& node) {
    const std::string& parameter = node.parts[0].name;
    const std::string* key = node.parts[1].constant.text();
    if (parameters_.size() != 1 || parameters_[0] != parameter || key == nullptr || is_variable(parameter) ||
        find_knob(node.parts[0]))
      return {};
    Syntax knob = node.parts[1];
    knob.form = Form::name;
    knob.name = *key;
    TAMIS_TRY(name(knob));
    node = std::move(knob);
    return {};
  }

  Status factor(Syntax& node, size_t knob) {
    const auto count = static_cast<Wide>(factors_of(knobs_[knob]));
    const bool minus = node.parts[1].form == Form::negative;
    const Syntax& index = minus ? node.parts[1].parts[0] : node.parts[1];
    const bool constant = index.form == Form::constant && !index.constant.is_real() && index.constant.whole();
    const Wide position = !constant ? -1 : minus ? count - *index.constant.whole() : *index.constant.whole();
    if (position < 0 || position >= count)
      return error(node.parts[1], fmt::format("a factor of {} is numbered 0 (the outermost) to {}",
                                              knobs_[knob].name, to_string(count - 1)));
    become_column(node, knob, static_cast<size_t>(position));
    return {};
  }

  Status function(const Syntax& node) const {
    const std::optional<Arity> arity = arity_of(node.name);
    if (!arity)
      return error(node,
                   fmt::format("there is no function \"{}\"{}", node.name, nearest_function(node.name)));
    constexpr std::array<std::string_view, 9> kGoThrough = {"all", "any",    "list", "max",  "min",
                                                            "set", "sorted", "sum",  "tuple"};
    if (!node.parts.empty() && node.parts[0].is_lazy &&
        std::find(kGoThrough.begin(), kGoThrough.end(), node.name) == kGoThrough.end())
      return error(node, fmt::format("{} takes no comprehension without brackets", node.name));
    const size_t arguments = node.parts.size();
    if (arguments == 0 && arity->least > 0) return error(node, "a value is expected between the parentheses");
    if (arguments >= arity->least && arguments <= arity->most) return {};
    if (arity->most == 1) return error(node, fmt::format("{} takes one argument", node.name));
    return error(node, fmt::format("{} takes {} to {} arguments", node.name, arity->least, arity->most));
  }

  /// The first sequence is looked up outside, the rest with the variables that came before it.
  Status comprehension(Syntax& node) {
    const size_t outside = variables_.size();
    for (size_t i = 1; i < node.parts.size(); ++i) {
      TAMIS_TRY(resolve(node.parts[i].parts[0]));
      if (node.parts[i].form == Form::for_clause) variables_.push_back(node.parts[i].name);
    }
    TAMIS_TRY(resolve(node.parts[0]));
    variables_.resize(outside);
    return {};
  }

  Error error(const Syntax& node, std::string_view what) const {
    return expression::expression_error(text_, node.position, what);
  }

  std::string_view text_;
  std::span<const Knob> knobs_;
  const AddColumn* add_;
  const std::vector<std::string>& parameters_;
  std::vector<std::string> variables_;
};

}  // namespace

Status resolve(Formula& formula, std::string_view text, std::span<const Knob> knobs, const AddColumn& add) {
  return Resolver(text, knobs, &add, formula.parameters).resolve(formula.root);
}

Status resolve_values(Formula& formula, std::string_view text) {
  return Resolver(text, {}, nullptr, formula.parameters).resolve(formula.root);
}

}  // namespace tamis::python

#include "space/config_formula.h"

#include "tamis/expression.h"

#include <variant>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

std::string split_formula(const std::string& name, const std::vector<int64_t>& factors) {
  std::string text;
  for (size_t i = 0; i < factors.size(); ++i)
    text += fmt::format("{}{}[{}] == {}", i > 0 ? " and " : "", name, i, factors[i]);
  return text;
}

std::string value_formula(const std::string& name, const KnobValue& value) {
  if (const auto* factors = std::get_if<std::vector<int64_t>>(&value)) return split_formula(name, *factors);
  const auto* text = std::get_if<std::string>(&value);
  return name + " == " + (text != nullptr ? expression_text(*text) : to_string(value));
}

}  // namespace

std::string config_formula(const Space& space, const Config& config) {
  std::string formula;
  for (size_t i = 0; i < space.knobs().size(); ++i)
    formula += (i > 0 ? " and " : "") +
               value_formula(expression_name(space.knobs()[i].name), space.value(config, i));
  return formula;
}

}  // namespace tamis

// Evaluates formulas for formulas_against_python.py. Every line of its input is a JSON object with `knobs`, a
// mapping from names to values, and `formulas`; every line of its output a JSON array with a pair for each
// formula: the values for all configs in the order of their indexes (null where a formula is undefined), or a
// text that says why it is refused; and whether it is a constraint. Behind them stand the indexes that the
// formulas which are constraints allow together, as an enumeration of the space has them.

#include "base/json.h"
#include "space/file/space_parts.h"
#include "tamis/expression.h"

#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

using tamis::Json;

Json values_of(const std::string& text, const tamis::Space& space) {
  const auto formula = tamis::Expression::parse(text, space.knobs());
  if (!formula.ok()) return formula.error().message;
  Json values = Json::array();
  for (uint64_t index = 0; index < space.size(); ++index) {
    const auto value = formula->evaluate(space.config(index));
    values.push_back(value ? Json({tamis::to_json(*value)}) : Json());
  }
  return values;
}

Json answer(const Json& request) {
  std::vector<tamis::Knob> knobs;
  for (const auto& [name, values] : request["knobs"].items())
    knobs.push_back(tamis::knob_from_json(name, values, name).value());
  const tamis::Space space = tamis::Space::create(std::move(knobs)).value();
  Json answers = Json::array();
  std::vector<tamis::Constraint> constraints;
  for (const Json& text : request["formulas"]) {
    auto constraint = tamis::parse_constraint(text.get<std::string>(), space.knobs());
    answers.push_back({values_of(text.get<std::string>(), space), constraint.ok()});
    if (constraint.ok()) constraints.push_back(std::move(*constraint));
  }
  Json& allowed = answers.emplace_back(Json::array());
  const auto keys = space.constrained(std::move(constraints)).enumerated().value().allowed_keys(space.size());
  for (const tamis::ConfigKey& key : *keys) allowed.push_back(key.index());
  return answers;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);)
    std::cout << answer(tamis::parse_json(line, "line").value()).dump() << "\n";
  return 0;
}

#include "space/file/own_space.h"

#include "base/json.h"
#include "space/file/constraint_list.h"
#include "space/file/knob_values.h"
#include "space/file/own_knob.h"
#include "tamis/expression.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

struct Knobs {
  std::vector<Knob> knobs;
  std::vector<OwnKnob> conditional;
};

Result<Knobs> read_knobs(const Json& json, const std::string& origin) {
  if (!json.is_object() || json.empty())
    return invalid_input(fmt::format("{}: \"knobs\" must map at least one name to its values", origin));
  Knobs all;
  for (const auto& [name, values] : json.items()) {
    if (name.empty()) return invalid_input(fmt::format("{}: the name of a knob is empty", origin));
    TAMIS_ASSIGN(OwnKnob own, read_own_knob(name, values, fmt::format("{}, knob \"{}\"", origin, name)));
    all.knobs.push_back(own.knob);
    if (!own.when.empty()) all.conditional.push_back(std::move(own));
  }
  return all;
}

/// The conditions of knobs, then the constraints.
Result<std::vector<Constraint>> read_constraints(const JsonObject& document, const Knobs& knobs) {
  ConstraintList all(knobs.knobs);
  for (const OwnKnob& own : knobs.conditional) {
    const std::string place = fmt::format("{}, knob \"{}\", when", document.origin(), own.knob.name);
    // By itself first, so that an error shows what the file says.
    if (const Result<Constraint> alone = parse_constraint(own.when, knobs.knobs); !alone.ok())
      return alone.error().within(place);
    TAMIS_TRY(all.add(condition_of(own), place));
  }
  if (!document.has("constraints")) return all.take();
  TAMIS_ASSIGN(const Json* constraints, document.member("constraints"));
  const std::string origin = document.origin() + ", constraints";
  if (!constraints->is_array()) return invalid_input(origin + ": a list of formulas is expected");
  for (size_t i = 0; i < constraints->size(); ++i) {
    const std::string place = fmt::format("{}, number {}", origin, i + 1);
    const Json& text = (*constraints)[i];
    if (!text.is_string())
      return invalid_input(fmt::format("{}: a formula in one text is expected; put quotes around it", place));
    TAMIS_TRY(all.add(text.get<std::string>(), place));
  }
  return all.take();
}

/// Knobs that are not named have their first value.
Result<Config> read_default(const Json& json, const Space& space, const std::string& origin) {
  if (!json.is_object()) return invalid_input(origin + ": a mapping from knobs to values is expected");
  std::vector<std::string> assignments;
  for (const auto& [name, json_value] : json.items()) {
    const std::string place = fmt::format("{}, {}", origin, name);
    TAMIS_ASSIGN(const KnobValue value, knob_value_from_json(json_value, place));
    if (name.find('=') != std::string::npos)
      return invalid_input(fmt::format("{}: there is no such knob", place));
    assignments.push_back(name + "=" + to_string(value));
  }
  Result<Config> config = space.parse(assignments);
  if (!config.ok()) return config.error().within(origin);
  for (const Constraint& constraint : space.constraints())
    if (!constraint.holds(space, *config))
      return invalid_input(
          fmt::format("{}: the constraint {} excludes the config {}; name more knobs or other values", origin,
                      constraint.text, space.describe(*config)));
  return config;
}

}  // namespace

Result<SpaceFile> read_own_space(const Json& json, const std::string& origin) {
  const JsonObject document(json, origin);
  TAMIS_TRY(document.allow_only({"tamis", "name", "knobs", "constraints", "default", "program"}));
  TAMIS_TRY(document.integer("tamis", 1, 1));
  SpaceFile file;
  TAMIS_ASSIGN(file.name, document.string_or("name", ""));
  TAMIS_ASSIGN(const Json* members, document.member("knobs"));
  TAMIS_ASSIGN(Knobs knobs, read_knobs(*members, origin));
  TAMIS_ASSIGN(std::vector<Constraint> constraints, read_constraints(document, knobs));
  Result<Space> space = Space::create(std::move(knobs.knobs), std::move(constraints));
  if (!space.ok()) return space.error().within(origin);
  file.space = std::move(*space);
  if (document.has("default")) {
    TAMIS_ASSIGN(file.default_config, read_default(json["default"], file.space, origin + ", default"));
  }
  if (document.has("program"))
    file.program = json["program"].dump(-1, ' ', false, Json::error_handler_t::replace);
  return file;
}

}  // namespace tamis

#include "base/json.h"
#include "tamis/log.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::array<std::pair<KnobKind, std::string_view>, 3> kKinds = {
    {{KnobKind::number, "number"}, {KnobKind::name, "name"}, {KnobKind::split, "split"}}};

Result<KnobValue> read_value(const Json& json) {
  if (json.is_number_integer()) return KnobValue(json.get<int64_t>());
  if (json.is_number()) return KnobValue(json.get<double>());
  if (json.is_string()) return KnobValue(json.get<std::string>());
  if (!json.is_array()) return corrupt("a value must be a number, a name or a list of factors");
  std::vector<int64_t> factors;
  for (const Json& factor : json) {
    if (!factor.is_number_integer()) return corrupt("a factor must be an integer");
    factors.push_back(factor.get<int64_t>());
  }
  return KnobValue(std::move(factors));
}

/// Whether a value is of the kind its knob says.
bool fits(KnobKind kind, const KnobValue& value) {
  switch (kind) {
    case KnobKind::number:
      return std::holds_alternative<int64_t>(value) || std::holds_alternative<double>(value);
    case KnobKind::name:
      return std::holds_alternative<std::string>(value);
    case KnobKind::split:
      return std::holds_alternative<std::vector<int64_t>>(value);
  }
  return false;
}

Result<Knob> read_knob(const Json& json) {
  const JsonObject object(json, "a knob");
  TAMIS_TRY(object.allow_only({"name", "kind", "values"}));
  Knob knob;
  TAMIS_ASSIGN(knob.name, object.string("name"));
  TAMIS_ASSIGN(const std::string word, object.string("kind"));
  bool known = false;
  for (const auto& [kind, name] : kKinds) {
    if (name != word) continue;
    knob.kind = kind;
    known = true;
  }
  if (!known) return corrupt(fmt::format("the knob {} is of the unknown kind \"{}\"", knob.name, word));
  TAMIS_ASSIGN(const Json* values, object.member("values"));
  if (!values->is_array()) return corrupt(fmt::format("the values of the knob {} must be a list", knob.name));
  for (const Json& one : *values) {
    TAMIS_ASSIGN(KnobValue value, read_value(one));
    if (!fits(knob.kind, value))
      return corrupt(fmt::format("the knob {} of kind {} has the value {}", knob.name, word, one.dump()));
    knob.values.push_back(std::move(value));
  }
  return knob;
}

}  // namespace

std::string knobs_to_text(const Space& space) {
  Json all = Json::array();
  for (const Knob& knob : space.knobs()) {
    Json values = Json::array();
    for (const KnobValue& value : knob.values) values.push_back(to_json(value));
    std::string_view kind;
    for (const auto& [one, name] : kKinds)
      if (one == knob.kind) kind = name;
    all.push_back(Json{{"name", knob.name}, {"kind", kind}, {"values", std::move(values)}});
  }
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string constraints_to_text(const Space& space) {
  Json all = Json::array();
  for (const Constraint& constraint : space.constraints()) all.push_back(constraint.text);
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Space> space_from_text(std::string_view text) {
  TAMIS_ASSIGN(const Json knobs, parse_json(text, "the knobs of a space"));
  if (!knobs.is_array()) return corrupt("the knobs of a space must be a list");
  std::vector<Knob> all;
  for (const Json& json : knobs) {
    Result<Knob> knob = read_knob(json);
    if (!knob.ok()) return corrupt(knob.error().message);
    all.push_back(std::move(*knob));
  }
  Result<Space> space = Space::create(std::move(all));
  if (!space.ok()) return corrupt(space.error().message);
  return space;
}

}  // namespace tamis

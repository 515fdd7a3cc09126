#include "space/file/t1.h"

#include "base/json.h"
#include "base/text.h"
#include "space/expression_compiler.h"
#include "space/file/space_parts.h"
#include "space/python/wide.h"
#include "tamis/expression.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// An array that a member holds; an empty one where it is missing and may be.
Result<const Json*> array_member(const JsonObject& object, const char* key) {
  TAMIS_ASSIGN(const Json* array, object.member(key));
  if (!array->is_array())
    return invalid_input(fmt::format("{}: \"{}\" must be an array", object.origin(), key));
  return array;
}

Result<Knob> read_parameter(const Json& json, const std::string& origin) {
  const JsonObject parameter(json, origin);
  TAMIS_TRY(parameter.allow_only({"Name", "Type", "Values", "Default", "Description", "Comment"}));
  TAMIS_ASSIGN(std::string name, parameter.string("Name"));
  const std::string place = fmt::format("{} \"{}\"", origin, name);
  if (name.empty()) return invalid_input(fmt::format("{}: \"Name\" is empty", origin));
  TAMIS_ASSIGN(const Json* values, parameter.member("Values"));
  TAMIS_ASSIGN(const std::string type, JsonObject(json, place).string_or("Type", ""));
  TAMIS_ASSIGN(Knob knob, knob_from_json(std::move(name), *values, place + ", Values"));
  if (type == "string" || type == "str") {
    for (KnobValue& value : knob.values) value = to_string(value);
    knob.kind = KnobKind::name;
  }
  return knob;
}

/// The position of a default among the values; nothing where there is none. Published files have it in an
/// array sometimes.
std::optional<uint32_t> default_choice(const Knob& knob, const Json& parameter) {
  const auto found = parameter.find("Default");
  if (found == parameter.end()) return std::nullopt;
  const Json& json = found->is_array() && found->size() == 1 ? found->front() : *found;
  const Result<KnobValue> value = knob_value_from_json(json, "Default");
  if (!value.ok()) return std::nullopt;
  const auto same = std::find_if(knob.values.begin(), knob.values.end(),
                                 [&](const KnobValue& one) { return to_string(one) == to_string(*value); });
  if (same == knob.values.end()) return std::nullopt;
  return static_cast<uint32_t>(same - knob.values.begin());
}

std::optional<Config> default_config(const Space& space, const Json& parameters) {
  Config config;
  for (size_t i = 0; i < space.knobs().size(); ++i) {
    const Knob& knob = space.knobs()[i];
    const std::optional<uint32_t> choice =
        knob.values.size() == 1 ? std::optional<uint32_t>(0) : default_choice(knob, parameters[i]);
    if (!choice) return std::nullopt;
    config.choices.push_back(*choice);
  }
  if (!space.allows(config)) return std::nullopt;
  return config;
}

/// Whether a member of the space holds conditions, as published files call them.
bool names_conditions(const std::string& name) {
  const std::string key = in_small_letters(name);
  return key == "conditions" || key == "constraints" || key == "restrictions";
}

/// A condition is an object with `Expression`, or only its text.
Result<std::string> expression_of(const Json& condition, const std::string& place) {
  if (condition.is_string()) return condition.get<std::string>();
  const JsonObject object(condition, place);
  TAMIS_TRY(object.allow_only(
      {"Expression", "expression", "Parameters", "parameters", "Name", "Description", "Comment"}));
  if (object.has("expression") && !object.has("Expression")) return object.string("expression");
  return object.string("Expression");
}

Result<std::vector<Constraint>> read_conditions(const Json& configurations, const std::string& origin,
                                                const std::vector<Knob>& knobs) {
  ConstraintList constraints(knobs);
  for (const auto& [key, conditions] : configurations.items()) {
    if (!names_conditions(key)) continue;
    if (!conditions.is_array()) return invalid_input(fmt::format("{}: \"{}\" must be an array", origin, key));
    for (size_t i = 0; i < conditions.size(); ++i) {
      const std::string place =
          fmt::format("{}, {} {}", origin, key == "Conditions" ? "condition" : key, i + 1);
      TAMIS_ASSIGN(const std::string expression, expression_of(conditions[i], place));
      TAMIS_TRY(constraints.add(expression, place));
    }
  }
  return constraints.take();
}

/// A member that nobody reads would be a condition that nobody keeps.
Status check_members(const Json& configurations, const std::string& origin) {
  if (!configurations.is_object()) return {};
  for (const auto& item : configurations.items())
    if (item.key() != "TuningParameters" && !names_conditions(item.key()))
      return invalid_input(fmt::format(
          "{}: unknown key \"{}\"{}", origin, item.key(),
          did_you_mean(item.key(), {"TuningParameters", "Conditions", "Constraints", "Restrictions"})));
  return {};
}

/// T1 has no values of several numbers.
Knob t1_knob(const Knob& knob) {
  if (knob.kind != KnobKind::split) return knob;
  Knob plain{knob.name, KnobKind::number, {}};
  for (const KnobValue& value : knob.values) {
    const auto& factors = std::get<std::vector<int64_t>>(value);
    if (factors.size() != 2) plain.kind = KnobKind::name;
    plain.values.emplace_back(factors.size() == 2 ? KnobValue(factors.back()) : KnobValue(to_string(value)));
  }
  return plain;
}

const char* t1_type(const Knob& knob) {
  if (knob.kind != KnobKind::number) return "string";
  const bool whole = std::all_of(knob.values.begin(), knob.values.end(), [](const KnobValue& value) {
    return std::holds_alternative<int64_t>(value);
  });
  return whole ? "int" : "float";
}

/// As Python writes a list of these.
std::string python_list(const std::vector<KnobValue>& values) {
  std::string text;
  for (const KnobValue& value : values) {
    const auto* name = std::get_if<std::string>(&value);
    const auto* real = std::get_if<double>(&value);
    text += (text.empty() ? "[" : ", ") + (name != nullptr   ? expression_text(*name)
                                           : real != nullptr ? python::real_text(*real)
                                                             : to_string(value));
  }
  return text + "]";
}

/// The same of integers in equal steps, in short; nothing of others.
std::optional<std::string> python_range(const std::vector<KnobValue>& values) {
  const auto whole = [&](size_t i) { return std::get_if<int64_t>(&values[i]); };
  if (values.size() < 2 || whole(0) == nullptr || whole(1) == nullptr) return std::nullopt;
  const python::Wide step = python::Wide{*whole(1)} - *whole(0);
  for (size_t i = 0; i < values.size(); ++i)
    if (whole(i) == nullptr || *whole(i) != *whole(0) + step * static_cast<python::Wide>(i))
      return std::nullopt;
  const python::Wide end = *whole(values.size() - 1) + (step > 0 ? 1 : -1);
  return fmt::format("list(range({}, {}, {}))", *whole(0), python::to_string(end), python::to_string(step));
}

/// Python text; a JSON array where that would be too long to be read back.
Json t1_values(const Knob& knob) {
  constexpr size_t kLongestValues = 60'000;
  std::string text = python_list(knob.values);
  if (text.size() < kLongestValues) return text;
  if (const std::optional<std::string> range = python_range(knob.values)) return *range;
  Json values = Json::array();
  for (const KnobValue& value : knob.values) values.push_back(to_json(value));
  return values;
}

/// What the schema demands, and what Kernel Tuner 1.5.0 demands beyond it.
Json t1_kernel(const std::string& name) {
  return {{"Language", "CUDA"},          {"KernelName", name},        {"KernelFile", name + ".cu"},
          {"GlobalSize", {{"X", "1"}}},  {"LocalSize", {{"X", "1"}}}, {"ProblemSize", Json::array({1})},
          {"Device", {{"Name", "any"}}}, {"Arguments", Json::array()}};
}

Json t1_parameter(const Knob& knob, const Config& defaults, size_t position) {
  Json defaulted = to_json(knob.values[defaults.choices[position]]);
  return {{"Name", knob.name},
          {"Type", t1_type(knob)},
          {"Values", t1_values(knob)},
          {"Default", std::move(defaulted)}};
}

/// The name and the objective. T1's schema has no member for the latter, nor have its files one of their own:
/// `Objective` is ours, written as in tamis's own space files.
Status read_general(const Json& general, const std::string& origin, SpaceFile& file) {
  TAMIS_ASSIGN(file.name, JsonObject(general, origin).string_or("BenchmarkName", ""));
  for (const auto& [name, value] : general.items()) {
    const std::string small = in_small_letters(name);
    if (small == "objectives")
      return invalid_input(fmt::format("{}: unknown key \"{}\"; did you mean \"Objective\"?", origin, name));
    if (small == "objective") file.objective = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return {};
}

/// Conditions beside the space would be passed over.
Status check_document(const Json& json, const std::string& origin) {
  for (const auto& item : json.items())
    if (names_conditions(item.key()))
      return invalid_input(fmt::format("{}: \"{}\" stands beside \"ConfigurationSpace\"; move it into that",
                                       origin, item.key()));
  return {};
}

}  // namespace

Result<SpaceFile> read_t1(const Json& json, const std::string& origin) {
  const JsonObject document(json, origin);
  SpaceFile file;
  TAMIS_TRY(check_document(json, origin));
  if (document.has("General")) TAMIS_TRY(read_general(json["General"], origin + ", General", file));
  TAMIS_ASSIGN(const Json* space, document.member("ConfigurationSpace"));
  const JsonObject configurations(*space, origin + ", ConfigurationSpace");
  TAMIS_TRY(check_members(*space, configurations.origin()));
  TAMIS_ASSIGN(const Json* parameters, array_member(configurations, "TuningParameters"));
  std::vector<Knob> knobs;
  for (const Json& parameter : *parameters) {
    const std::string place = fmt::format("{}, parameter {}", origin, knobs.size() + 1);
    TAMIS_ASSIGN(Knob knob, read_parameter(parameter, place));
    knobs.push_back(std::move(knob));
  }
  TAMIS_ASSIGN(std::vector<Constraint> constraints, read_conditions(*space, configurations.origin(), knobs));
  Result<Space> made = Space::create(std::move(knobs), std::move(constraints));
  if (!made.ok()) return made.error().within(origin);
  file.space = std::move(*made);
  file.default_config = default_config(file.space, *parameters);
  // The second spelling is that of a few of BAT's.
  if (document.has("KernelSpecification") || document.has("kernelSpecification"))
    file.kernel = unmarked_numbers(json).dump(-1, ' ', false, Json::error_handler_t::replace);
  return file;
}

Result<Json> t1_document(const SpaceFile& file) {
  const Config first{std::vector<uint32_t>(file.space.knobs().size(), 0)};
  const Config defaults = file.default_config.value_or(first);
  std::vector<Knob> knobs;
  Json parameters = Json::array();
  for (const Knob& knob : file.space.knobs()) {
    knobs.push_back(t1_knob(knob));
    parameters.push_back(t1_parameter(knobs.back(), defaults, knobs.size() - 1));
  }
  Json conditions = Json::array();
  for (const Constraint& constraint : file.space.constraints()) {
    const Result<Constraint> formula = parse_constraint(constraint.text, knobs);
    const Result<std::string> text = expression::t1_condition(constraint.text, knobs);
    if (!formula.ok() || !text.ok())
      return unsupported(fmt::format("T1 cannot hold the constraint {}: {}", constraint.text,
                                     formula.ok() ? text.error().message : formula.error().message));
    conditions.push_back({{"Expression", *text}, {"Parameters", formula->knobs}});
  }
  Json configurations = {{"TuningParameters", std::move(parameters)}, {"Conditions", std::move(conditions)}};
  Json general = {{"BenchmarkName", file.name}, {"FormatVersion", 1}, {"OutputFormat", "JSON"}};
  if (!file.objective.empty()) {
    TAMIS_ASSIGN(general["Objective"], parse_json(file.objective, "the objective"));
  }
  return Json{{"General", std::move(general)},
              {"ConfigurationSpace", std::move(configurations)},
              {"Search", {{"Name", "brute_force"}}},
              {"KernelSpecification", t1_kernel(file.name)}};
}

}  // namespace tamis

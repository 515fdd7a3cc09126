#include "space/file/own_space.h"

#include "base/json.h"
#include "space/file/space_parts.h"
#include "tamis/expression.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr int64_t kMostKnobValues = 100'000;
constexpr int64_t kMostPermuted = 8;  // 40320 orders
constexpr int64_t kLargestExtent = int64_t{1} << 20;
constexpr std::array<const char*, 5> kForms = {"values", "range", "powers_of_two", "split", "permutation"};

/// Two integers, or three where a step is allowed.
Result<std::vector<int64_t>> bounds(const Json& json, size_t most, const std::string& origin) {
  std::vector<int64_t> numbers;
  if (json.is_array())
    for (const Json& number : json)
      if (number.is_number_integer()) numbers.push_back(number.get<int64_t>());
  if (!json.is_array() || numbers.size() != json.size() || numbers.size() < 2 || numbers.size() > most)
    return invalid_input(fmt::format("{}: {} is expected", origin,
                                     most == 3 ? "[FIRST, LAST] or [FIRST, LAST, STEP]" : "[FIRST, LAST]"));
  if (numbers[0] > numbers[1])
    return invalid_input(
        fmt::format("{}: the first number, {}, is above the last, {}", origin, numbers[0], numbers[1]));
  return numbers;
}

Error too_many(const std::string& origin) {
  return invalid_input(fmt::format("{}: there are more than {} values", origin, kMostKnobValues));
}

Result<Knob> range_knob(std::string name, const Json& json, const std::string& origin) {
  TAMIS_ASSIGN(const std::vector<int64_t> numbers, bounds(json, 3, origin));
  const int64_t step = numbers.size() == 3 ? numbers[2] : 1;
  if (step < 1) return invalid_input(fmt::format("{}: the step must be at least 1", origin));
  std::vector<int64_t> values;
  for (int64_t value = numbers[0]; value <= numbers[1];) {
    if (values.size() >= kMostKnobValues) return too_many(origin);
    values.push_back(value);
    if (__builtin_add_overflow(value, step, &value)) break;
  }
  return number_knob(std::move(name), std::move(values));
}

Result<Knob> powers_knob(std::string name, const Json& json, const std::string& origin) {
  TAMIS_ASSIGN(const std::vector<int64_t> numbers, bounds(json, 2, origin));
  std::vector<int64_t> values;
  for (int64_t power = 1; power <= numbers[1]; power *= 2) {
    if (power >= numbers[0]) values.push_back(power);
    if (power > INT64_MAX / 2) break;
  }
  if (numbers[0] < 1 || values.empty())
    return invalid_input(
        fmt::format("{}: no power of two lies between {} and {}; the first must be at least 1", origin,
                    numbers[0], numbers[1]));
  return number_knob(std::move(name), std::move(values));
}

/// The number of ways to write the extent as ordered factors, or more than kMostKnobValues where that is so:
/// for every prime of power e the ways to share it out, (e + parts - 1) over (parts - 1).
int64_t count_splits(int64_t extent, int64_t parts) {
  int64_t count = 1;
  for (int64_t prime = 2; extent > 1 && count <= kMostKnobValues; ++prime) {
    if (prime * prime > extent) prime = extent;
    for (int64_t power = 1; extent % prime == 0; ++power, extent /= prime)
      count = count * (power + parts - 1) / power;
  }
  return count;
}

Result<Knob> split_of(std::string name, const JsonObject& object) {
  TAMIS_ASSIGN(const int64_t extent, object.integer("split", 1, kLargestExtent));
  TAMIS_ASSIGN(const int64_t parts, object.integer_or("parts", 2, 2, 8));
  if (count_splits(extent, parts) > kMostKnobValues) return too_many(object.origin());
  return split_knob(std::move(name), extent, static_cast<int>(parts));
}

Result<Knob> permutation_knob(std::string name, const Json& json, const std::string& origin) {
  std::vector<std::string> items;
  if (json.is_array())
    for (const Json& item : json)
      if (item.is_string() || item.is_number_integer())
        items.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  if (items.empty() || items.size() != json.size() || items.size() > kMostPermuted)
    return invalid_input(fmt::format("{}: a list of one to {} names is expected", origin, kMostPermuted));
  for (const std::string& item : items)
    if (item.find(',') != std::string::npos || std::count(items.begin(), items.end(), item) > 1)
      return invalid_input(fmt::format("{}: \"{}\" is listed twice or has a comma", origin, item));
  std::vector<size_t> order(items.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::vector<std::string> texts;
  do {
    std::string text;
    for (const size_t i : order) text += (text.empty() ? "" : ",") + items[i];
    texts.push_back(std::move(text));
  } while (std::next_permutation(order.begin(), order.end()));
  return name_knob(std::move(name), std::move(texts));
}

Result<Knob> knob_of_form(const std::string& form, std::string name, const JsonObject& object) {
  TAMIS_ASSIGN(const Json* json, object.member(form));
  const std::string origin = object.origin() + ", " + form;
  if (form == "values") return knob_from_json(std::move(name), *json, origin);
  if (form == "range") return range_knob(std::move(name), *json, origin);
  if (form == "powers_of_two") return powers_knob(std::move(name), *json, origin);
  if (form == "split") return split_of(std::move(name), object);
  return permutation_knob(std::move(name), *json, origin);
}

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

/// Whether an array lists values rather than being one: factors of a split are an array themselves.
bool lists_values(const Json& json) {
  return json.is_array() &&
         std::none_of(json.begin(), json.end(), [](const Json& one) { return one.is_number(); });
}

/// The texts of one value or of several, as Space::parse takes them.
Result<std::vector<std::string>> read_hinted_values(const Json& json, bool split, const std::string& origin) {
  std::vector<std::string> texts;
  if (json.is_array() && (!split || lists_values(json))) {
    for (const Json& one : json) {
      TAMIS_ASSIGN(const KnobValue value, knob_value_from_json(one, origin));
      texts.push_back(to_string(value));
    }
    return texts;
  }
  TAMIS_ASSIGN(const KnobValue value, knob_value_from_json(json, origin));
  return std::vector<std::string>{to_string(value)};
}

Result<Hint> read_hint(const Json& json, const Space& space, const std::string& origin) {
  if (!json.is_object()) return invalid_input(origin + ": a mapping from knobs to values is expected");
  NamedHint named;
  for (const auto& [name, values] : json.items()) {
    const std::optional<size_t> knob = space.find(name);
    const bool split = knob && space.knobs()[*knob].kind == KnobKind::split;
    TAMIS_ASSIGN(std::vector<std::string> texts,
                 read_hinted_values(values, split, fmt::format("{}, {}", origin, name)));
    named.emplace_back(name, std::move(texts));
  }
  Result<Hint> hint = make_hint(space.knobs(), named);
  if (!hint.ok()) return hint.error().within(origin);
  return hint;
}

/// One mapping, or a list of such.
Result<std::vector<Hint>> read_hints(const Json& json, const Space& space, const std::string& origin) {
  std::vector<Hint> hints;
  if (!json.is_array()) {
    TAMIS_ASSIGN(Hint hint, read_hint(json, space, origin));
    hints.push_back(std::move(hint));
    return hints;
  }
  if (json.size() > kMostHints)
    return invalid_input(fmt::format("{}: there are more than {}", origin, kMostHints));
  for (size_t i = 0; i < json.size(); ++i) {
    TAMIS_ASSIGN(Hint hint, read_hint(json[i], space, fmt::format("{}, number {}", origin, i + 1)));
    hints.push_back(std::move(hint));
  }
  return hints;
}

}  // namespace

Result<OwnKnob> read_own_knob(std::string name, const Json& json, const std::string& origin) {
  OwnKnob own;
  if (!json.is_object()) {
    TAMIS_ASSIGN(own.knob, knob_from_json(std::move(name), json, origin));
    return own;
  }
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only({"values", "range", "powers_of_two", "split", "parts", "permutation", "when"}));
  std::vector<std::string> forms;
  for (const char* form : kForms)
    if (object.has(form)) forms.emplace_back(form);
  if (forms.size() != 1)
    return invalid_input(
        fmt::format("{}: one of values, range, powers_of_two, split and permutation is expected, found {}",
                    origin, forms.empty() ? "none" : "\"" + forms[0] + "\" and \"" + forms[1] + "\""));
  if (object.has("parts") && forms[0] != "split")
    return invalid_input(fmt::format("{}: \"parts\" belongs to \"split\"", origin));
  TAMIS_ASSIGN(own.knob, knob_of_form(forms[0], std::move(name), object));
  if (object.has("when")) {
    TAMIS_ASSIGN(own.when, object.string("when"));
  }
  return own;
}

std::string condition_of(const OwnKnob& own) {
  const std::string name = expression_name(own.knob.name);
  const KnobValue& first = own.knob.values.front();
  std::string is_first;
  if (const auto* factors = std::get_if<std::vector<int64_t>>(&first)) {
    for (size_t i = 0; i < factors->size(); ++i)
      is_first += fmt::format("{}{}[{}] == {}", i > 0 ? " and " : "", name, i, (*factors)[i]);
    is_first = "(" + is_first + ")";
  } else {
    const auto* text = std::get_if<std::string>(&first);
    is_first = name + " == " + (text != nullptr ? expression_text(*text) : to_string(first));
  }
  return fmt::format("({}) or {}", own.when, is_first);
}

Result<SpaceFile> read_own_space(const Json& json, const std::string& origin) {
  const JsonObject document(json, origin);
  TAMIS_TRY(document.allow_only(
      {"tamis", "name", "knobs", "constraints", "default", "likely_good", "program", "kernel", "objective"}));
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
  if (document.has("likely_good")) {
    TAMIS_ASSIGN(std::vector<Hint> hints,
                 read_hints(json["likely_good"], file.space, origin + ", likely_good"));
    file.space = file.space.hinted(std::move(hints));
  }
  // What tamis's own space says nothing of is handed on as text to those who know it.
  for (const auto& [key, text] : {std::pair{"objective", &file.objective},
                                  std::pair{"program", &file.program}, std::pair{"kernel", &file.kernel}})
    if (document.has(key))
      *text = unmarked_numbers(json[key]).dump(-1, ' ', false, Json::error_handler_t::replace);
  return file;
}

}  // namespace tamis

#include "base/json.h"
#include "base/text.h"
#include "tamis/workload.h"
#include "workload/spec_fields.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The value of `pad` that leaves the number to the other sizes.
constexpr const char* kSamePadding = "same";

Result<Workload> external_workload(std::string source) {
  Workload workload;
  workload.op = Operator::external;
  workload.source = std::move(source);
  TAMIS_TRY(validate(workload));
  workload.name = to_spec(workload);
  return workload;
}

Result<SpecValue> value_of_text(const SpecField& field, const std::string& text) {
  if (field.kind == SpecKind::word) return SpecValue(text);
  if (field.kind == SpecKind::bound) {
    if (text == "none") return SpecValue(NoBound{});
    const std::optional<double> bound = parse_number(text);
    if (bound) return SpecValue(*bound);
    return invalid_input(fmt::format("{} must be a number or none, found \"{}\"", field.key, text));
  }
  if (field.kind == SpecKind::pad && text == kSamePadding) return SpecValue(text);
  const std::optional<int64_t> value = parse_integer(text);
  if (!value && field.kind == SpecKind::pad)
    return invalid_input(
        fmt::format("{} must be an integer that fits 64 bits or same, found \"{}\"", field.key, text));
  if (!value)
    return invalid_input(
        fmt::format("the value of {} must be an integer that fits 64 bits, found \"{}\"", field.key, text));
  if (field.kind != SpecKind::flag) return SpecValue(*value);
  if (*value != 0 && *value != 1)
    return invalid_input(fmt::format("{} is {}; it must be 0 or 1", field.key, *value));
  return SpecValue(*value == 1);
}

std::string text_of_value(const SpecValue& value) {
  struct Text {
    std::string operator()(int64_t whole) const { return fmt::format("{}", whole); }
    std::string operator()(bool flag) const { return flag ? "1" : "0"; }
    std::string operator()(double bound) const { return fmt::format("{}", bound); }
    std::string operator()(NoBound) const { return "none"; }
    std::string operator()(const std::string& word) const { return word; }
  };
  return std::visit(Text{}, value);
}

Result<SpecValue> value_of_json(const SpecField& field, const JsonObject& object, const Json& json) {
  const std::string key(field.key);
  if (field.kind == SpecKind::word) {
    TAMIS_ASSIGN(std::string word, object.string(key));
    return SpecValue(std::move(word));
  }
  if (field.kind == SpecKind::bound) {
    if (json.is_null()) return SpecValue(NoBound{});
    TAMIS_ASSIGN(const double bound, object.number(key));
    return SpecValue(bound);
  }
  if (field.kind == SpecKind::pad && json == kSamePadding) return SpecValue(std::string(kSamePadding));
  if (field.kind == SpecKind::flag && json.is_boolean()) return SpecValue(json.get<bool>());
  const bool flag = field.kind == SpecKind::flag;
  TAMIS_ASSIGN(const int64_t value, object.integer(key, flag ? 0 : INT64_MIN, flag ? 1 : INT64_MAX));
  return flag ? SpecValue(value == 1) : SpecValue(value);
}

Json json_of_value(const SpecValue& value) {
  struct Value {
    Json operator()(int64_t whole) const { return whole; }
    Json operator()(bool flag) const { return flag; }
    // A whole bound is written as an integer, as it always was.
    Json operator()(double bound) const {
      if (std::trunc(bound) == bound && std::abs(bound) < kExact) return static_cast<int64_t>(bound);
      return bound;
    }
    Json operator()(NoBound) const { return nullptr; }
    Json operator()(const std::string& word) const { return word; }
  };
  return std::visit(Value{}, value);
}

Result<Workload> read_spec(std::string_view spec, const WorkloadDefaults& defaults) {
  const size_t colon = spec.find(':');
  if (colon == std::string_view::npos)
    return invalid_input("a spec is written OPERATOR:KEY=VALUE,..., for example dense:ci=768,co=3072");
  TAMIS_ASSIGN(const Operator op, parse_operator(spec.substr(0, colon)));
  if (op == Operator::external) return external_workload(std::string(spec.substr(colon + 1)));
  std::vector<SpecEntry> entries;
  for (const std::string& part : split_text(spec.substr(colon + 1), ',')) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos)
      return invalid_input(fmt::format("\"{}\" must be written KEY=VALUE", part));
    TAMIS_ASSIGN(const SpecField* field, find_spec_field(op, part.substr(0, equals)));
    TAMIS_ASSIGN(SpecValue value, value_of_text(*field, part.substr(equals + 1)));
    entries.push_back({field, std::move(value)});
  }
  TAMIS_ASSIGN(Workload workload, assemble_workload(op, entries, defaults));
  workload.name = to_spec(workload, defaults);
  return workload;
}

Result<Workload> read_external(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"operator", "name", "source"}));
  TAMIS_ASSIGN(std::string source, object.string("source"));
  return external_workload(std::move(source));
}

Result<Workload> read_shaped(const JsonObject& object, const Json& json, Operator op,
                             const WorkloadDefaults& defaults) {
  std::vector<SpecEntry> entries;
  for (const auto& item : json.items()) {
    if (item.key() == "operator" || item.key() == "name") continue;
    const auto field = find_spec_field(op, item.key());
    if (!field.ok()) return field.error().within(object.origin());
    TAMIS_ASSIGN(SpecValue value, value_of_json(**field, object, item.value()));
    entries.push_back({*field, std::move(value)});
  }
  auto workload = assemble_workload(op, entries, defaults);
  if (!workload.ok()) return workload.error().within(object.origin());
  return workload;
}

}  // namespace

std::string to_spec(const Workload& workload, const WorkloadDefaults& defaults) {
  if (workload.op == Operator::external) return fmt::format("external:{}", workload.source);
  std::string text(to_string(workload.op));
  char separator = ':';
  for (const auto& [field, value] : spec_entries(workload, defaults)) {
    text += fmt::format("{}{}={}", separator, field->key, text_of_value(value));
    separator = ',';
  }
  return text;
}

Result<Workload> parse_spec(std::string_view spec, const WorkloadDefaults& defaults) {
  auto workload = read_spec(spec, defaults);
  if (!workload.ok()) return workload.error().within(fmt::format("the workload \"{}\"", spec));
  return workload;
}

Json to_json(const Workload& workload) {
  Json json = {{"name", workload.name}, {"operator", to_string(workload.op)}};
  if (workload.op == Operator::external) {
    json["source"] = workload.source;
    return json;
  }
  for (const auto& [field, value] : spec_entries(workload, {}))
    json[std::string(field->key)] = json_of_value(value);
  return json;
}

Result<Workload> workload_from_json(const Json& json, const std::string& origin,
                                    const WorkloadDefaults& defaults) {
  const JsonObject object(json, origin);
  TAMIS_ASSIGN(const std::string word, object.string("operator"));
  const auto op = parse_operator(word);
  if (!op.ok()) return op.error().within(origin);
  auto workload =
      *op == Operator::external ? read_external(object) : read_shaped(object, json, *op, defaults);
  if (!workload.ok()) return workload.error();
  TAMIS_ASSIGN(workload->name, object.string_or("name", to_spec(*workload, defaults)));
  if (workload->name.empty())
    return invalid_input(origin + ": \"name\" is empty; leave it out or fill it in");
  return workload;
}

}  // namespace tamis

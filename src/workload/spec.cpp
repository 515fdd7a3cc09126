#include "base/json.h"
#include "base/text.h"
#include "tamis/workload.h"
#include "workload/one_row.h"
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

Result<SpecValue> value_of_json(const SpecField& field, const JsonObject& object, const std::string& key,
                                const Json& json) {
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

/// The entries of what is written in the keys of one axis, with those of the other.
class EntriesReader {
 public:
  EntriesReader(Operator op, std::optional<OneRow> one_row) : op_(op), one_row_(one_row) {}

  /// The field of a key as it is written.
  Result<const SpecField*> field(const std::string& key, bool same_padding) {
    if (!one_row_) return find_spec_field(op_, key);
    keys_.push_back(key);
    TAMIS_ASSIGN(const std::string other, one_row_->key(key, same_padding));
    return find_spec_field(op_, other);
  }

  void add(const SpecField* field, SpecValue value) { entries_.push_back({field, std::move(value)}); }

  Result<std::vector<SpecEntry>> finish() {
    if (one_row_) {
      TAMIS_TRY(one_row_->check_given(keys_));
      for (const std::string_view key : OneRow::keys_of_one()) {
        TAMIS_ASSIGN(const SpecField* field, find_spec_field(op_, key));
        add(field, int64_t{1});
      }
    }
    return std::move(entries_);
  }

 private:
  Operator op_;
  std::optional<OneRow> one_row_;
  std::vector<std::string> keys_;
  std::vector<SpecEntry> entries_;
};

/// The operator of a word of a spec, with the row where it has one axis only.
Result<EntriesReader> read_operator(std::string_view word, Operator& op) {
  const std::optional<OneRow> one_row = OneRow::find(word);
  if (one_row) {
    op = one_row->op();
  } else {
    TAMIS_ASSIGN(op, parse_operator(word));
  }
  return EntriesReader(op, one_row);
}

Result<Workload> read_spec(std::string_view spec, const WorkloadDefaults& defaults) {
  const size_t colon = spec.find(':');
  if (colon == std::string_view::npos)
    return invalid_input("a spec is written OPERATOR:KEY=VALUE,..., for example dense:ci=768,co=3072");
  Operator op = Operator::external;
  TAMIS_ASSIGN(EntriesReader reader, read_operator(spec.substr(0, colon), op));
  if (op == Operator::external) return external_workload(std::string(spec.substr(colon + 1)));
  for (const std::string& part : split_text(spec.substr(colon + 1), ',')) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos)
      return invalid_input(fmt::format("\"{}\" must be written KEY=VALUE", part));
    const std::string text = part.substr(equals + 1);
    TAMIS_ASSIGN(const SpecField* field, reader.field(part.substr(0, equals), text == kSamePadding));
    TAMIS_ASSIGN(SpecValue value, value_of_text(*field, text));
    reader.add(field, std::move(value));
  }
  TAMIS_ASSIGN(const std::vector<SpecEntry> entries, reader.finish());
  TAMIS_ASSIGN(Workload workload, assemble_workload(op, entries, defaults));
  workload.name = to_spec(workload, defaults);
  return workload;
}

Result<Workload> read_external(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"operator", "name", "source"}));
  TAMIS_ASSIGN(std::string source, object.string("source"));
  return external_workload(std::move(source));
}

Result<Workload> read_shaped(const JsonObject& object, const Json& json, Operator op, EntriesReader reader,
                             const WorkloadDefaults& defaults) {
  for (const auto& item : json.items()) {
    if (item.key() == "operator" || item.key() == "name") continue;
    const auto field = reader.field(item.key(), item.value() == kSamePadding);
    if (!field.ok()) return field.error().within(object.origin());
    TAMIS_ASSIGN(SpecValue value, value_of_json(**field, object, item.key(), item.value()));
    reader.add(*field, std::move(value));
  }
  const auto entries = reader.finish();
  if (!entries.ok()) return entries.error().within(object.origin());
  auto workload = assemble_workload(op, *entries, defaults);
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
  Operator op = Operator::external;
  auto reader = read_operator(word, op);
  if (!reader.ok()) return reader.error().within(origin);
  auto workload = op == Operator::external ? read_external(object)
                                           : read_shaped(object, json, op, std::move(*reader), defaults);
  if (!workload.ok()) return workload.error();
  TAMIS_ASSIGN(workload->name, object.string_or("name", to_spec(*workload, defaults)));
  if (workload->name.empty())
    return invalid_input(origin + ": \"name\" is empty; leave it out or fill it in");
  return workload;
}

}  // namespace tamis

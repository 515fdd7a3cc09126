#include "exchange/autotvm.h"

#include "base/json.h"
#include "base/text.h"
#include "exchange/autotvm_values.h"
#include "space/file/python_json.h"
#include "trial/trial.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::array<std::pair<AutotvmKind, std::string_view>, 4> kKinds = {{{AutotvmKind::split, "sp"},
                                                                             {AutotvmKind::reorder, "re"},
                                                                             {AutotvmKind::annotate, "an"},
                                                                             {AutotvmKind::other, "ot"}}};
constexpr double kLogVersion = 0.2;
constexpr double kFailureCost = 1e9;  // what TVM writes as the cost of what failed

Error too_old(std::string_view what) {
  return unsupported(
      fmt::format("it is {}, which TVM itself stopped reading with release 0.7; convert the log with the TVM "
                  "that wrote it",
                  what));
}

Result<const Json*> list_of(const JsonObject& object, std::string_view key, size_t length) {
  TAMIS_ASSIGN(const Json* json, object.member(key));
  if (!json->is_array() || json->size() != length)
    return corrupt(fmt::format("\"{}\" must be a list of {}", key, length));
  return json;
}

Status read_task(const JsonObject& line, AutotvmTask& task) {
  TAMIS_ASSIGN(const Json* input, list_of(line, "input", 4));
  if (!input->at(0).is_string() || !input->at(1).is_string() || !input->at(2).is_array() ||
      !input->at(3).is_object())
    return corrupt("\"input\" must hold the target, the task, a list of arguments and an object");
  task.target = input->at(0).get<std::string>();
  task.name = input->at(1).get<std::string>();
  task.args = python_json(input->at(2));
  task.kwargs = python_json(input->at(3));
  return {};
}

Result<AutotvmEntity> read_entity(const Json& json) {
  if (!json.is_array() || json.size() != 3 || !json[0].is_string() || !json[1].is_string())
    return corrupt("an entity must be written [name, kind, value]");
  AutotvmEntity entity;
  entity.name = json[0].get<std::string>();
  TAMIS_ASSIGN(entity.kind, parse_autotvm_kind(json[1].get_ref<const std::string&>()));
  auto value = autotvm_value(entity.kind, json[2]);
  if (!value.ok()) return value.error().within(fmt::format("the entity {}", entity.name));
  entity.value = std::move(*value);
  return entity;
}

Status read_config(const JsonObject& line, AutotvmRecord& record) {
  TAMIS_ASSIGN(const Json* json, line.member("config"));
  const JsonObject config(*json, "\"config\"");
  TAMIS_ASSIGN(const int64_t index, config.integer("index", 0, INT64_MAX));
  record.index = static_cast<uint64_t>(index);
  if (config.has("code_hash")) {
    TAMIS_ASSIGN(const Json* hash, config.member("code_hash"));
    record.task.code_hash = python_json(*hash);
  }
  TAMIS_ASSIGN(const Json* entities, config.member("entity"));
  if (!entities->is_array()) return corrupt("\"entity\" must be a list");
  std::unordered_set<std::string> names;
  for (const Json& one : *entities) {
    TAMIS_ASSIGN(AutotvmEntity entity, read_entity(one));
    if (!names.insert(entity.name).second)
      return corrupt(fmt::format("two entities are called {}", entity.name));
    record.entities.push_back(std::move(entity));
  }
  return {};
}

Status read_result(const JsonObject& line, AutotvmRecord& record) {
  TAMIS_ASSIGN(const Json* result, list_of(line, "result", 4));
  const Json& costs = result->at(0);
  const Json& error_no = result->at(1);
  if (!costs.is_array() || !error_no.is_number_integer() || !result->at(2).is_number() ||
      !result->at(3).is_number())
    return corrupt("\"result\" must hold a list of costs, an error number, a duration and a time");
  const auto number = std::clamp<int64_t>(error_no.get<int64_t>(), -1, INT32_MAX);
  TAMIS_TRY(verdict_from_autotvm(static_cast<int>(number)));
  record.error_no = static_cast<int>(number);
  record.all_cost_s = result->at(2).get<double>();
  record.timestamp_s = result->at(3).get<double>();
  if (record.error_no != 0) return {};
  for (const Json& cost : costs) {
    if (!cost.is_number()) return corrupt("it has no error, but a cost that is no number of seconds");
    const auto seconds = cost.get<double>();
    if (const Status checked = check_latency_ns(seconds * 1e9); !checked.ok())
      return corrupt("it has no error, but " + checked.error().message);
    record.costs_s.push_back(seconds);
  }
  if (record.costs_s.empty()) return corrupt("it has no error, but no cost either");
  return {};
}

/// Four or six texts with tabs between: a target, then base64 of pickled objects.
bool is_pickled(std::string_view line) {
  const auto tabs = std::count(line.begin(), line.end(), '\t');
  return (tabs == 3 || tabs == 5) && line.front() != '{';
}

/// TVM writes the limit that was run into as the whole number that the user gave.
Json duration(double seconds) {
  const bool whole = std::abs(seconds) < 1e9 && seconds == std::floor(seconds);
  return whole ? Json(static_cast<int64_t>(seconds)) : Json(seconds);
}

}  // namespace

std::string_view to_string(AutotvmKind kind) { return kKinds[static_cast<size_t>(kind)].second; }

Result<AutotvmKind> parse_autotvm_kind(std::string_view word) {
  for (const auto& [kind, name] : kKinds)
    if (name == word) return kind;
  return corrupt(fmt::format("AutoTVM has no kind of entity \"{}\"; it has sp, re, an and ot", word));
}

Result<AutotvmRecord> parse_autotvm_record(std::string_view line) {
  if (!line.empty() && is_pickled(line)) return too_old("a pickled record");
  TAMIS_ASSIGN(const Json json, parse_json(line, "the record"));
  const JsonObject object(json, "the record");
  if (object.has("i") || object.has("v")) return too_old("of log version 0.1");
  TAMIS_ASSIGN(const double version, object.number("version"));
  if (version != kLogVersion)
    return unsupported(fmt::format("it is of log version {}; only 0.2 can be read", version));
  AutotvmRecord record;
  TAMIS_TRY(read_task(object, record.task));
  TAMIS_TRY(read_config(object, record));
  TAMIS_TRY(read_result(object, record));
  TAMIS_ASSIGN(record.tvm_version, object.string_or("tvm_version", ""));
  return record;
}

std::string write_autotvm_record(const AutotvmRecord& record) {
  Json entities = Json::array();
  for (const AutotvmEntity& entity : record.entities)
    entities.push_back({entity.name, to_string(entity.kind), autotvm_json(entity.kind, entity.value)});
  Json costs = Json::array();
  for (const double cost : record.costs_s) costs.push_back(cost);
  if (record.error_no != 0) costs = Json::array({kFailureCost});
  const Json result = Json::array({costs, record.error_no, duration(record.all_cost_s), record.timestamp_s});
  std::string text = fmt::format(
      "{{\"input\": [{}, {}, {}, {}], \"config\": {{\"index\": {}, \"code_hash\": {}, \"entity\": {}}}, "
      "\"result\": {}, \"version\": 0.2",
      python_json(record.task.target), python_json(record.task.name), record.task.args, record.task.kwargs,
      record.index, record.task.code_hash, python_json(entities), python_json(result));
  if (!record.tvm_version.empty())
    text += fmt::format(", \"tvm_version\": {}", python_json(record.tvm_version));
  return text + "}";
}

}  // namespace tamis

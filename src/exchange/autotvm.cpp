#include "exchange/autotvm.h"

#include "base/json.h"
#include "base/not_finite.h"
#include "base/text.h"
#include "tamis/formats.h"
#include "tamis/trial.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::array<std::pair<AutotvmKind, std::string_view>, 4> kKinds = {{{AutotvmKind::split, "sp"},
                                                                             {AutotvmKind::reorder, "re"},
                                                                             {AutotvmKind::annotate, "an"},
                                                                             {AutotvmKind::other, "ot"}}};
constexpr double kLogVersion = 0.2;
constexpr double kNsPerSecond = 1e9;
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
  TAMIS_ASSIGN(const int64_t index, config.integer("index", 0, static_cast<int64_t>(kExact)));
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
  if (!std::isfinite(result->at(2).get<double>()) || !std::isfinite(result->at(3).get<double>()))
    return corrupt("its duration and its time must be finite");
  record.error_no = static_cast<int>(number);
  record.all_cost_s = result->at(2).get<double>();
  record.timestamp_s = result->at(3).get<double>();
  if (record.error_no != 0) return {};
  for (const Json& cost : costs) {
    if (!cost.is_number()) return corrupt("it has no error, but a cost that is not a number of seconds");
    const auto seconds = cost.get<double>();
    if (const Status checked = check_latency_ns(seconds * kNsPerSecond); !checked.ok())
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

/// TVM writes the limit that was run into as the integer that the user gave.
Json duration(double seconds) {
  const bool whole = std::abs(seconds) < 1e9 && seconds == std::floor(seconds);
  return whole ? Json(static_cast<int64_t>(seconds)) : Json(seconds);
}

/// Only what reads as JSON, or begins like it, has to be told apart from JSON.
bool looks_like_json(const std::string& text) {
  if (text.empty()) return false;
  if (std::string_view("[{\"").find(text.front()) != std::string_view::npos) return true;
  return Json::accept(text);
}

Result<KnobValue> split_value(const Json& json) {
  if (!json.is_array() || json.empty()) return corrupt("a split (sp) must be a list of factors");
  std::vector<int64_t> factors;
  for (const Json& one : json) {
    if (!one.is_number_integer()) return corrupt("a factor of a split (sp) must be an integer");
    const auto factor = one.get<int64_t>();
    const bool open = factor == -1 && factors.empty();
    if ((factor < 1 && !open) || static_cast<double>(factor) > kExact)
      return corrupt("a factor of a split (sp) must be at least 1; only the first may be -1");
    factors.push_back(factor);
  }
  return KnobValue(std::move(factors));
}

Result<KnobValue> number_value(const Json& json) {
  if (json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
    return corrupt("an integer is beyond 2^63");
  if (json.is_number_integer()) return KnobValue(json.get<int64_t>());
  const auto number = json.get<double>();
  if (!std::isfinite(number)) return corrupt("a number is not finite");
  // A number cannot be told from 0; a name is written again as it was.
  if (number == 0 && std::signbit(number)) return KnobValue(python_json(json));
  return KnobValue(number);
}

constexpr std::string_view kBlank = " \t\r\n";

/// Calls `take` with every line and its number, until it says no.
void for_each_line(std::string_view text, const std::function<bool(size_t, std::string_view, bool)>& take) {
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const bool ended = end != std::string_view::npos;
    if (!take(++number, text.substr(0, end), ended)) return;
    text.remove_prefix(ended ? end + 1 : text.size());
  }
}

bool is_record(std::string_view line) {
  return !line.starts_with('#') && line.find_first_not_of(kBlank) != std::string_view::npos;
}

/// The first key of a JSON object that a line begins with; empty where it begins otherwise.
std::string_view first_key(std::string_view line) {
  const size_t brace = line.find_first_not_of(kBlank);
  if (brace == std::string_view::npos || line[brace] != '{') return {};
  const size_t quote = line.find_first_not_of(kBlank, brace + 1);
  if (quote == std::string_view::npos || line[quote] != '"') return {};
  const size_t end = line.find('"', quote + 1);
  return end == std::string_view::npos ? std::string_view() : line.substr(quote + 1, end - quote - 1);
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
  TAMIS_ASSIGN(const Json json, parse_python_json(line, "the record"));
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

int autotvm_error_no(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return 0;
    case Verdict::rejected:
    case Verdict::resource_exceeded:
      return 1;
    case Verdict::build_failed:
      return 2;
    case Verdict::launch_failed:
    case Verdict::run_failed:
    case Verdict::crashed:
      return 4;
    case Verdict::wrong_result:
      return 5;
    case Verdict::build_timeout:
      return 6;
    case Verdict::run_timeout:
      return 7;
    case Verdict::device_lost:
      break;
  }
  return 8;
}

Result<Verdict> verdict_from_autotvm(int error_no) {
  // One number stands for several of our verdicts; the most general of them is taken.
  switch (error_no) {
    case 0:
      return Verdict::valid;
    case 1:
    case 2:
    case 3:
      return Verdict::build_failed;
    case 4:
      return Verdict::run_failed;
    case 5:
      return Verdict::wrong_result;
    case 6:
      return Verdict::build_timeout;
    case 7:
      return Verdict::run_timeout;
    case 8:
      return Verdict::run_failed;
    default:
      return corrupt(fmt::format("AutoTVM has no error_no {}", error_no));
  }
}

Result<KnobValue> autotvm_value(AutotvmKind kind, const Json& json) {
  if (kind == AutotvmKind::split) return split_value(json);
  if (json.is_number()) return number_value(json);
  if (json.is_string() && !looks_like_json(json.get_ref<const std::string&>()))
    return KnobValue(json.get<std::string>());
  return KnobValue(python_json(json));
}

Json autotvm_json(AutotvmKind kind, const KnobValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || (kind == AutotvmKind::other && !looks_like_json(*text))) return to_json(value);
  Result<Json> json = parse_json(*text, "the value");
  return json.ok() ? std::move(*json) : Json(*text);
}

bool looks_like_autotvm(std::string_view text) {
  constexpr std::array<std::string_view, 8> kKeys = {"input",       "config", "result", "version",
                                                     "tvm_version", "i",      "r",      "v"};
  bool found = false;
  for_each_line(text, [&](size_t, std::string_view line, bool) {
    if (!is_record(line)) return true;
    const auto tabs = std::count(line.begin(), line.end(), '\t');
    found = std::find(kKeys.begin(), kKeys.end(), first_key(line)) != kKeys.end() ||
            ((tabs == 3 || tabs == 5) && line.find('{') == std::string_view::npos);
    return false;
  });
  return found;
}

void for_each_autotvm_line(
    std::string_view text,
    const std::function<void(size_t number, std::string_view line, bool ended)>& take) {
  for_each_line(text, [&](size_t number, std::string_view line, bool ended) {
    if (is_record(line)) take(number, line, ended);
    return true;
  });
}

}  // namespace tamis

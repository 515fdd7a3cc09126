#include "exchange/pyatf.h"

#include "base/json.h"
#include "base/not_finite.h"
#include "exchange/foreign_objective.h"
#include "exchange/json_walker.h"
#include "exchange/row_collector.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

Status read_evaluation(size_t number, std::string_view text, const ValueScale& scale, RowCollector& rows) {
  TAMIS_ASSIGN(const Json entry, parse_row(text));
  if (!entry.is_object()) return corrupt("it is not an object");
  const auto configuration = entry.find("configuration");
  if (configuration == entry.end() || !configuration->is_object())
    return corrupt("it has no object \"configuration\"");
  NamedValues values;
  for (const auto& [name, json] : configuration->items()) {
    TAMIS_ASSIGN(KnobValue value, knob_value_from(json));
    values.emplace_back(name, std::move(value));
  }
  Trial trial;
  const auto valid = entry.find("valid");
  if (valid == entry.end() || !valid->is_boolean()) return corrupt("it does not say whether it is \"valid\"");
  trial.measured = true;
  if (valid->get<bool>()) {
    const auto cost = entry.find("cost");
    if (cost == entry.end() || !cost->is_number())
      return corrupt("it is valid, but has no number as its \"cost\"");
    trial.costs = {scale.cost(cost->get<double>(), scale.plain)};
  } else {
    trial.verdict = Verdict::run_failed;
    trial.message = "recorded as not valid";
  }
  if (const auto time = entry.find("timestamp"); time != entry.end() && time->is_string())
    trial.finished_unix_ms = unix_ms_of(time->get_ref<const std::string&>());
  return rows.add(number, values, scale.objective, std::move(trial));
}

/// Values of sets, which a log lists; those of intervals are the ones that occur.
void declare_sets(std::string_view parameters, RowCollector& rows) {
  const Result<Json> list = parse_python_json(parameters, "tuning_parameters");
  if (!list.ok() || !list->is_array()) return;
  for (const Json& parameter : *list) {
    if (!parameter.is_object() || !parameter.contains("name") || !parameter["name"].is_string()) return;
    const auto range = parameter.find("range");
    if (range == parameter.end() || !range->is_object() || !range->contains("values")) continue;
    for (const Json& one : (*range)["values"])
      if (auto value = knob_value_from(one); value.ok())
        rows.declare(parameter["name"].get<std::string>(), std::move(*value));
  }
}

Result<TrialFile> read_pyatf(const std::string& text, const std::string& path, const ReadOptions& options) {
  const auto members = json_members(text);
  // pyATF minimises what the cost function returns, and no log tells what that is.
  const auto scale = only_scale_of({"cost", "", ""}, options);
  if (!scale.ok()) return scale.error().within(path);
  RowCollector rows;
  const auto history = members.find("history");
  JsonWalker walker(history == members.end() ? std::string_view() : history->second);
  size_t number = 0;
  while (walker.next()) {
    const std::string_view entry = walker.value();
    ++number;
    const Status status = entry.empty() ? Status(corrupt("the file is cut off within it"))
                                        : read_evaluation(number, entry, *scale, rows);
    if (!status.ok()) rows.skip(number, status.error().message);
  }
  if (const auto parameters = members.find("tuning_parameters"); parameters != members.end() && !rows.empty())
    declare_sets(parameters->second, rows);
  TrialSet set;
  set.workload = peer_workload("pyatf", recorded_name(path), recorded_name(path));
  set.target_identity = "pyatf";
  set.objective = scale->objective;
  return rows.finish(std::move(set), path);
}

bool is_pyatf(std::string_view text) {
  JsonWalker walker(text);
  while (walker.is_object() && walker.next()) {
    if (walker.key() == "tuning_parameters" || walker.key() == "history")
      return walker.rest().starts_with('[');
    if (walker.key() == "results" || walker.key() == "cache" || walker.key() == "Results") return false;
  }
  return false;
}

}  // namespace

const Format& pyatf_format() {
  static const Format format = {"pyatf",  "log of pyATF, JSON",
                                ".json",  false,
                                is_pyatf, read_pyatf,
                                nullptr,  "a JSON object with `tuning_parameters` and `history`",
                                nullptr,  true};
  return format;
}

}  // namespace tamis

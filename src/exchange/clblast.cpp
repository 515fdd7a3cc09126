#include "exchange/clblast.h"

#include "base/json.h"
#include "exchange/foreign_objective.h"
#include "exchange/json_walker.h"
#include "exchange/row_collector.h"

#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Not tuned: part of the workload.
constexpr std::string_view kPrecision = "PRECISION";

Status read_clblast_result(size_t number, std::string_view text, const std::string& device,
                           const ValueScale& scale, RowCollector& rows) {
  TAMIS_ASSIGN(const Json result, parse_row(text));
  if (!result.is_object()) return corrupt("it is not an object");
  const auto parameters = result.find("parameters");
  if (parameters == result.end() || !parameters->is_object())
    return corrupt("it has no object \"parameters\"");
  NamedValues values;
  for (const auto& [name, json] : parameters->items()) {
    if (name == kPrecision) continue;
    TAMIS_ASSIGN(KnobValue value, knob_value_from(json));
    values.emplace_back(name, std::move(value));
  }
  const auto time = result.find("time");
  if (time == result.end() || !time->is_number()) return corrupt("it has no number as its \"time\"");
  Trial trial;
  trial.measured = true;
  trial.device = device;
  trial.costs = {scale.cost(time->get<double>(), scale.plain)};
  return rows.add(number, values, scale.objective, std::move(trial));
}

/// `xgemm_1:m=64,n=64,k=64,precision=32`: the kernel's family and all that the tuner was given.
std::string clblast_workload(const std::map<std::string, std::string_view>& members) {
  std::string arguments;
  const auto add = [&](const std::string& name, const std::string& key) {
    const std::string value = json_text_of(members, key);
    if (!value.empty()) arguments += fmt::format("{}{}={}", arguments.empty() ? ":" : ",", name, value);
  };
  for (const auto& [key, unused] : members)
    if (key.starts_with("arg_")) add(key.substr(4), key);
  add("precision", "precision");
  return json_text_of(members, "kernel_family") + arguments;
}

Result<TrialFile> read_clblast(const std::string& text, const std::string& path, const ReadOptions& options) {
  const auto members = json_members(text);
  const auto scale = only_scale_of({"time", "ms", ""}, options);
  if (!scale.ok()) return scale.error().within(path);
  std::string device = json_text_of(members, "clblast_device_name");
  if (device.empty()) device = json_text_of(members, "device");
  RowCollector rows;
  const auto results = members.find("results");
  JsonWalker walker(results == members.end() ? std::string_view() : results->second);
  size_t number = 0;
  while (walker.next()) {
    const std::string_view result = walker.value();
    ++number;
    const Status status = result.empty() ? Status(corrupt("the file is cut off within it"))
                                         : read_clblast_result(number, result, device, *scale, rows);
    if (!status.ok()) rows.skip(number, status.error().message);
  }
  TrialSet set;
  const std::string workload = clblast_workload(members);
  set.workload = peer_workload("clblast", workload.empty() ? recorded_name(path) : workload, workload);
  set.target_identity = device.empty() ? "clblast" : "clblast " + device;
  set.objective = scale->objective;
  return rows.finish(std::move(set), path);
}

bool is_clblast(std::string_view text) {
  JsonWalker walker(text);
  while (walker.is_object() && walker.next()) {
    if (walker.key() == "kernel_family" || walker.key().starts_with("clblast_device")) return true;
    if (!walker.rest().starts_with('"')) return false;
  }
  return false;
}

}  // namespace

const Format& clblast_format() {
  static const Format format = {
      "clblast",  "results of CLBlast's tuners, JSON",
      ".json",    false,
      is_clblast, read_clblast,
      nullptr,    "a JSON object with `kernel_family`, `clblast_device_...` and `results`"};
  return format;
}

}  // namespace tamis

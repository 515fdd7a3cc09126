#include "exchange/pyatf.h"

#include "base/json.h"
#include "base/not_finite.h"
#include "exchange/foreign_objective.h"
#include "exchange/json_cursor.h"
#include "exchange/json_walker.h"
#include "exchange/row_collector.h"
#include "exchange/row_members.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Reads evaluation after evaluation.
class EvaluationReader {
 public:
  explicit EvaluationReader(const ValueScale& scale) : scale_(scale) {}

  Status read(size_t number, std::string_view text, RowCollector& rows) {
    TAMIS_TRY(entry_.read(text));
    const auto configuration = entry_.find("configuration");
    if (!configuration || !configuration->starts_with('{'))
      return corrupt("it has no object \"configuration\"");
    TAMIS_TRY(configuration_.read(*configuration));
    values_.clear();
    for (const auto& [name, value] : configuration_.all()) values_.emplace_back(name, value);
    Trial trial;
    const auto valid = entry_.find("valid");
    if (valid != "true" && valid != "false") return corrupt("it does not say whether it is \"valid\"");
    trial.measured = true;
    if (valid == "true") {
      const auto text_of_cost = entry_.find("cost");
      const std::optional<double> cost = text_of_cost ? json_number(*text_of_cost) : std::nullopt;
      if (!cost) return corrupt("it is valid, but has no number as its \"cost\"");
      trial.costs = {scale_.cost(*cost, scale_.plain)};
    } else {
      trial.verdict = Verdict::run_failed;
      trial.message = "recorded as not valid";
    }
    trial.finished_unix_ms = unix_ms_of(text_or_empty(entry_.find("timestamp")));
    return rows.add(number, values_, scale_.objective, std::move(trial));
  }

 private:
  ValueScale scale_;
  RowMembers entry_, configuration_;
  NamedTexts values_;
};

/// Values of sets, which a log lists; those of intervals are the ones that occur.
void declare_sets(std::string_view parameters, RowCollector& rows) {
  JsonWalker list(parameters);
  while (list.is_list() && list.next()) {
    const auto parameter = json_members(list.value());
    const std::string name = json_text_of(parameter, "name");
    const auto range = parameter.find("range");
    if (name.empty()) return;
    if (range == parameter.end()) continue;
    const auto members = json_members(range->second);
    if (const auto values = members.find("values"); values != members.end())
      rows.declare_list(name, values->second);
  }
}

Result<StoredFile> open_pyatf(std::string_view text, const std::string& path, const ReadOptions& options) {
  const auto members = json_members(text);
  // pyATF minimises what the cost function returns, and no log tells what that is.
  const auto scale = only_scale_of({"cost", "", ""}, options);
  if (!scale.ok()) return scale.error().within(path);
  RowCollector rows;
  const auto history = members.find("history");
  JsonWalker walker(history == members.end() ? std::string_view() : history->second);
  EvaluationReader reader(*scale);
  size_t number = 0;
  while (walker.next()) {
    const std::string_view entry = walker.value();
    ++number;
    const Status status =
        entry.empty() ? Status(corrupt("the file is cut off within it")) : reader.read(number, entry, rows);
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

Result<TrialFile> read_pyatf(const std::string& text, const std::string& path, const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_pyatf(text, path, options));
  return trial_file_of(std::move(file));
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
  static const Format format = {"pyatf",    "log of pyATF, JSON",
                                ".json",    false,
                                is_pyatf,   read_pyatf,
                                nullptr,    "a JSON object with `tuning_parameters` and `history`",
                                open_pyatf, true};
  return format;
}

}  // namespace tamis

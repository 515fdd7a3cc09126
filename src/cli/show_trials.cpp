#include "base/json.h"
#include "cli/show.h"
#include "drawing/text_table.h"
#include "experiment/trial_columns.h"
#include "experiment/tuning_report.h"
#include "tamis/objective.h"

#include <cmath>
#include <set>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

std::string cell_text(const TrialColumn& column, const std::optional<KnobValue>& cell) {
  if (!cell) return "-";
  if (column.name == "latency_ns") return format_latency(scalar(*cell));
  return to_short_string(*cell);
}

Json cell_json(const std::optional<KnobValue>& cell) {
  if (!cell) return Json();
  const auto* number = std::get_if<double>(&*cell);
  return number != nullptr ? number_to_json(*number) : tamis::to_json(*cell);
}

/// A value of the objective in its own unit.
Json value_json(const Objective& objective, double cost) {
  return std::isfinite(cost) ? number_to_json(objective.value_of(cost)) : Json();
}

std::string index_text(const Space& space, const Config& config) {
  return space.countable() ? fmt::format("{}", space.index(config)) : "-";
}

std::string draw_usual(const TrialSet& session) {
  TextTable table({"trial", "index", "verdict", session.objective.name, "by", "config"}, {2, 4, 5});
  for (const Trial& trial : session.trials) {
    const std::string config = session.space.describe(trial.config);
    table.add_row({fmt::format("{}", trial.number), index_text(session.space, trial.config),
                   std::string(to_string(trial.verdict)), session.objective.show(trial.cost()),
                   trial.proposer, trial.message.empty() ? config : config + ": " + trial.message});
  }
  return table.draw();
}

std::string draw_columns(const std::vector<TrialColumn>& columns, const TrialSet& session) {
  std::vector<std::string> header;
  std::set<size_t> left;
  for (size_t i = 0; i < columns.size(); ++i) {
    header.push_back(columns[i].name);
    if (columns[i].is_text) left.insert(i);
  }
  TextTable table(std::move(header), std::move(left));
  for (const Trial& trial : session.trials) {
    std::vector<std::string> cells;
    for (const TrialColumn& column : columns) cells.push_back(cell_text(column, column.cell(trial)));
    table.add_row(std::move(cells));
  }
  return table.draw();
}

std::string draw_groups(const TrialColumn& column, const TrialSet& session) {
  TextTable table({column.name, "trials", "valid", "valid %", "best", "median"},
                  column.is_text ? std::set<size_t>{0} : std::set<size_t>{});
  for (const TrialGroup& group : group_by(column, session.trials))
    table.add_row(
        {cell_text(column, group.key), fmt::format("{}", group.trials), fmt::format("{}", group.valid),
         fmt::format("{:.0f}", 100.0 * static_cast<double>(group.valid) / static_cast<double>(group.trials)),
         session.objective.show(group.best), session.objective.show(group.median)});
  return table.draw();
}

Json groups_json(const TrialColumn& column, const TrialSet& session) {
  Json all = Json::array();
  for (const TrialGroup& group : group_by(column, session.trials)) {
    Json one = {{"value", cell_json(group.key)},
                {"trials", group.trials},
                {"valid", group.valid},
                {"valid_share", static_cast<double>(group.valid) / static_cast<double>(group.trials)},
                {"best", value_json(session.objective, group.best)},
                {"median", value_json(session.objective, group.median)}};
    if (session.objective.is_latency()) {
      one["best_ns"] = std::isfinite(group.best) ? number_to_json(group.best) : Json();
      one["median_ns"] = std::isfinite(group.median) ? number_to_json(group.median) : Json();
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

bool TrialSelection::given() const {
  return verdict || !proposer.empty() || !where.empty() || !sort.empty() || limit > 0 || !group.empty() ||
         !columns.empty();
}

Result<SelectedColumns> find_columns(const TrialSelection& selection, const TrialSet& session) {
  SelectedColumns found;
  if (!selection.sort.empty()) {
    TAMIS_ASSIGN(found.sort, find_column(session.space, session.trials, selection.sort, session.objective));
  }
  if (!selection.group.empty()) {
    TAMIS_ASSIGN(found.group, find_column(session.space, session.trials, selection.group, session.objective));
  }
  for (const std::string& name : selection.columns) {
    TAMIS_ASSIGN(TrialColumn column, find_column(session.space, session.trials, name, session.objective));
    found.columns.push_back(std::move(column));
  }
  return found;
}

Status select_trials(const TrialSelection& selection, const SelectedColumns& columns, TrialSet& session) {
  std::vector<Trial>& trials = session.trials;
  if (!selection.where.empty()) {
    TAMIS_ASSIGN(trials, trials_where(session.space, std::move(trials), selection.where, session.objective));
  }
  if (selection.verdict)
    std::erase_if(trials, [&](const Trial& trial) { return trial.verdict != *selection.verdict; });
  if (!selection.proposer.empty())
    std::erase_if(trials, [&](const Trial& trial) { return trial.proposer != selection.proposer; });
  if (columns.sort) sort_by(*columns.sort, selection.descending, trials);
  if (selection.limit > 0 && trials.size() > selection.limit) trials.resize(selection.limit);
  return {};
}

std::string draw_trials(const SelectedColumns& columns, const TrialSet& session) {
  if (columns.group) return draw_groups(*columns.group, session);
  return columns.columns.empty() ? draw_usual(session) : draw_columns(columns.columns, session);
}

Json trials_json(const SelectedColumns& columns, const TrialSet& session) {
  if (columns.group) return groups_json(*columns.group, session);
  Json all = Json::array();
  for (const Trial& trial : session.trials) {
    if (columns.columns.empty()) {
      all.push_back(tamis::to_json(trial, session.space));
      continue;
    }
    Json one = Json::object();
    for (const TrialColumn& column : columns.columns) one[column.name] = cell_json(column.cell(trial));
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace tamis::cli

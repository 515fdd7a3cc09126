#include "experiment/trial_columns.h"

#include "base/median.h"
#include "base/text.h"
#include "tamis/expression.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>

namespace tamis {
namespace {

using Cell = std::optional<KnobValue>;

Cell whole(int64_t number) { return KnobValue(number); }
Cell text(std::string_view word) { return KnobValue(std::string(word)); }

struct OwnColumn {
  std::string_view name;
  bool is_text;
  Cell (*cell)(const Space& space, const Objective& objective, const Trial& trial);
};

const std::array kOwn = {
    OwnColumn{
        "number", false,
        [](const Space&, const Objective&, const Trial& t) { return whole(static_cast<int64_t>(t.number)); }},
    OwnColumn{"index", false,
              [](const Space& s, const Objective&, const Trial& t) {
                return s.countable() ? whole(static_cast<int64_t>(s.index(t.config))) : Cell();
              }},
    OwnColumn{"verdict", true,
              [](const Space&, const Objective&, const Trial& t) { return text(to_string(t.verdict)); }},
    OwnColumn{"latency_ns", false,
              [](const Space&, const Objective& o, const Trial& t) {
                return t.costs.empty() || !o.is_latency() ? Cell() : Cell(KnobValue(t.cost()));
              }},
    OwnColumn{"value", false,
              [](const Space&, const Objective& o, const Trial& t) {
                return t.costs.empty() ? Cell() : Cell(KnobValue(o.value_of(t.cost())));
              }},
    OwnColumn{"cost", false,
              [](const Space&, const Objective&, const Trial& t) {
                return t.costs.empty() ? Cell() : Cell(KnobValue(t.cost()));
              }},
    OwnColumn{"proposer", true,
              [](const Space&, const Objective&, const Trial& t) { return text(t.proposer); }},
    OwnColumn{"device", true, [](const Space&, const Objective&, const Trial& t) { return text(t.device); }},
    OwnColumn{"measured", false,
              [](const Space&, const Objective&, const Trial& t) { return whole(t.measured ? 1 : 0); }},
    OwnColumn{"same_code_as", false,
              [](const Space&, const Objective&, const Trial& t) {
                return t.same_code_as ? whole(static_cast<int64_t>(*t.same_code_as)) : Cell();
              }},
    OwnColumn{"message", true,
              [](const Space&, const Objective&, const Trial& t) { return text(t.message); }},
    OwnColumn{"build_ns", false,
              [](const Space&, const Objective&, const Trial& t) { return whole(t.build_ns); }},
    OwnColumn{"run_ns", false,
              [](const Space&, const Objective&, const Trial& t) { return whole(t.run_ns); }},
    OwnColumn{"finished_unix_ms", false,
              [](const Space&, const Objective&, const Trial& t) { return whole(t.finished_unix_ms); }},
    OwnColumn{"config", true,
              [](const Space& s, const Objective&, const Trial& t) { return text(s.describe(t.config)); }},
};

std::set<std::string> feature_names(std::span<const Trial> trials) {
  std::set<std::string> names;
  for (const Trial& trial : trials)
    for (const auto& feature : trial.features.values)
      if (!names.contains(feature.first)) names.insert(feature.first);
  return names;
}

TrialColumn knob_column(const Space& space, size_t position) {
  const Knob& knob = space.knobs()[position];
  return {knob.name, knob.kind == KnobKind::name,
          [&space, position](const Trial& trial) { return Cell(space.value(trial.config, position)); }};
}

TrialColumn feature_column(const std::string& name) {
  return {name, false, [name](const Trial& trial) {
            const double value = trial.features.get(name);
            return std::isfinite(value) ? Cell(KnobValue(value)) : Cell();
          }};
}

/// All columns that are not knobs.
std::vector<TrialColumn> further_columns(const Space& space, std::span<const Trial> trials,
                                         const Objective& objective) {
  std::vector<TrialColumn> columns;
  std::set<std::string> taken;
  for (const Knob& knob : space.knobs()) taken.insert(knob.name);
  for (const std::string& name : feature_names(trials))
    if (taken.insert(name).second) columns.push_back(feature_column(name));
  for (const OwnColumn& own : kOwn)
    if (taken.insert(std::string(own.name)).second)
      columns.push_back({std::string(own.name), own.is_text, [&space, &own, objective](const Trial& trial) {
                           return own.cell(space, objective, trial);
                         }});
  return columns;
}

/// A value of the column's kind that must not be looked at.
KnobValue no_value(const TrialColumn& column) {
  return column.is_text ? KnobValue(std::string()) : KnobValue(int64_t{0});
}

/// A knob with a value for each trial.
Knob knob_of(const TrialColumn& column, std::span<const Trial> trials) {
  Knob knob{column.name, column.is_text ? KnobKind::name : KnobKind::number, {}};
  const KnobValue none = no_value(column);
  for (const Trial& trial : trials) knob.values.push_back(column.cell(trial).value_or(none));
  return knob;
}

/// Those of the columns that a formula names. Reading it with columns of one value tells which they are.
Result<std::vector<TrialColumn>> used_columns(const Space& space, std::vector<TrialColumn> columns,
                                              const std::string& formula) {
  std::vector<Knob> knobs = space.knobs();
  for (const TrialColumn& column : columns)
    knobs.push_back({column.name, column.is_text ? KnobKind::name : KnobKind::number, {no_value(column)}});
  TAMIS_ASSIGN(const Constraint constraint, parse_constraint(formula, knobs));
  std::erase_if(columns, [&](const TrialColumn& column) {
    return std::find(constraint.knobs.begin(), constraint.knobs.end(), column.name) == constraint.knobs.end();
  });
  return columns;
}

}  // namespace

Result<TrialColumn> find_column(const Space& space, std::span<const Trial> trials, const std::string& name,
                                const Objective& objective) {
  if (const auto position = space.find(name)) return knob_column(space, *position);
  std::vector<TrialColumn> columns = further_columns(space, trials, objective);
  std::vector<std::string_view> known;
  for (const Knob& knob : space.knobs()) known.emplace_back(knob.name);
  for (TrialColumn& column : columns) {
    if (column.name == name) return std::move(column);
    known.emplace_back(column.name);
  }
  return not_found(fmt::format("there is no column \"{}\"{}", name, did_you_mean(name, known)));
}

Result<std::vector<Trial>> trials_where(const Space& space, std::vector<Trial> trials,
                                        const std::string& formula, const Objective& objective) {
  TAMIS_ASSIGN(const std::vector<TrialColumn> columns,
               used_columns(space, further_columns(space, trials, objective), formula));
  if (trials.empty()) return trials;
  std::vector<Knob> knobs = space.knobs();
  for (const TrialColumn& column : columns) knobs.push_back(knob_of(column, trials));
  TAMIS_ASSIGN(const Expression expression, Expression::parse(formula, knobs));
  std::vector<Trial> kept;
  for (size_t i = 0; i < trials.size(); ++i) {
    const auto complete = [&](const TrialColumn& column) { return column.cell(trials[i]).has_value(); };
    if (!std::all_of(columns.begin(), columns.end(), complete)) continue;
    Config config = trials[i].config;
    config.choices.resize(knobs.size(), static_cast<uint32_t>(i));
    if (expression.holds(config)) kept.push_back(std::move(trials[i]));
  }
  return kept;
}

void sort_by(const TrialColumn& column, bool descending, std::vector<Trial>& trials) {
  std::vector<std::pair<Cell, size_t>> order;
  for (size_t i = 0; i < trials.size(); ++i) order.emplace_back(column.cell(trials[i]), i);
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    if (!a.first || !b.first) return a.first.has_value() && !b.first.has_value();
    return descending ? *b.first < *a.first : *a.first < *b.first;
  });
  std::vector<Trial> sorted;
  sorted.reserve(trials.size());
  for (const auto& [cell, i] : order) sorted.push_back(std::move(trials[i]));
  trials = std::move(sorted);
}

std::vector<TrialGroup> group_by(const TrialColumn& column, std::span<const Trial> trials) {
  std::map<Cell, std::pair<TrialGroup, std::vector<double>>> groups;
  for (const Trial& trial : trials) {
    Cell key = column.cell(trial);
    auto& [group, costs] = groups[key];
    group.key = std::move(key);
    ++group.trials;
    if (trial.verdict != Verdict::valid) continue;
    ++group.valid;
    costs.push_back(trial.cost());
  }
  std::vector<TrialGroup> all;
  for (auto& [key, one] : groups) {
    auto& [group, costs] = one;
    const auto least = std::min_element(costs.begin(), costs.end());
    group.best = least == costs.end() ? std::numeric_limits<double>::infinity() : *least;
    group.median = median(std::move(costs));
    all.push_back(std::move(group));
  }
  return all;
}

}  // namespace tamis

#include "targets/table/revealed.h"

#include "base/median.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::table {
namespace {

std::optional<double> recorded(const TrialSet& table, const Config& config, const std::string& name) {
  const Trial* trial = find_recorded(table, config);
  if (trial == nullptr) return std::nullopt;
  const double value = trial->features.get(name);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// The feature of the nearest row that has it, among those that differ in one knob; of rows equally near the
/// one of the first knob, and of its two the one with the lesser value.
std::optional<double> of_nearest(const TrialSet& table, const Config& config, const std::string& name) {
  const std::vector<Knob>& knobs = table.space.knobs();
  size_t most = 0;
  for (const Knob& knob : knobs) most = std::max(most, knob.values.size());
  for (uint32_t away = 1; away < most; ++away) {
    for (size_t k = 0; k < knobs.size(); ++k) {
      Config other = config;
      const uint32_t choice = config.choices[k];
      if (choice >= away) {
        other.choices[k] = choice - away;
        if (const auto value = recorded(table, other, name)) return value;
      }
      if (choice + away < knobs[k].values.size()) {
        other.choices[k] = choice + away;
        if (const auto value = recorded(table, other, name)) return value;
      }
    }
  }
  return std::nullopt;
}

Error no_such_feature(const TrialSet& table, const std::string& name) {
  std::set<std::string> known;
  for (const Trial& trial : table.trials)
    for (const auto& [feature, value] : trial.features.values) known.insert(feature);
  return invalid_input(known.empty()
                           ? fmt::format("{}: no row of this table has features, so there is none to reveal",
                                         table.workload.name)
                           : fmt::format("{}: no row of this table has a feature {}; it has {}",
                                         table.workload.name, name, fmt::join(known, ", ")));
}

}  // namespace

Result<std::vector<Features>> reveal(const TrialSet& table, const std::vector<std::string>& names) {
  if (names.empty()) return std::vector<Features>();
  std::vector<Features> revealed(table.trials.size());
  for (const std::string& name : names) {
    std::vector<double> known;
    for (const Trial& trial : table.trials) {
      const double value = trial.features.get(name);
      if (std::isfinite(value)) known.push_back(value);
    }
    if (known.empty()) return no_such_feature(table, name);
    const double usual = median(known);
    for (size_t i = 0; i < table.trials.size(); ++i) {
      const Trial& trial = table.trials[i];
      const double own = trial.features.get(name);
      revealed[i].set(name, std::isfinite(own) ? own : of_nearest(table, trial.config, name).value_or(usual));
    }
  }
  return revealed;
}

}  // namespace tamis::table

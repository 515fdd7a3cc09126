#include "base/text.h"
#include "exchange/csv.h"
#include "exchange/csv_rows.h"
#include "targets/vta/simulator/simulator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

namespace tamis {
namespace {

// Columns of every target, beside the features that its trials have.
constexpr std::string_view kFinalLatency = "final_latency_ns";
constexpr std::string_view kFinalValue = "final_value";
// Columns of every table.
constexpr std::array<std::string_view, 4> kFrame = {"workload", "index", "verdict", "message"};

std::string number_cell(double value) {
  if (!std::isfinite(value)) return "";
  // Beyond, a double is not an exact integer, and its shortest form is the honest one.
  if (value == std::floor(value) && std::abs(value) <= kExact)
    return fmt::format("{}", static_cast<int64_t>(value));
  return fmt::format("{}", value);
}

/// The column of what the search optimises.
std::string cost_column(const TrialSet& set) {
  if (set.objective.is_latency()) return std::string(kCsvLatency);
  return std::string(kCsvObjective) + to_string(set.objective);
}

std::string_view final_column(const TrialSet& set) {
  return set.objective.is_latency() ? kFinalLatency : kFinalValue;
}

/// Whether the latencies of trials of VTA are in the column of cycles already.
bool has_cycles_for_latencies(const TrialSet& set) {
  return set.target_spec.starts_with("vta") && set.objective.is_latency() &&
         std::all_of(set.trials.begin(), set.trials.end(), [](const Trial& trial) {
           return trial.verdict != Verdict::valid ||
                  trial.cost() == vta::MemoryProfile{}.to_ns(trial.features.get("cycles"));
         });
}

/// What a cell has of a cost: ns of a latency, else the value in its own unit.
double shown_value(const TrialSet& set, double cost) {
  return set.objective.is_latency() ? cost : set.objective.value_of(cost);
}

/// The value that the finals gave a trial, NaN where it had no part in them.
double final_value(const TrialSet& set, const Trial& trial) {
  if (set.finals)
    for (const Finalist& finalist : set.finals->finalists)
      if (finalist.number == trial.number && finalist.verdict == Verdict::valid)
        return shown_value(set, finalist.cost());
  return std::nan("");
}

bool is_frame(std::string_view name) { return std::find(kFrame.begin(), kFrame.end(), name) != kFrame.end(); }

/// What a trial itself has for a column that is called like a feature; NaN where it has nothing.
double own_value(const TrialSet& set, const Trial& trial, std::string_view name) {
  if (name == final_column(set)) return final_value(set, trial);
  const bool measured = trial.verdict == Verdict::valid && !trial.costs.empty() && name == cost_column(set);
  return measured ? shown_value(set, trial.cost()) : std::nan("");
}

/// What a cell holds of a trial: what is its own comes first.
double cell_value(const TrialSet& set, const Trial& trial, std::string_view name) {
  const double own = own_value(set, trial, name);
  return std::isnan(own) ? trial.features.get(name) : own;
}

/// Whether a column of its name can hold this feature of a trial.
bool fits(const TrialSet& set, const Trial& trial, const std::string& name, double value) {
  if (name.empty() || is_frame(name) || set.space.find(name)) return false;
  // Readers take every number in these columns for what the search optimises.
  if (name == kCsvLatency && (trial.verdict != Verdict::valid || !set.objective.is_latency())) return false;
  if (name.starts_with(kCsvObjective)) return false;
  const double own = own_value(set, trial, name);
  return std::isnan(own) || own == value;
}

std::vector<std::string> feature_columns(const TrialSet& set) {
  if (has_cycles_for_latencies(set)) return {vta::kTableCounters.begin(), vta::kTableCounters.end()};
  const std::string cost = cost_column(set);
  std::vector<std::string> names;
  std::set<std::string_view> seen;
  const auto add = [&](std::string_view name) {
    if (seen.insert(name).second) names.emplace_back(name);
  };
  for (const Trial& trial : set.trials) {
    for (const auto& [name, value] : trial.features.values)
      if (fits(set, trial, name, value)) add(name);
    if (trial.verdict == Verdict::valid) add(cost);
    if (std::isfinite(final_value(set, trial))) add(final_column(set));
  }
  return names;
}

/// A note for each feature that no column can hold.
void tell_left_out(const TrialSet& set, std::vector<std::string>& notes) {
  std::map<std::string, size_t> counts;
  for (const Trial& trial : set.trials)
    for (const auto& [name, value] : trial.features.values)
      if (std::isfinite(value) && !fits(set, trial, name, value)) ++counts[name];
  for (const auto& [name, count] : counts)
    notes.push_back(
        fmt::format("the feature \"{}\" of {} of {}: {}", name, counted(count, "trial"), set.workload.name,
                    name.empty() ? "a column of CSV needs a name" : "CSV has another column of this name"));
}

/// A column of a knob cannot be left out.
Status check_knobs(const TrialSet& set) {
  for (const Knob& knob : set.space.knobs()) {
    const bool taken = is_frame(knob.name) || knob.name == cost_column(set) || knob.name == final_column(set);
    if (!knob.name.empty() && !taken) continue;
    return invalid_input(fmt::format(
        "{}: the knob \"{}\" cannot be a column of CSV, {}; the format t4 can hold it", set.workload.name,
        knob.name, knob.name.empty() ? "which needs a name" : "which has another column of this name"));
  }
  return {};
}

}  // namespace

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string write_csv(const TrialSet& set, std::span<const std::string> feature_names) {
  const Space& space = set.space;
  std::string text = "workload,index";
  for (const Knob& knob : space.knobs()) text += "," + csv_cell(knob.name);
  text += ",verdict";
  for (const std::string& name : feature_names) text += "," + csv_cell(name);
  text += ",message\n";
  const std::string workload = csv_cell(set.workload.name);
  for (const Trial& trial : set.trials) {
    text += workload + ",";
    if (space.countable()) text += fmt::format("{}", space.index(trial.config));
    for (size_t i = 0; i < space.knobs().size(); ++i)
      text += "," + csv_cell(to_short_string(space.value(trial.config, i)));
    text += fmt::format(",{}", to_string(trial.verdict));
    for (const std::string& name : feature_names) text += "," + number_cell(cell_value(set, trial, name));
    text += "," + csv_cell(trial.message) + "\n";
  }
  return text;
}

Result<TrialText> write_csv_file(std::span<const TrialSet> sets) {
  TrialText file;
  std::string header;
  for (const TrialSet& set : sets) {
    TAMIS_TRY(check_knobs(set));
    tell_left_out(set, file.skipped);
    const std::string table = write_csv(set, feature_columns(set));
    const size_t line = table.find('\n') + 1;
    if (header.empty()) header = table.substr(0, line);
    if (table.compare(0, line, header) != 0)
      return invalid_input(fmt::format(
          "{} has other columns than {} and does not fit into one CSV table with it; write each to "
          "a file of its own",
          set.workload.name, sets.front().workload.name));
    file.text += file.text.empty() ? table : table.substr(line);
  }
  return file;
}

}  // namespace tamis

#include "exchange/csv_rows.h"

#include "base/not_finite.h"
#include "base/text.h"
#include "exchange/csv.h"
#include "space/file/space_parts.h"
#include "targets/vta/simulator/simulator.h"
#include "trial/inferred.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kCycles = "cycles";

/// The number in the cell of a knob; nothing for a name. An integer in another form than ours (007) is a
/// name, and so are -0.0 and a number with more digits than are kept, as they would not come out as they went
/// in.
std::optional<KnobValue> number_in(const std::string& cell) {
  if (const std::optional<int64_t> whole = parse_integer(cell)) {
    if (std::to_string(*whole) == cell) return KnobValue(*whole);
    return std::nullopt;
  }
  if (unheld_number(cell)) return std::nullopt;
  const bool decimal = cell.find_first_of(".eE") != std::string::npos;
  const std::optional<double> real = decimal ? parse_number(cell) : std::nullopt;
  if (!real || (*real == 0 && std::signbit(*real))) return std::nullopt;
  return KnobValue(*real);
}

/// Numbers ascending where every cell is one, else names.
RecordedKnob knob_of_cells(std::string name, std::vector<KnobValue> cells) {
  std::vector<KnobValue> numbers;
  for (const KnobValue& cell : cells) {
    std::optional<KnobValue> number = number_in(std::get<std::string>(cell));
    if (!number) break;
    numbers.push_back(std::move(*number));
  }
  if (numbers.size() == cells.size()) {
    RecordedKnob recorded = recorded_knob(name, numbers);
    // Two forms of one number (1 and 1.0) are two values of the one who wrote them.
    if (recorded.knob.values.size() == cells.size()) return recorded;
  }
  return recorded_knob(std::move(name), cells);
}

/// Space::kUncountable of a config that has no index: an empty cell, or more digits than fit.
Result<uint64_t> index_in(std::string_view cell) {
  if (const std::optional<int64_t> index = parse_integer(cell); index && *index >= 0)
    return static_cast<uint64_t>(*index);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (std::all_of(cell.begin(), cell.end(), is_digit)) return Space::kUncountable;
  return corrupt(fmt::format("index must be an integer from 0 or empty, found \"{}\"", cell));
}

/// The objective that the column of our writer names; nothing for another column.
std::optional<Objective> written_objective(std::string_view column) {
  if (!column.starts_with(kCsvObjective)) return std::nullopt;
  Result<Objective> objective = parse_objective(column.substr(kCsvObjective.size()));
  return objective.ok() ? std::optional<Objective>(std::move(*objective)) : std::nullopt;
}

/// The column of the costs: the one that the user names, else the one that our writer did. Nothing where
/// these are latencies in `latency_ns` or `cycles`. Errors: corrupt for two.
Status find_cost(CsvColumns& columns, const ReadOptions& options, ForeignObjective& file) {
  for (size_t i = columns.first_feature(); i < columns.message(); ++i) {
    const std::string& name = columns.names[i];
    const std::optional<Objective> written = written_objective(name);
    const std::string& called = written ? written->name : name;
    if (options.objective ? called != options.objective->name : !written) continue;
    if (columns.cost) return corrupt(fmt::format("two columns hold the objective {}", called));
    columns.cost = i;
    file.name = called;
    file.unit = written ? written->unit : name == kCsvLatency ? "ns" : "";
    if (written) file.direction = written->direction;
  }
  return {};
}

Error no_such_column(const CsvColumns& columns, const std::string& name) {
  const std::vector<std::string> features(
      columns.names.begin() + static_cast<std::ptrdiff_t>(columns.first_feature()), columns.names.end() - 1);
  return invalid_input(fmt::format("there is no column \"{}\"; there is {}", name,
                                   features.empty() ? "none" : fmt::format("{}", fmt::join(features, ", "))));
}

/// Finds the column of the costs and what they are. `latency` and `time` are those in `latency_ns` or
/// `cycles` where no column is called so.
Status find_objective(CsvColumns& columns, const ReadOptions& options) {
  ForeignObjective file{std::string(kCsvLatency), "ns", ""};
  TAMIS_TRY(find_cost(columns, options, file));
  if (!columns.cost && !options.objective) return {};
  if (!columns.cost && !asks_for_latency(options)) return no_such_column(columns, options.objective->name);
  ReadOptions meant = options;
  if (!options.objective && file.direction)
    meant.objective = Objective{file.name, file.unit, *file.direction};
  TAMIS_ASSIGN(columns.scale, plain_scale_of(file, meant));
  return {};
}

}  // namespace

Result<CsvColumns> read_csv_header(std::span<const std::string_view> cells, const ReadOptions& options) {
  CsvColumns columns;
  columns.names.assign(cells.begin(), cells.end());
  const auto verdict = std::find(cells.begin(), cells.end(), "verdict");
  columns.verdict = static_cast<size_t>(verdict - cells.begin());
  const bool framed = cells.size() >= 4 && cells[0] == "workload" && cells[1] == "index" &&
                      cells.back() == "message" && verdict != cells.end() && columns.verdict >= 2;
  if (!framed) return corrupt("the header must be workload,index,KNOB...,verdict,FEATURE...,message");
  std::set<std::string_view> seen;
  for (const std::string& name : columns.names) {
    if (name.empty()) return corrupt("a column has no name");
    if (!seen.insert(name).second) return corrupt(fmt::format("two columns are called {}", name));
  }
  TAMIS_TRY(find_objective(columns, options));
  return columns;
}

CsvRows::CsvRows(const CsvColumns& columns, bool with_costs)
    : first_feature_(columns.first_feature()),
      message_(columns.message()),
      scale_(columns.scale),
      with_costs_(with_costs) {
  for (size_t i = columns.first_knob(); i < columns.verdict; ++i) knobs_.emplace_back(columns.names[i]);
  for (size_t i = first_feature_; i < message_; ++i) {
    if (columns.names[i] == kCsvLatency) latency_ = features_.size();
    if (columns.names[i] == kCycles) cycles_ = features_.size();
    if (columns.cost == i) cost_ = features_.size();
    features_.push_back(columns.names[i]);
  }
  values_.resize(features_.size());
  scanned_.resize(features_.size());
}

Status CsvRows::scan_features(std::span<const std::string_view> cells) {
  is_cost_nan_ = false;
  for (size_t i = 0; i < features_.size(); ++i) {
    const std::string_view cell = cells[first_feature_ + i];
    scanned_[i] = kNothing;
    if (cell.empty()) continue;
    const std::optional<double> value = parse_any_number(cell);
    // A latency that cannot be is refused in other words.
    const bool measured = i == latency_ || i == cost_;
    if (!value || (!std::isfinite(*value) && !measured))
      return corrupt(fmt::format("{} must be a finite number or empty, found \"{}\"", features_[i], cell));
    scanned_[i] = *value;
    is_cost_nan_ = is_cost_nan_ || std::isnan(*value);
  }
  return {};
}

Result<double> CsvRows::cost_of_row() const {
  if (is_cost_nan_) return corrupt("it is valid, but " + scale_.objective.check(kNothing).error().message);
  if (cost_) {
    if (std::isnan(scanned_[*cost_]))
      return corrupt(fmt::format("it is valid but has no number in `{}`", features_[*cost_]));
    const double cost = scale_.cost(scanned_[*cost_], scale_.plain);
    const Status checked = scale_.objective.check(cost);
    if (!checked.ok()) return corrupt("it is valid, but " + checked.error().message);
    return cost;
  }
  return csv_latency_ns(latency_ ? scanned_[*latency_] : kNothing, cycles_ ? scanned_[*cycles_] : kNothing);
}

Status CsvRows::take(std::span<const std::string_view> cells) {
  const size_t columns = message_ + 1;
  ++row_;
  if (cells.size() != columns)
    return corrupt(fmt::format("there are {} cells, the header has {}", cells.size(), columns));
  TAMIS_ASSIGN(const uint64_t index, index_in(cells[1]));
  TAMIS_ASSIGN(const Verdict verdict, parse_verdict(cells[first_feature_ - 1]));
  TAMIS_TRY(scan_features(cells));
  double cost = kNothing;
  if (with_costs_ && verdict == Verdict::valid) {
    TAMIS_ASSIGN(cost, cost_of_row());
  }
  for (size_t i = 0; i < knobs_.size(); ++i) {
    const std::string_view cell = cells[2 + i];
    const std::optional<uint32_t> number = knobs_[i].find(cell);
    knobs_[i].push(number ? *number : knobs_[i].add(cell, std::string(cell)));
  }
  indices_.push_back(index);
  verdicts_.push_back(static_cast<uint8_t>(verdict));
  for (size_t i = 0; i < features_.size(); ++i) values_[i].push_back(scanned_[i]);
  costs_.push_back(cost);
  row_numbers_.push_back(row_ - 1);
  messages_.push(cells[message_]);
  return {};
}

Status CsvRows::finish(TrialSet& head) {
  std::vector<Knob> knobs;
  for (KnobColumn& knob : knobs_) knobs.push_back(knob.finish(knob_of_cells));
  TAMIS_ASSIGN(head.space, Space::create(std::move(knobs)));
  head.objective = scale_.objective;
  return {};
}

void CsvRows::read(size_t position, Trial& trial) const {
  begin_trial(position, row_numbers_[position], static_cast<Verdict>(verdicts_[position]), knobs_, trial);
  if (!std::isnan(costs_[position])) trial.costs.push_back(costs_[position]);
  for (size_t i = 0; i < features_.size(); ++i) {
    const double value = values_[i][position];
    if (std::isnan(value) || (with_costs_ && (i == latency_ || i == cost_))) continue;
    trial.features.set(features_[i], value);
  }
  trial.message = messages_.at(position);
}

}  // namespace tamis

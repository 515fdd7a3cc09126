#include "exchange/row_collector.h"

#include "base/json.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

namespace tamis {

size_t RowCollector::find_or_add(const std::string& name) {
  for (size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].name == name) return i;
  columns_.push_back({name, {}, {}});
  return columns_.size() - 1;
}

uint32_t RowCollector::place_of(Column& column, const KnobValue& value) {
  const auto [place, is_new] = column.places.try_emplace(value, static_cast<uint32_t>(column.values.size()));
  if (is_new) column.values.push_back(value);
  return place->second;
}

void RowCollector::declare(const std::string& knob, KnobValue value) {
  place_of(columns_[find_or_add(knob)], value);
  fixed_ = true;
}

Status RowCollector::add(size_t row, const NamedValues& values, const Objective& objective, Trial trial) {
  for (const double cost : trial.costs) TAMIS_TRY(objective.check(cost));
  if (values.empty()) return corrupt("it names no knobs");
  if (!fixed_) {
    columns_.clear();
    for (size_t i = 0; i < values.size(); ++i)
      if (find_or_add(values[i].first) != i)
        return corrupt(fmt::format("it has the knob \"{}\" twice", values[i].first));
    fixed_ = true;
  }
  std::vector<const KnobValue*> places(columns_.size(), nullptr);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto& [name, value] = values[i];
    // The usual order first, so that a row costs one comparison a knob.
    size_t column = i < columns_.size() && columns_[i].name == name ? i : 0;
    while (column < columns_.size() && columns_[column].name != name) ++column;
    if (column == columns_.size())
      return corrupt(fmt::format("it has the knob \"{}\", which the others have not", name));
    if (places[column] != nullptr) return corrupt(fmt::format("it has the knob \"{}\" twice", name));
    places[column] = &value;
  }
  for (size_t i = 0; i < places.size(); ++i)
    if (places[i] == nullptr)
      return corrupt(fmt::format("it lacks the knob \"{}\", which the others have", columns_[i].name));
  for (size_t i = 0; i < places.size(); ++i)
    trial.config.choices.push_back(place_of(columns_[i], *places[i]));
  trial.number = row - 1;
  trials_.push_back(std::move(trial));
  return {};
}

void RowCollector::skip(size_t row, const std::string& why) {
  skipped_.push_back(fmt::format("row {}: {}", row, why));
}

Result<TrialSet> RowCollector::finish_set(TrialSet header, const std::string& origin) {
  if (trials_.empty())
    return corrupt(skipped_.empty()
                       ? origin + ": there are no trials in this file"
                       : fmt::format("{}: none of its rows can be used; {}", origin, skipped_.front()));
  std::vector<Knob> knobs;
  for (size_t i = 0; i < columns_.size(); ++i) {
    RecordedKnob recorded = recorded_knob(columns_[i].name, columns_[i].values);
    for (Trial& trial : trials_) trial.config.choices[i] = recorded.choices[trial.config.choices[i]];
    knobs.push_back(std::move(recorded.knob));
  }
  auto space = Space::create(std::move(knobs));
  if (!space.ok()) return space.error().within(origin);
  header.space = std::move(*space);
  header.trials = std::move(trials_);
  return header;
}

Result<TrialFile> RowCollector::finish(TrialSet header, const std::string& origin) {
  TrialFile file;
  TAMIS_ASSIGN(TrialSet set, finish_set(std::move(header), origin));
  file.sets.push_back(std::move(set));
  file.skipped = take_skipped();
  return file;
}

Result<KnobValue> knob_value_from(const Json& json) {
  if (json.is_boolean()) return KnobValue(int64_t{json.get<bool>()});
  if (json.is_string()) return KnobValue(json.get<std::string>());
  if (json.is_null()) return KnobValue(std::string("None"));
  if (json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
    return corrupt("a value is an integer beyond 2^63");
  if (json.is_number_integer()) return KnobValue(json.get<int64_t>());
  if (!json.is_number()) return KnobValue(python_json(json));
  const auto number = json.get<double>();
  if (!std::isfinite(number)) return corrupt("a value is not a finite number");
  return KnobValue(number);
}

int64_t unix_ms_of(std::string_view timestamp) {
  using namespace std::chrono;
  int y = 0, month = 0, day = 0, h = 0, m = 0, used = 0;
  double s = 0;
  const std::string text(timestamp.substr(0, 64));
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%*1[T ]%2d:%2d:%lf%n", &y, &month, &day, &h, &m, &s, &used) != 6)
    return 0;
  const year_month_day date(year(y), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok() || y < 1970 || y > 9999 || !(s >= 0 && s < 61) || h < 0 || h > 24 || m < 0 || m > 59)
    return 0;
  int offset_h = 0, offset_m = 0;
  std::array<char, 2> sign = {'+', '\0'};
  if (std::sscanf(text.c_str() + used, "%1[+-]%2d:%2d", sign.data(), &offset_h, &offset_m) < 3)
    offset_h = offset_m = 0;
  const int64_t offset = (sign.front() == '-' ? -1 : 1) * (offset_h * 60 + offset_m);
  const int64_t minutes = int64_t{sys_days(date).time_since_epoch().count()} * 1440 + h * 60 + m - offset;
  return minutes * 60'000 + std::llround(s * 1000);
}

int64_t duration_ns(double value, double ns_per_unit) {
  const double ns = value * ns_per_unit;
  return ns >= 0 && ns < 1e18 ? std::llround(ns) : 0;
}

Workload peer_workload(std::string_view format, std::string name, const std::string& details) {
  Workload workload;
  workload.op = Operator::external;
  workload.source = fmt::format("{} {}", format, details);
  workload.name = name.empty() ? std::string(format) : std::move(name);
  return workload;
}

}  // namespace tamis

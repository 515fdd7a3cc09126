#include "exchange/row_collector.h"

#include "base/json.h"
#include "exchange/json_walker.h"
#include "exchange/row_members.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <system_error>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Takes a number of at most `most` digits and one of the characters behind it off a text. Where they are not
/// there, the text becomes empty.
std::optional<int> take_digits(std::string_view& text, size_t most, std::string_view behind) {
  int number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + std::min(text.size(), most), number);
  const auto length = static_cast<size_t>(end - text.data());
  if (code != std::errc() || number < 0 || text.starts_with('-') || length == text.size() ||
      behind.find(text[length]) == std::string_view::npos) {
    text = {};
    return std::nullopt;
  }
  text.remove_prefix(length + 1);
  return number;
}

/// How far ahead of UTC a clock is whose times end so: `+01:00`, `-0330`; 0 for all else.
int offset_minutes(std::string_view text) {
  if (!text.starts_with('+') && !text.starts_with('-')) return 0;
  std::string digits;
  for (const char c : text.substr(1))
    if (c != ':') digits += c;
  int number = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (code != std::errc() || digits.size() != 4 || end != digits.data() + 4 || number < 0) return 0;
  return (text.front() == '-' ? -1 : 1) * (number / 100 * 60 + number % 100);
}

}  // namespace

size_t RowCollector::find_or_add(const std::string& name) {
  for (size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].name == name) return i;
  columns_.emplace_back(name);
  return columns_.size() - 1;
}

uint32_t RowCollector::place_of(Column& column, const KnobValue& value) {
  const auto [place, is_new] = column.places.try_emplace(value, static_cast<uint32_t>(column.values.size()));
  if (is_new) column.values.push_back(value);
  return place->second;
}

void RowCollector::add_text(Column& column, std::string_view text, uint32_t place) {
  column.texts.add(text, int64_t{0});
  column.text_places.push_back(place);
}

void RowCollector::declare(const std::string& knob, const KnobValue& value) {
  const bool known = std::any_of(columns_.begin(), columns_.end(),
                                 [&](const Column& column) { return column.name == knob; });
  if (!known && trials_) return;
  place_of(columns_[find_or_add(knob)], value);
  fixed_ = true;
}

void RowCollector::declare_list(const std::string& knob, std::string_view list) {
  JsonWalker values(list);
  while (values.is_list() && values.next())
    if (const auto value = knob_value_from_text(values.value()); value.ok()) declare(knob, *value);
}

/// Finds the column of each value of a row, which has to have one for each.
template <class Values>
Status RowCollector::find_columns(const Values& values) {
  order_.clear();
  filled_.assign(columns_.size(), false);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto& name = values[i].first;
    // The usual order first, so that a row costs one comparison a knob.
    size_t column = i < columns_.size() && columns_[i].name == name ? i : 0;
    while (column < columns_.size() && columns_[column].name != name) ++column;
    if (column == columns_.size())
      return corrupt(fmt::format("it has the knob \"{}\", which the others have not", name));
    if (filled_[column]) return corrupt(fmt::format("it has the knob \"{}\" twice", name));
    filled_[column] = true;
    order_.push_back(column);
  }
  for (size_t i = 0; i < filled_.size(); ++i)
    if (!filled_[i])
      return corrupt(fmt::format("it lacks the knob \"{}\", which the others have", columns_[i].name));
  return {};
}

template <class Values>
Status RowCollector::check(const Values& values, const Objective& objective, const Trial& trial) {
  for (const double cost : trial.costs) TAMIS_TRY(objective.check(cost));
  if (values.empty()) return corrupt("it names no knobs");
  if (!fixed_) {
    columns_.clear();
    for (size_t i = 0; i < values.size(); ++i)
      if (find_or_add(std::string(values[i].first)) != i)
        return corrupt(fmt::format("it has the knob \"{}\" twice", values[i].first));
  }
  return find_columns(values);
}

void RowCollector::push(size_t row, Trial& trial) {
  fixed_ = true;
  trial.number = row - 1;
  if (!trials_) trials_ = std::make_unique<PackedTrials>();
  trials_->push(trial);
}

Status RowCollector::add(size_t row, const NamedValues& values, const Objective& objective, Trial trial) {
  TAMIS_TRY(check(values, objective, trial));
  trial.config.choices.resize(columns_.size());
  for (size_t i = 0; i < values.size(); ++i)
    trial.config.choices[order_[i]] = place_of(columns_[order_[i]], values[i].second);
  push(row, trial);
  return {};
}

Status RowCollector::add(size_t row, const NamedTexts& texts, const Objective& objective, Trial trial) {
  TAMIS_TRY(check(texts, objective, trial));
  constexpr uint32_t kUnknown = UINT32_MAX;
  trial.config.choices.assign(columns_.size(), kUnknown);
  unknown_.clear();
  for (size_t i = 0; i < texts.size(); ++i) {
    Column& column = columns_[order_[i]];
    if (const auto number = column.texts.find(texts[i].second)) {
      trial.config.choices[order_[i]] = column.text_places[*number];
    } else {
      TAMIS_ASSIGN(KnobValue value, knob_value_from_text(texts[i].second));
      unknown_.push_back(std::move(value));
    }
  }
  for (size_t i = 0, next = 0; next < unknown_.size(); ++i) {
    uint32_t& choice = trial.config.choices[order_[i]];
    if (choice != kUnknown) continue;
    choice = place_of(columns_[order_[i]], unknown_[next++]);
    add_text(columns_[order_[i]], texts[i].second, choice);
  }
  push(row, trial);
  return {};
}

void RowCollector::tell_skipped(StoredFile& file) const {
  for (std::string& sentence : skipped_.sentences("row")) file.skipped.push_back(std::move(sentence));
  file.skipped.insert(file.skipped.end(), told_.begin(), told_.end());
  file.left_out += skipped_.count() + told_.size();
}

Result<StoredSet> RowCollector::finish_set(TrialSet header, const std::string& origin) {
  if (empty())
    return corrupt(skipped_.count() == 0
                       ? origin + ": there are no trials in this file"
                       : fmt::format("{}: none of its rows can be used; {}", origin, skipped_.first("row")));
  std::vector<Knob> knobs;
  std::vector<std::vector<uint32_t>> positions;
  for (const Column& column : columns_) {
    RecordedKnob recorded = recorded_knob(column.name, column.values);
    positions.push_back(std::move(recorded.choices));
    knobs.push_back(std::move(recorded.knob));
  }
  columns_.clear();
  auto space = Space::create(std::move(knobs));
  if (!space.ok()) return space.error().within(origin);
  header.space = std::move(*space);
  header.started_unix_ms = trials_->first_unix_ms();
  trials_->place(std::move(positions));
  return StoredSet{std::move(header), std::move(trials_)};
}

Result<StoredFile> RowCollector::finish(TrialSet header, const std::string& origin) {
  StoredFile file;
  TAMIS_ASSIGN(StoredSet set, finish_set(std::move(header), origin));
  file.sets.push_back(std::move(set));
  tell_skipped(file);
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
  const auto y = take_digits(timestamp, 4, "-");
  const auto month = take_digits(timestamp, 2, "-");
  const auto day = take_digits(timestamp, 2, "T ");
  const auto h = take_digits(timestamp, 2, ":");
  const auto m = take_digits(timestamp, 2, ":");
  double s = 0;
  const auto [end, code] =
      std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), s, std::chars_format::fixed);
  if (!y || !month || !day || !h || !m || code != std::errc()) return 0;
  timestamp.remove_prefix(static_cast<size_t>(end - timestamp.data()));
  const year_month_day date(year(*y), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *y < 1970 || !(s >= 0 && s < 61) || *h > 24 || *m > 59) return 0;
  const int64_t minutes = int64_t{sys_days(date).time_since_epoch().count()} * 1440 + int64_t{*h} * 60 + *m -
                          offset_minutes(timestamp);
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

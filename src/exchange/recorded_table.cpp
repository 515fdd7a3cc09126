#include "log/stored_sessions.h"
#include "tamis/formats.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

bool is_name(const KnobValue& value) { return std::holds_alternative<std::string>(value); }

/// Sorts, drops what occurs twice, and finds every row's value again.
template <class Value>
std::vector<Value> distinct(const std::vector<Value>& column, std::vector<uint32_t>& choices) {
  std::vector<Value> values = column;
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  choices.reserve(column.size());
  for (const Value& value : column)
    choices.push_back(
        static_cast<uint32_t>(std::lower_bound(values.begin(), values.end(), value) - values.begin()));
  return values;
}

/// Whole numbers as such, so that a tile of 16.0 is written 16.
KnobValue number(double value) {
  const auto whole = static_cast<int64_t>(value);
  if (static_cast<double>(whole) == value) return whole;
  return value;
}

}  // namespace

RecordedKnob recorded_knob(std::string name, std::span<const KnobValue> column) {
  RecordedKnob recorded;
  recorded.knob.name = std::move(name);
  if (std::any_of(column.begin(), column.end(), is_name)) {
    std::vector<std::string> texts;
    for (const KnobValue& value : column) texts.push_back(to_string(value));
    recorded.knob.kind = KnobKind::name;
    for (std::string& text : distinct(texts, recorded.choices))
      recorded.knob.values.emplace_back(std::move(text));
  } else {
    std::vector<double> numbers;
    for (const KnobValue& value : column) numbers.push_back(scalar(value));
    for (const double value : distinct(numbers, recorded.choices))
      recorded.knob.values.push_back(number(value));
  }
  return recorded;
}

Result<TrialSet> assemble_table(std::string name, std::vector<Knob> knobs, std::vector<Trial> trials) {
  std::erase_if(trials, [](const Trial& trial) {
    return trial.verdict == Verdict::rejected || trial.verdict == Verdict::device_lost;
  });
  if (trials.empty())
    return corrupt("the table has no config to try: every row was rejected, or its device was lost");
  TAMIS_ASSIGN(const Space product, Space::create(knobs));
  std::vector<std::pair<uint64_t, size_t>> order;
  for (size_t i = 0; i < trials.size(); ++i) order.emplace_back(product.index(trials[i].config), i);
  std::sort(order.begin(), order.end());
  std::vector<uint64_t> indexes;
  std::vector<Trial> ordered;
  for (const auto& [index, i] : order) {
    if (!indexes.empty() && indexes.back() == index)
      return corrupt(fmt::format("row {} has the same config as row {}: {}", trials[i].number + 1,
                                 ordered.back().number + 1, product.describe(trials[i].config)));
    indexes.push_back(index);
    ordered.push_back(std::move(trials[i]));
  }
  TAMIS_ASSIGN(Space space, Space::create_listed(std::move(knobs), std::move(indexes)));
  return named_trials(std::move(name), std::move(space), std::move(ordered));
}

std::string recorded_name(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  for (const char* ending : {".gz", ".json", ".csv", "_T4"})
    if (name.ends_with(ending) && name != ending) name.resize(name.size() - std::string(ending).size());
  return name;
}

Result<std::vector<TrialSet>> read_related(const std::string& path) {
  if (!is_log(path)) {
    TAMIS_ASSIGN(const TrialSet table, read_recorded_table(path));
    return std::vector<TrialSet>{related_trials(table)};
  }
  TAMIS_ASSIGN(TrialFile log, read_trials(path));
  std::vector<TrialSet> all;
  for (TrialSet& set : log.sets) {
    TrialSet related = related_trials(set.workload.name, std::move(set.space), std::move(set.trials));
    if (!related.trials.empty()) all.push_back(std::move(related));
  }
  return all;
}

}  // namespace tamis

#include "exchange/metaschedule_values.h"

#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace tamis {
namespace {

constexpr std::string_view kAbsent = "none";

bool is_split_of(const KnobValue& value, size_t length) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  return factors != nullptr && factors->size() == length && length > 1;
}

/// A split where all values are factors of one length, as the loops of one workload have; else numbers or
/// names, tiles then being the JSON of their factors.
RecordedKnob recorded_split_or(const std::string& name, std::vector<KnobValue> column) {
  const auto* first = std::get_if<std::vector<int64_t>>(&column.front());
  const size_t length = first == nullptr ? 0 : first->size();
  if (!std::all_of(column.begin(), column.end(),
                   [&](const KnobValue& one) { return is_split_of(one, length); })) {
    for (KnobValue& value : column)
      if (std::holds_alternative<std::vector<int64_t>>(value)) value = python_json(to_json(value));
    return recorded_knob(name, column);
  }
  const std::set<KnobValue> values(column.begin(), column.end());
  RecordedKnob recorded{{name, KnobKind::split, {values.begin(), values.end()}}, {}};
  for (const KnobValue& value : column)
    recorded.choices.push_back(static_cast<uint32_t>(std::distance(values.begin(), values.find(value))));
  return recorded;
}

}  // namespace

void KnownValues::add_plan(const TracePlan& plan) {
  std::vector<std::vector<uint32_t>>& numbers = of_plans_.emplace_back();
  for (const TraceStep& step : plan.steps) {
    std::vector<uint32_t>& all = numbers.emplace_back();
    if (step.kind == TraceStep::Kind::literal) all.push_back(add(step.value));
  }
}

Result<std::vector<uint32_t>> KnownValues::find(size_t place, const TracePlan& plan,
                                                std::string_view decisions) {
  TAMIS_ASSIGN(const std::vector<std::string_view> texts, decisions_of_trace(plan, decisions));
  std::vector<uint32_t> numbers;
  numbers.reserve(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    if (plan.steps[i].kind == TraceStep::Kind::literal) {
      numbers.push_back(of_plans_[place][i].front());
      continue;
    }
    TAMIS_ASSIGN(const uint32_t number, number_of(plan.steps[i], of_plans_[place][i], texts[i]));
    numbers.push_back(number);
  }
  return numbers;
}

RecordedKnob KnownValues::knob(const std::string& name, const std::vector<uint32_t>& column) const {
  const auto place_of = [&](uint32_t number) { return std::min<size_t>(number, values_.size()); };
  // Among those that occur; `none` behind all.
  std::vector<uint32_t> places(values_.size() + 1, kNone);
  std::vector<KnobValue> occurring;
  for (const uint32_t number : column) {
    uint32_t& place = places[place_of(number)];
    if (place != kNone) continue;
    place = static_cast<uint32_t>(occurring.size());
    occurring.push_back(number == kNone ? KnobValue(std::string(kAbsent)) : values_[number]);
  }
  RecordedKnob recorded = recorded_split_or(name, std::move(occurring));
  std::vector<uint32_t> choices;
  choices.reserve(column.size());
  for (const uint32_t number : column) choices.push_back(recorded.choices[places[place_of(number)]]);
  recorded.choices = std::move(choices);
  return recorded;
}

uint32_t KnownValues::add(KnobValue value) {
  values_.push_back(std::move(value));
  return static_cast<uint32_t>(values_.size() - 1);
}

Result<uint32_t> KnownValues::number_of(const TraceStep& step, std::vector<uint32_t>& chosen,
                                        std::string_view text) {
  if (step.kind == TraceStep::Kind::choice) {
    TAMIS_ASSIGN(KnobValue value, value_of_step(step, text));
    const auto place = static_cast<size_t>(parse_integer(text).value_or(0));
    if (chosen.size() <= place) chosen.resize(place + 1, kNone);
    if (chosen[place] == kNone) chosen[place] = add(std::move(value));
    return chosen[place];
  }
  TextPlaces& texts = step.kind == TraceStep::Kind::tile ? tiles_ : others_;
  if (const auto known = texts.find(text); known != texts.end()) return static_cast<uint32_t>(known->second);
  TAMIS_ASSIGN(KnobValue value, value_of_step(step, text));
  const uint32_t number = add(std::move(value));
  texts.emplace(std::string(text), number);
  return number;
}

}  // namespace tamis

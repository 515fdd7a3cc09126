#include "base/text.h"
#include "space/expression_number.h"
#include "tamis/formats.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

bool is_name(const KnobValue& value) { return std::holds_alternative<std::string>(value); }

/// Sorts, drops what occurs twice, and finds every row's value again.
template <class Value, class Less>
std::vector<Value> distinct(const std::vector<Value>& column, std::vector<uint32_t>& choices, Less less) {
  std::vector<Value> values = column;
  std::sort(values.begin(), values.end(), less);
  const auto same = [&](const Value& a, const Value& b) { return !less(a, b) && !less(b, a); };
  values.erase(std::unique(values.begin(), values.end(), same), values.end());
  choices.reserve(column.size());
  for (const Value& value : column)
    choices.push_back(
        static_cast<uint32_t>(std::lower_bound(values.begin(), values.end(), value, less) - values.begin()));
  return values;
}

/// Whole numbers as such, so that a tile of 16.0 is written 16; beyond 2^53 only what was written whole.
expression::Number number_of(const KnobValue& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return expression::Number::from_whole(*whole);
  const double real = scalar(value);
  const bool is_whole = std::abs(real) <= kExact && std::floor(real) == real;
  return is_whole ? expression::Number::from_whole(static_cast<int64_t>(real))
                  : expression::Number::from_real(real);
}

bool is_less(expression::Number a, expression::Number b) { return expression::compare(a, b) < 0; }

/// Counts the rows of a table whose config an earlier one has, as strategies visit configs again.
class Repeats {
 public:
  void add_pooled() { ++pooled_; }
  void add(const Trial& taken, const Trial& other) {
    const bool same = taken.verdict == other.verdict && taken.costs == other.costs;
    ++(same ? same_ : different_);
    if (same || first_ > 0) return;
    first_ = other.number + 1;
    taken_ = taken.number + 1;
  }
  std::vector<std::string> notes() const {
    std::vector<std::string> all;
    if (pooled_ > 0)
      all.push_back(fmt::format("rows that repeat a config, whose samples are taken together: {}", pooled_));
    if (same_ > 0)
      all.push_back(fmt::format("rows that repeat a config with the same outcome, taken once: {}", same_));
    if (different_ > 0)
      all.push_back(
          fmt::format("rows that repeat a config with another outcome, of which the first is taken: {} (as "
                      "row {} repeats row {})",
                      different_, first_, taken_));
    return all;
  }

 private:
  uint64_t pooled_ = 0, same_ = 0, different_ = 0, first_ = 0, taken_ = 0;
};

}  // namespace

RecordedKnob recorded_knob(std::string name, std::span<const KnobValue> column) {
  RecordedKnob recorded;
  recorded.knob.name = std::move(name);
  if (std::any_of(column.begin(), column.end(), is_name)) {
    std::vector<std::string> texts;
    for (const KnobValue& value : column) texts.push_back(to_string(value));
    recorded.knob.kind = KnobKind::name;
    for (std::string& text : distinct(texts, recorded.choices, std::less<>()))
      recorded.knob.values.emplace_back(std::move(text));
  } else {
    std::vector<expression::Number> numbers;
    for (const KnobValue& value : column) numbers.push_back(number_of(value));
    for (const expression::Number value : distinct(numbers, recorded.choices, is_less)) {
      if (value.is_real)
        recorded.knob.values.emplace_back(value.real);
      else
        recorded.knob.values.emplace_back(value.whole);
    }
  }
  return recorded;
}

Result<TrialSet> assemble_table(std::string name, std::vector<Knob> knobs, std::vector<Trial> trials,
                                bool pool) {
  std::erase_if(trials, [](const Trial& trial) {
    return trial.verdict == Verdict::rejected || trial.verdict == Verdict::device_lost;
  });
  if (trials.empty())
    return corrupt("the table has no config to try: every row was rejected, or its device was lost");
  TAMIS_ASSIGN(const Space product, Space::create(knobs));
  std::vector<std::pair<ConfigKey, size_t>> order;
  order.reserve(trials.size());
  for (size_t i = 0; i < trials.size(); ++i) order.emplace_back(product.key(trials[i].config), i);
  std::sort(order.begin(), order.end());
  std::vector<ConfigKey> listed;
  std::vector<Trial> ordered;
  Repeats repeats;
  for (auto& [key, i] : order) {
    if (!listed.empty() && listed.back() == key) {
      Trial& first = ordered.back();
      if (pool && first.verdict == Verdict::valid && trials[i].verdict == Verdict::valid) {
        first.costs.insert(first.costs.end(), trials[i].costs.begin(), trials[i].costs.end());
        repeats.add_pooled();
      } else {
        repeats.add(first, trials[i]);
      }
      continue;
    }
    listed.push_back(std::move(key));
    ordered.push_back(std::move(trials[i]));
  }
  TAMIS_ASSIGN(Space space, Space::create_listed(std::move(knobs), std::move(listed)));
  TrialSet table = named_trials(std::move(name), std::move(space), std::move(ordered));
  table.notes = repeats.notes();
  return table;
}

std::string recorded_name(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  for (const char* ending : {".gz", ".json", ".csv", "_T4"})
    if (name.ends_with(ending) && name != ending) name.resize(name.size() - std::string(ending).size());
  return name;
}

uint64_t drop_repeats(TrialSet& set) {
  std::vector<size_t> order(set.trials.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto rank = [&](size_t i) {
    return std::pair(
        set.trials[i].verdict == Verdict::device_lost || set.trials[i].verdict == Verdict::rejected, i);
  };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const std::vector<uint32_t>& left = set.trials[a].config.choices;
    const std::vector<uint32_t>& right = set.trials[b].config.choices;
    return left != right ? left < right : rank(a) < rank(b);
  });
  std::vector<bool> repeats(set.trials.size(), false);
  for (size_t i = 1; i < order.size(); ++i)
    repeats[order[i]] = set.trials[order[i]].config.choices == set.trials[order[i - 1]].config.choices;
  size_t at = 0;
  return std::erase_if(set.trials, [&](const Trial&) { return repeats[at++]; });
}

namespace {

/// Whether trials are of a session that built configs and ran none: they say nothing of costs, and a search
/// would take those that build for infinitely slow.
bool was_only_built(const std::vector<Trial>& trials) {
  return std::any_of(trials.begin(), trials.end(), [](const Trial& trial) {
    return trial.verdict == Verdict::valid && trial.costs.empty();
  });
}

}  // namespace

Result<std::vector<TrialSet>> read_related(const std::string& path, const ReadOptions& options) {
  TAMIS_ASSIGN(TrialFile file, read_trials(path, options));
  const bool log = file.format == kLogFormat;
  std::vector<TrialSet> all;
  for (TrialSet& set : file.sets) {
    if (was_only_built(set.trials)) continue;
    TrialSet related = related_trials(set.workload.name, std::move(set.space), std::move(set.trials));
    related.objective = set.objective;
    if (!log) {
      related = related_trials(related);
      drop_repeats(related);
    }
    if (!related.trials.empty()) all.push_back(std::move(related));
  }
  return all;
}

}  // namespace tamis

// What becomes of the rows of a T4 table once all of it was read: units, costs, knobs.

#include "base/text.h"
#include "exchange/t4_rows.h"
#include "trial/inferred.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis {
namespace {

/// Where the value of a row comes from.
enum Source : uint8_t { kMeasurement, kRuntimes };

/// A clock of years is a defect of the recording, and would not fit.
constexpr double kLongestNs = 1e18;

/// ns of a time that was recorded; 0 for none and for what cannot be one.
double duration_of(double ns) { return ns > 0 && ns < kLongestNs ? ns : 0; }

}  // namespace

/// Whether a correct row has what its cost is made of.
Status T4Rows::check_objective() {
  if (!picked_ && at_hand_.objectives > 1)
    return corrupt(
        fmt::format("it has {} objectives; --objective NAME says which is meant", at_hand_.objectives));
  if (!picked_ && !at_hand_.objective.empty() && at_hand_.objective != objective_)
    return corrupt(
        fmt::format("its objective is \"{}\" and that of other rows \"{}\"; --objective NAME says "
                    "which is meant",
                    at_hand_.objective, objective_));
  const bool number = json_number(at_hand_.value).has_value();
  if (number || at_hand_.runtimes != 0) return {};
  if (!at_hand_.value.empty())
    return corrupt(fmt::format("it is correct, but its objective is {}, which is not a number",
                               first_characters(at_hand_.value, 80)));
  if (picked_ || !at_hand_.objective.empty())
    return corrupt(fmt::format("it is correct, but has no measurement \"{}\"", sought_));
  return corrupt("it is correct, but it has neither an objective nor runtimes, and so no latency");
}

void T4Rows::store_value() {
  const std::optional<double> value = json_number(at_hand_.value);
  found_ = found_ || !at_hand_.value.empty();
  const bool runtimes = at_hand_.runtimes != 0 && !value;
  sources_.push_back(runtimes ? kRuntimes : kMeasurement);
  costs_.push_back(runtimes ? at_hand_.runtimes : value.value_or(0));
}

ForeignObjective T4Rows::said(const std::string& time_unit) const {
  ForeignObjective file{objective_, "", time_unit};
  for (size_t i = 0; i < size(); ++i) {
    const std::string& own = units_.at(value_units_[i]);
    const std::string& time = units_.at(time_units_[i]);
    if (file.unit.empty() && static_cast<Verdict>(verdicts_[i]) == Verdict::valid) file.unit = own;
    if (file.time_unit.empty()) file.time_unit = time;
    if (!file.unit.empty() && !file.time_unit.empty()) break;
  }
  return file;
}

/// The runtimes are samples of a latency, unless another measurement is meant.
void T4Rows::store_samples() {
  const bool wanted = at_hand_.invalidity == "correct" && !picked_;
  const auto place = static_cast<uint32_t>(samples_.size());
  if (wanted) samples_.insert(samples_.end(), at_hand_.samples.begin(), at_hand_.samples.end());
  sample_of_.emplace_back(place, static_cast<uint32_t>(samples_.size() - place));
}

void T4Rows::settle_times(size_t i, double time_ns) {
  builds_[i] = duration_of(builds_[i] * time_ns);
  if (!runs_.empty()) runs_[i] = duration_of(runs_[i] * time_ns);
}

/// Makes costs of the samples of a valid row, which has none where one of them cannot be a cost.
void T4Rows::settle_samples(size_t i, const Objective& objective, double time_ns) {
  auto& [first, count] = sample_of_[i];
  const std::span<double> samples = std::span(samples_).subspan(first, count);
  for (double& sample : samples) sample *= time_ns;
  const bool good = objective.is_latency() && std::all_of(samples.begin(), samples.end(), [&](double one) {
                      return objective.check(one).ok();
                    });
  if (!good) count = 0;
}

/// Makes a cost and times of a row; what is wrong with it, or an empty text.
std::string T4Rows::settle_row(size_t i, const ValueScale& scale, double table_time_ns) {
  const double row_time_ns = time_unit_ns(units_[time_units_[i]]).value_or(0);
  const double time_ns = table_time_ns > 0 ? table_time_ns : row_time_ns > 0 ? row_time_ns : scale.plain;
  const bool knows_times = table_time_ns > 0 || row_time_ns > 0 || scale.objective.is_latency();
  settle_times(i, knows_times ? time_ns : 0);
  if (static_cast<Verdict>(verdicts_[i]) != Verdict::valid) return "";
  const bool latency = scale.objective.is_latency();
  if (sources_[i] == kRuntimes && !latency)
    return fmt::format("it is correct, but has no number for {}", scale.objective.name);
  const double factor = sources_[i] == kMeasurement ? scale.of(units_[value_units_[i]]) : time_ns;
  if (factor == 0 && units_[value_units_[i]].empty())
    return "it is correct, but nothing says in which unit of time it is; --objective NAME:ms does";
  if (factor == 0)
    return fmt::format("its {} is in \"{}\", and that of the table in {}", scale.objective.name,
                       units_[value_units_[i]],
                       latency ? "units of time" : "\"" + scale.objective.unit + "\"");
  if (options_.samples) settle_samples(i, scale.objective, knows_times ? time_ns : 0);
  costs_[i] = scale.cost(costs_[i], factor);
  const Status checked = scale.objective.check(costs_[i]);
  return checked.ok() ? "" : "it is correct, but " + checked.error().message;
}

void T4Rows::settle(const ValueScale& scale, double time_ns) {
  std::vector<bool> kept(size());
  bool all = true;
  for (size_t i = 0; i < kept.size(); ++i) {
    std::string wrong = settle_row(i, scale, time_ns);
    kept[i] = wrong.empty();
    if (kept[i]) continue;
    all = false;
    skipped_.add(row_numbers_[i] + 1, std::move(wrong));
  }
  sources_ = {};
  value_units_ = {};
  time_units_ = {};
  if (all) return;
  for (KnobColumn& knob : knobs_) knob.keep(kept);
  keep_rows(verdicts_, kept);
  keep_rows(costs_, kept);
  keep_rows(builds_, kept);
  if (!runs_.empty()) keep_rows(runs_, kept);
  if (!sample_of_.empty()) keep_rows(sample_of_, kept);
  for (std::vector<double>& feature : features_) keep_rows(feature, kept);
  keep_rows(row_numbers_, kept);
  messages_.keep(kept);
}

Status T4Rows::check_features() const {
  for (size_t i = 0; i < features_.size(); ++i) {
    const auto& values = features_[i];
    if (std::any_of(values.begin(), values.end(), [](double value) { return !std::isnan(value); })) continue;
    return invalid_input(
        fmt::format("no row has a number as its measurement \"{}\"; the first has {}", options_.features[i],
                    measured_names_.empty() ? "none" : fmt::format("{}", fmt::join(measured_names_, ", "))));
  }
  return {};
}

Status T4Rows::finish(const std::string& time_unit, const std::string& own, TrialSet& head) {
  const double time_ns = time_unit_ns(time_unit).value_or(0);
  if (time_ns == 0 && !time_unit.empty())
    return corrupt(
        fmt::format("its \"timeunit\" is \"{}\", which is not a unit of time; known are seconds, "
                    "milliseconds, microseconds and nanoseconds",
                    time_unit));
  if (picked_ && !found_ && row_ > 0 && !asks_for_latency(options_))
    return invalid_input(
        fmt::format("no row has a measurement \"{}\"; the first has {}", objective_,
                    measured_names_.empty() ? "none" : fmt::format("{}", fmt::join(measured_names_, ", "))));
  ReadOptions options = options_;
  ForeignObjective file = said(time_unit);
  // What tamis itself wrote into the table tells its direction.
  if (const auto written = parse_objective(own); written.ok() && written->name == objective_) {
    if (!options_.objective) options.objective = *written;
    file.direction = written->direction;
  }
  TAMIS_ASSIGN(const ValueScale scale, scale_of(file, options));
  settle(scale, time_ns);
  if (size() == 0 && skipped_.count() > 0)
    return corrupt(skipped_.first("row") +
                   (skipped_.count() > 1 ? fmt::format(" (and {} more rows)", skipped_.count() - 1) : ""));
  if (size() == 0)
    return corrupt(row_ == 0 ? "the table has no rows" : "the table has no config that is allowed");
  TAMIS_TRY(check_features());
  std::vector<Knob> knobs;
  for (KnobColumn& knob : knobs_)
    knobs.push_back(knob.finish([](std::string name, std::vector<KnobValue> values) {
      return recorded_knob(std::move(name), values);
    }));
  TAMIS_ASSIGN(head.space, Space::create(std::move(knobs)));
  head.objective = scale.objective;
  return {};
}

void T4Rows::read(size_t position, Trial& trial) const {
  begin_trial(position, row_numbers_[position], static_cast<Verdict>(verdicts_[position]), knobs_, trial);
  const auto [first, count] = sample_of_.empty() ? std::pair(0U, 0U) : sample_of_[position];
  if (count > 0)
    trial.costs.assign(samples_.begin() + first, samples_.begin() + first + count);
  else if (trial.verdict == Verdict::valid)
    trial.costs.push_back(costs_[position]);
  trial.message = messages_.at(position);
  trial.build_ns = std::llround(builds_[position]);
  if (!runs_.empty()) trial.run_ns = std::llround(runs_[position]);
  for (size_t i = 0; i < features_.size(); ++i)
    if (!std::isnan(features_[i][position])) trial.features.set(options_.features[i], features_[i][position]);
}

}  // namespace tamis

#include "fleet/equality.h"

#include "base/median.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

namespace tamis::fleet {
namespace {

/// Below so many degrees of freedom the noise is not known.
constexpr size_t kLeastFreedom = 6;
/// From here on the reference is run at equal intervals.
constexpr uint64_t kInterval = 96;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

void Equality::add(const std::string& device, double cost) {
  if (!(cost > 0) || !std::isfinite(cost)) return;
  logs_[device].push_back(std::log(cost));
  judge();
}

double Equality::factor(const std::string& device) const {
  const auto found = factors_.find(device);
  return found == factors_.end() ? 1 : found->second;
}

std::vector<Difference> Equality::take_news() { return std::exchange(news_, {}); }

/// The deviation of a single cost around its own device's mean; NaN where too few are known.
double Equality::pooled_deviation() const {
  double squares = 0;
  size_t freedom = 0;
  for (const auto& [device, logs] : logs_) {
    if (logs.size() < 2) continue;
    const double mean = mean_of(logs);
    for (const double log : logs) squares += (log - mean) * (log - mean);
    freedom += logs.size() - 1;
  }
  return freedom < kLeastFreedom ? std::nan("") : std::sqrt(squares / static_cast<double>(freedom));
}

/// What devices are compared with; nothing while too few of them have run the reference.
std::optional<double> Equality::usual_mean() const {
  if (logs_.size() == 2) return mean_of(logs_.begin()->second);
  std::vector<double> means;
  for (const auto& [device, logs] : logs_)
    if (logs.size() >= kLeastRuns) means.push_back(mean_of(logs));
  // Most of them, or what is odd itself would be taken for what is usual.
  if (means.size() < std::max<size_t>(3, logs_.size() / 2 + 1)) return std::nullopt;
  return median(means);
}

void Equality::judge() {
  const double deviation = pooled_deviation();
  const std::optional<double> usual = usual_mean();
  if (std::isnan(deviation) || !usual) return;
  // The median of several means is known better than one mean, but not exactly.
  const double inflation = logs_.size() == 2 ? 2 : 1.25;
  for (const auto& [device, logs] : logs_) {
    if (logs.size() < kLeastRuns || (logs_.size() == 2 && device == logs_.begin()->first)) continue;
    const double distance = mean_of(logs) - *usual;
    const double error = deviation * std::sqrt(inflation / static_cast<double>(logs.size()));
    if (std::abs(distance) < std::max(kLeastShare, kSigmas * error)) {
      // Once told apart it stays so, unless it is seen to be as the others after all.
      if (std::abs(distance) < kLeastShare) factors_.erase(device);
      continue;
    }
    const double factor = std::exp(distance);
    factors_[device] = factor;
    const auto told = told_.find(device);
    if (told != told_.end() && std::abs(std::log(told->second / factor)) < kLeastShare) continue;
    told_[device] = factor;
    news_.push_back({device, factor, deviation, logs.size()});
  }
}

bool is_reference_due(uint64_t trials) {
  if (trials == 0 || trials > kInterval) return trials > 0 && trials % kInterval == 0;
  const uint64_t odd = trials >> std::countr_zero(trials);
  return odd == 1 || odd == 3;
}

}  // namespace tamis::fleet

#include "drawing/scale.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr double kPointsPerTick = 60.0;

double round_step(double rough) {
  const double magnitude = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * magnitude) return factor * magnitude;
  return 10.0 * magnitude;
}

}  // namespace

Scale::Scale(const Axis& axis, double least, double most, double from, double to)
    : logarithmic_(axis.logarithmic),
      percent_(axis.percent),
      low_(axis.low.value_or(least)),
      high_(axis.high.value_or(most)),
      from_(from),
      to_(to) {
  if (!std::isfinite(low_)) low_ = logarithmic_ ? 1.0 : 0.0;
  if (logarithmic_) low_ = std::max(low_, 1e-300);
  // So that what is largest does not touch the edge.
  if (!axis.high && !logarithmic_) high_ += 0.04 * (high_ - low_);
  if (!std::isfinite(high_) || high_ <= low_) high_ = logarithmic_ ? low_ * 10.0 : low_ + 1.0;
}

double Scale::operator()(double value) const {
  const double share = logarithmic_ ? std::log(std::max(value, 1e-300) / low_) / std::log(high_ / low_)
                                    : (value - low_) / (high_ - low_);
  return from_ + share * (to_ - from_);
}

bool Scale::can_show(double value) const { return std::isfinite(value) && (!logarithmic_ || value > 0.0); }

std::vector<Tick> Scale::ticks() const {
  std::vector<Tick> ticks;
  for (const double value : logarithmic_ ? logarithmic_ticks() : linear_ticks())
    ticks.push_back({value, label(value)});
  return ticks;
}

std::vector<double> Scale::linear_ticks() const {
  const double count = std::max(2.0, std::abs(to_ - from_) / kPointsPerTick);
  const double step = round_step((high_ - low_) / count);
  std::vector<double> ticks;
  // Counted, because adding up steps would drift.
  const auto first = static_cast<int64_t>(std::ceil(low_ / step - 1e-9));
  const auto last = static_cast<int64_t>(std::floor(high_ / step + 1e-9));
  for (int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::vector<double> Scale::logarithmic_ticks() const {
  const double decades = std::log10(high_ / low_);
  const double per_decade = std::abs(to_ - from_) / kPointsPerTick / decades;
  const std::vector<double> factors = per_decade >= 2.5   ? std::vector{1.0, 2.0, 5.0}
                                      : per_decade >= 1.5 ? std::vector{1.0, 3.0}
                                                          : std::vector{1.0};
  std::vector<double> ticks;
  for (int exponent = static_cast<int>(std::floor(std::log10(low_)));
       exponent <= static_cast<int>(std::ceil(std::log10(high_))); ++exponent)
    for (const double factor : factors) {
      const double value = factor * std::pow(10.0, exponent);
      if (value >= low_ * 0.999 && value <= high_ * 1.001) ticks.push_back(value);
    }
  return ticks;
}

std::string Scale::label(double value) const {
  if (percent_) return fmt::format("{:.6g} %", std::round(value * 1e6) / 1e4);
  if (value == 0.0) return "0";
  return fmt::format("{:.6g}", value);
}

}  // namespace tamis

#include "targets/vta/driver/calibration_measurement.h"

#include "base/median.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr uint64_t kTrialRepeats = 32;  // of the first run, which tells how long a repetition takes
/// What a clock and a launch resolve at best; keeps runs that agree by chance from weighing too much.
constexpr double kLeastErrorNs = 50, kLeastError = 1e-4;
constexpr double kOfNormal = 1.4826;  // standard deviations of a normal distribution in its median deviation
constexpr double kOfMedian = 1.2533;  // the standard error of a median in that of a mean

std::array<Calibration, kCalibrations> all_programs() {
  std::array<Calibration, kCalibrations> programs{};
  for (size_t i = 0; i < kCalibrations; ++i) programs[i] = static_cast<Calibration>(i);
  return programs;
}

/// Measures and counts.
class Meter {
 public:
  Meter(const CalibrationPlan& plan, const MeasureCalibration& measure)
      : plan_(plan), measure_(measure), total_(kCalibrations * (static_cast<size_t>(plan.rounds) + 1)) {}

  Result<std::vector<double>> measure(Calibration program, uint64_t repeats) {
    if (plan_.progress) plan_.progress(done_, total_);
    ++done_;
    TAMIS_ASSIGN(std::vector<double> times, measure_(program, repeats));
    if (times.empty() || std::any_of(times.begin(), times.end(), [](double ns) { return !(ns > 0); }))
      return io_error(
          fmt::format("the calibration program `{}` has no time above 0 ns", describe(program).name));
    return times;
  }

 private:
  const CalibrationPlan& plan_;
  const MeasureCalibration& measure_;
  size_t total_, done_ = 0;
};

/// A power of two of repetitions that take about as long as planned beside launching.
uint64_t repeats_for(double program_ns, double trial_ns, double launch_ns, uint64_t trial, uint64_t most) {
  const double each = std::max(trial_ns - launch_ns, trial_ns * 1e-3) / static_cast<double>(trial);
  const double wanted = std::clamp(program_ns / each, 1.0, static_cast<double>(most));
  return std::bit_floor(static_cast<uint64_t>(wanted));
}

double spread(const std::vector<double>& values, double middle) {
  std::vector<double> deviations;
  deviations.reserve(values.size());
  for (const double value : values) deviations.push_back(std::abs(value - middle));
  return kOfNormal * median(std::move(deviations));
}

/// Few runs tell their own spread badly: that of the program in the middle counts, too.
std::vector<CalibrationTime> summarize(std::vector<CalibrationTime> times,
                                       const std::vector<std::vector<double>>& runs) {
  std::vector<double> spreads;
  for (size_t i = 0; i < times.size(); ++i) {
    times[i].ns = median(runs[i]);
    times[i].runs = runs[i].size();
    spreads.push_back(spread(runs[i], times[i].ns) / times[i].ns);
  }
  const double usual = median(spreads);
  for (size_t i = 0; i < times.size(); ++i) {
    const double relative =
        kOfMedian * std::max(spreads[i], usual) / std::sqrt(static_cast<double>(times[i].runs));
    times[i].error_ns = std::hypot(times[i].ns * std::max(relative, kLeastError), kLeastErrorNs);
  }
  return times;
}

}  // namespace

Result<std::vector<CalibrationTime>> measure_calibration(const Hardware& hardware,
                                                         const CalibrationPlan& plan,
                                                         const MeasureCalibration& measure) {
  if (plan.rounds < 1 || !(plan.program_ns > 0))
    return invalid_input("calibration needs at least one round, and programs that take longer than 0 ns");
  Meter meter(plan, measure);
  std::vector<CalibrationTime> times;
  double launch_ns = 0;
  for (const Calibration program : all_programs()) {
    const uint64_t most = most_repeats(hardware, program);
    const uint64_t trial = std::min(kTrialRepeats, most);
    TAMIS_ASSIGN(const std::vector<double> runs, meter.measure(program, trial));
    const double trial_ns = median(runs);
    if (program == Calibration::empty) launch_ns = trial_ns;
    const uint64_t repeats =
        program == Calibration::empty ? 1 : repeats_for(plan.program_ns, trial_ns, launch_ns, trial, most);
    times.push_back({program, repeats});
  }
  std::vector<std::vector<double>> runs(times.size());
  for (int round = 0; round < plan.rounds; ++round)
    for (size_t i = 0; i < times.size(); ++i) {
      TAMIS_ASSIGN(const std::vector<double> more, meter.measure(times[i].program, times[i].repeats));
      runs[i].insert(runs[i].end(), more.begin(), more.end());
    }
  return summarize(std::move(times), runs);
}

}  // namespace tamis::vta

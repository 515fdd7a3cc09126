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

Result<std::vector<double>> measure_checked(const MeasureCalibration& measure, Calibration program,
                                            uint64_t repeats) {
  TAMIS_ASSIGN(std::vector<double> times, measure(program, repeats));
  if (times.empty() || std::any_of(times.begin(), times.end(), [](double ns) { return !(ns > 0); }))
    return io_error(
        fmt::format("the calibration program `{}` has no time above 0 ns", describe(program).name));
  return times;
}

/// A power of two of repetitions that take about as long as planned beside launching.
uint64_t repeats_for(double program_ns, double trial_ns, double launch_ns, uint64_t trial, uint64_t most) {
  const double each = std::max(trial_ns - launch_ns, trial_ns * 1e-3) / static_cast<double>(trial);
  const double wanted = std::clamp(program_ns / each, 1.0, static_cast<double>(most));
  return std::bit_floor(static_cast<uint64_t>(wanted));
}

/// Few repetitions take no longer than launching varies, and many take too long where each is slow: their
/// number grows until it is known.
Result<uint64_t> find_repeats(const Hardware& hardware, const CalibrationPlan& plan,
                              const MeasureCalibration& measure, Calibration program, double launch_ns) {
  const uint64_t most = most_repeats(hardware, program);
  constexpr uint64_t kMostGrowth = 32;
  for (uint64_t trial = std::min(kTrialRepeats, most);;) {
    TAMIS_ASSIGN(const std::vector<double> runs, measure_checked(measure, program, trial));
    const uint64_t repeats = repeats_for(plan.program_ns, median(runs), launch_ns, trial, most);
    if (repeats <= 2 * trial) return repeats;
    trial = std::min(repeats, kMostGrowth * trial);
  }
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
  const size_t total = kCalibrations * static_cast<size_t>(plan.rounds);
  const auto tell = [&](size_t done) {
    if (plan.progress) plan.progress(done, total);
  };
  tell(0);
  std::vector<CalibrationTime> times;
  TAMIS_ASSIGN(const std::vector<double> launching, measure_checked(measure, Calibration::empty, 1));
  for (const Calibration program : all_programs()) {
    uint64_t repeats = 1;
    if (program != Calibration::empty) {
      TAMIS_ASSIGN(repeats, find_repeats(hardware, plan, measure, program, median(launching)));
    }
    times.push_back({program, repeats});
  }
  std::vector<std::vector<double>> runs(times.size());
  for (size_t done = 0; done < total; ++done) {
    const size_t i = done % times.size();
    tell(done);
    TAMIS_ASSIGN(const std::vector<double> more,
                 measure_checked(measure, times[i].program, times[i].repeats));
    runs[i].insert(runs[i].end(), more.begin(), more.end());
  }
  return summarize(std::move(times), runs);
}

}  // namespace tamis::vta

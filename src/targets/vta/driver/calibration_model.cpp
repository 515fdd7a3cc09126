#include "targets/vta/driver/calibration_model.h"

#include "targets/vta/simulator/simulator.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr double kNsPerUs = 1000;  // and MHz: 1000 / MHz is ns

/// Weighted sums over times t and cycles c.
struct Sums {
  double one = 0, c = 0, cc = 0, t = 0, ct = 0;
  void add(double weight, double cycles, double ns) {
    one += weight;
    c += weight * cycles;
    cc += weight * cycles * cycles;
    t += weight * ns;
    ct += weight * cycles * ns;
  }
  double determinant() const { return one * cc - c * c; }
};

}  // namespace

Result<CalibrationModel> CalibrationModel::make(const Hardware& hardware,
                                                std::span<const CalibrationTime> times,
                                                std::optional<double> clock_mhz,
                                                const std::stop_token& stop) {
  CalibrationModel model;
  model.hardware_ = hardware;
  model.times_.assign(times.begin(), times.end());
  model.clock_mhz_ = clock_mhz;
  model.stop_ = stop;
  model.positions_.fill(times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    model.launches_.push_back(calibration_launch(hardware, times[i].program, times[i].repeats));
    model.positions_[static_cast<size_t>(times[i].program)] = i;
  }
  for (size_t i = 0; i < kCalibrations; ++i)
    if (model.positions_[i] == times.size())
      return invalid_input(fmt::format("calibration lacks a time of the program `{}`",
                                       describe(static_cast<Calibration>(i)).name));
  return model;
}

double CalibrationModel::cycles(const MemoryProfile& profile, size_t position) {
  const std::array<uint64_t, 6> key = {position,
                                       static_cast<uint64_t>(profile.kind),
                                       profile.read_latency,
                                       profile.write_latency,
                                       profile.burst_beats,
                                       profile.outstanding_reads};
  const auto [found, is_new] = known_.try_emplace(key, 0.0);
  if (!is_new || stop_.stop_requested()) return found->second;
  hardware_.memory = profile;
  SimulationOptions options;
  options.functional = false;
  const SimulationOutcome outcome = simulate(hardware_, launches_[position], options);
  if (outcome.stop != Stop::finished && simulated_.ok())
    simulated_ =
        Error{ErrorKind::internal, fmt::format("the calibration program `{}` does not run: {}",
                                               describe(times_[position].program).name, outcome.message)};
  return found->second = static_cast<double>(outcome.counters.cycles);
}

CalibrationLine CalibrationModel::line(const MemoryProfile& profile, std::span<const Calibration> programs) {
  std::vector<size_t> positions;
  std::vector<double> counted;
  for (const Calibration program : programs) {
    positions.push_back(positions_[static_cast<size_t>(program)]);
    counted.push_back(cycles(profile, positions.back()));
  }
  if (stop_.stop_requested()) return {0, 1, 0, std::numeric_limits<double>::infinity()};
  return fit(positions, counted);
}

CalibrationLine CalibrationModel::line(const MemoryProfile& profile) {
  std::array<Calibration, kCalibrations> all{};
  for (size_t i = 0; i < kCalibrations; ++i) all[i] = static_cast<Calibration>(i);
  return line(profile, all);
}

CalibrationLine CalibrationModel::fit(const std::vector<size_t>& positions,
                                      const std::vector<double>& cycles) const {
  Sums sums;
  for (size_t i = 0; i < positions.size(); ++i) {
    const CalibrationTime& time = times_[positions[i]];
    sums.add(1 / (time.error_ns * time.error_ns), cycles[i], time.ns);
  }
  CalibrationLine line;
  if (clock_mhz_) {
    line.cycle_ns = kNsPerUs / *clock_mhz_;
    line.launch_ns = std::max((sums.t - line.cycle_ns * sums.c) / sums.one, 0.0);
  } else {
    line.cycle_ns = (sums.one * sums.ct - sums.c * sums.t) / sums.determinant();
    line.launch_ns = (sums.t - line.cycle_ns * sums.c) / sums.one;
    line.cycle_error_ns = std::sqrt(sums.one / sums.determinant());
    if (line.launch_ns < 0) {  // nothing launches in less than no time
      line.launch_ns = 0;
      line.cycle_ns = sums.ct / sums.cc;
    }
  }
  for (size_t i = 0; i < positions.size(); ++i) line.misfit += misfit(positions[i], line, cycles[i]);
  return line;
}

double CalibrationModel::misfit(size_t position, const CalibrationLine& line, double cycles) const {
  const CalibrationTime& time = times_[position];
  const double error = (line.launch_ns + line.cycle_ns * cycles - time.ns) / time.error_ns;
  return error * error;
}

double CalibrationModel::misfit(const MemoryProfile& profile, const CalibrationLine& line,
                                std::span<const Calibration> programs) {
  double sum = 0;
  for (const Calibration program : programs) {
    const size_t position = positions_[static_cast<size_t>(program)];
    sum += misfit(position, line, cycles(profile, position));
  }
  return sum;
}

uint64_t CalibrationModel::solve(MemoryProfile profile, uint64_t MemoryProfile::*parameter, uint64_t most,
                                 Calibration program, const CalibrationLine& line) {
  const size_t position = positions_[static_cast<size_t>(program)];
  const double wanted = (times_[position].ns - line.launch_ns) / line.cycle_ns;
  const auto excess = [&](uint64_t value) {
    profile.*parameter = value;
    return cycles(profile, position) - wanted;
  };
  uint64_t low = 1, high = most;
  double below = excess(low), above = excess(high);
  if (!(below < 0)) return low;
  if (!(above > 0)) return high;
  constexpr int kStraight = 6;  // cycles mostly grow along a line; halving ends what interpolation does not
  for (int step = 0; high - low > 1; ++step) {
    const double share = step < kStraight ? below / (below - above) : 0.5;
    const auto offset = static_cast<uint64_t>(share * static_cast<double>(high - low));
    const uint64_t value = low + std::clamp<uint64_t>(offset, 1, high - low - 1);
    const double there = excess(value);
    (there < 0 ? low : high) = value;
    (there < 0 ? below : above) = there;
  }
  return -below < above ? low : high;
}

double CalibrationModel::degrees_of_freedom() const {
  const double chosen = clock_mhz_ ? 5 : 6;  // launching, two latencies, bursts, outstanding reads; the clock
  return std::max(static_cast<double>(times_.size()) - chosen, 1.0);
}

}  // namespace tamis::vta

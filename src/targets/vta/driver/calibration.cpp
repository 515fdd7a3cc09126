#include "targets/vta/driver/calibration.h"

#include "targets/vta/driver/calibration_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

/// Misfit of three standard errors.
constexpr double kThreeErrors = 9;
/// A kind of memory whose misfit is so much larger before its numbers are fitted closely is not the best one.
constexpr double kHopeless = 25;
/// Errors below are small, whatever the noise.
constexpr double kSmallError = 0.01, kOfNoise = 4;

constexpr std::array<MemoryKind, 4> kKinds = {MemoryKind::pipelined, MemoryKind::queued, MemoryKind::shared,
                                              MemoryKind::serial};
constexpr std::array<uint64_t, 16> kOutstanding = {1,  2,  3,  4,  6,  8,   12,  16,
                                                   24, 32, 48, 64, 96, 128, 192, kMostOutstandingReads};

// Which programs tell of what, beside the two that tell of launching and of the clock.
constexpr std::array<Calibration, 2> kOfClock = {Calibration::empty, Calibration::gemm};
constexpr std::array<Calibration, 4> kOfBursts = {Calibration::empty, Calibration::gemm,
                                                  Calibration::instructions, Calibration::store_rows};
constexpr std::array<Calibration, 4> kOfOutstanding = {Calibration::empty, Calibration::gemm,
                                                       Calibration::rows, Calibration::stream};

/// A number of a profile that is fitted.
struct Parameter {
  uint64_t MemoryProfile::*member;
  uint64_t least, most;
  bool power_of_two = false;
};
constexpr Parameter kReadLatency = {&MemoryProfile::read_latency, 1, kMostLatency};
constexpr Parameter kWriteLatency = {&MemoryProfile::write_latency, 1, kMostLatency};
constexpr Parameter kBurstBeats = {&MemoryProfile::burst_beats, 2, kMostBurstBeats, true};
constexpr Parameter kOutstandingReads = {&MemoryProfile::outstanding_reads, 1, kMostOutstandingReads};
constexpr std::array<Parameter, 4> kParameters = {kReadLatency, kWriteLatency, kBurstBeats,
                                                  kOutstandingReads};

/// The profile with a number `steps` further up or down; nothing beyond its range.
std::optional<MemoryProfile> moved(MemoryProfile profile, const Parameter& parameter, uint64_t steps,
                                   bool up) {
  uint64_t& value = profile.*parameter.member;
  constexpr uint64_t kMostDoublings = 8;
  if (parameter.power_of_two) {
    if (steps > kMostDoublings) return std::nullopt;
    value = up ? value << steps : value >> steps;
  } else if (up) {
    value += steps;
  } else {
    value = value > steps ? value - steps : 0;
  }
  if (value < parameter.least || value > parameter.most) return std::nullopt;
  return profile;
}

/// The search for one calibration.
class Search {
 public:
  explicit Search(CalibrationModel& model) : model_(model) {}

  /// The profile of the least misfit, of every kind of memory that is worth it.
  struct Candidate {
    MemoryProfile profile;
    double misfit = 0;
  };
  std::vector<Candidate> candidates();
  /// How large a misfit may be that noise explains as well as the least one.
  double limit(double least) const {
    return least + kThreeErrors * std::max(1.0, least / model_.degrees_of_freedom());
  }
  /// Between which numbers the misfit stays within the limit.
  Fitted<uint64_t> range(const MemoryProfile& profile, const Parameter& parameter, double limit);

 private:
  double misfit(const MemoryProfile& profile) { return model_.line(profile).misfit; }
  MemoryProfile begin(MemoryKind kind);
  MemoryProfile with_best(MemoryProfile profile, const Parameter& parameter, std::span<const uint64_t> values,
                          std::span<const Calibration> programs);
  Candidate refine(MemoryProfile profile);
  uint64_t edge(const MemoryProfile& profile, const Parameter& parameter, double limit, bool up);

  CalibrationModel& model_;
};

/// One number after another, each from the programs that tell of it.
MemoryProfile Search::begin(MemoryKind kind) {
  MemoryProfile profile;
  profile.kind = kind;
  constexpr std::array<uint64_t, 8> kBursts = {256, 128, 64, 32, 16, 8, 4, 2};
  constexpr int kPasses =
      2;  // latencies show best when the bursts are known, and these when the latencies are
  for (int pass = 0; pass < kPasses; ++pass) {
    const auto solved = [&](const Parameter& parameter, Calibration program) {
      profile.*parameter.member =
          model_.solve(profile, parameter.member, parameter.most, program, model_.line(profile, kOfClock));
    };
    solved(kReadLatency, Calibration::loads);
    solved(kWriteLatency, Calibration::stores);
    profile = with_best(profile, kBurstBeats, kBursts, kOfBursts);
  }
  return with_best(profile, kOutstandingReads, kOutstanding, kOfOutstanding);
}

MemoryProfile Search::with_best(MemoryProfile profile, const Parameter& parameter,
                                std::span<const uint64_t> values, std::span<const Calibration> programs) {
  MemoryProfile best = profile;
  double least = model_.line(profile, programs).misfit;
  for (const uint64_t value : values) {
    profile.*parameter.member = value;
    const double misfit = model_.line(profile, programs).misfit;
    if (misfit >= least) continue;
    least = misfit;
    best = profile;
  }
  return best;
}

/// Moves one number at a time for as long as that helps, by ever smaller steps.
Search::Candidate Search::refine(MemoryProfile profile) {
  Candidate best{profile, misfit(profile)};
  std::array<uint64_t, kParameters.size()> steps{};
  for (size_t i = 0; i < steps.size(); ++i)
    steps[i] = kParameters[i].power_of_two ? 1 : std::max<uint64_t>(profile.*kParameters[i].member / 16, 1);
  const auto improve = [&](const Parameter& parameter, uint64_t step, bool up) {
    bool improved = false;
    while (const auto next = moved(best.profile, parameter, step, up)) {
      const double misfit_there = misfit(*next);
      if (!(misfit_there < best.misfit)) break;
      best = {*next, misfit_there};
      improved = true;
    }
    return improved;
  };
  for (bool smallest = false, improved = true; improved || !smallest;) {
    improved = false;
    for (size_t i = 0; i < steps.size(); ++i)
      for (const bool up : {true, false}) improved = improve(kParameters[i], steps[i], up) || improved;
    if (improved) continue;
    smallest = std::all_of(steps.begin(), steps.end(), [](uint64_t step) { return step == 1; });
    for (uint64_t& step : steps) step = std::max<uint64_t>(step / 2, 1);
  }
  return best;
}

std::vector<Search::Candidate> Search::candidates() {
  std::vector<Candidate> found;
  double least = std::numeric_limits<double>::infinity();
  for (const MemoryKind kind : kKinds) {
    const MemoryProfile profile = begin(kind);
    found.push_back({profile, misfit(profile)});
    least = std::min(least, found.back().misfit);
  }
  std::erase_if(found,
                [&](const Candidate& one) { return !(one.misfit <= kHopeless * (least + kHopeless)); });
  for (Candidate& one : found) one = refine(one.profile);
  return found;
}

/// The farthest number whose misfit is within the limit: by doubled steps, then by halved ones.
uint64_t Search::edge(const MemoryProfile& profile, const Parameter& parameter, double limit, bool up) {
  MemoryProfile last = profile;
  const auto advance = [&](uint64_t step) {
    const auto next = moved(last, parameter, step, up);
    if (!next || !(misfit(*next) <= limit)) return false;
    last = *next;
    return true;
  };
  uint64_t step = 1;
  while (advance(step)) step *= 2;
  for (; step > 0; step /= 2) advance(step);
  return last.*parameter.member;
}

Fitted<uint64_t> Search::range(const MemoryProfile& profile, const Parameter& parameter, double limit) {
  return {profile.*parameter.member, edge(profile, parameter, limit, false),
          edge(profile, parameter, limit, true)};
}

double rounded(double value) {
  constexpr double kDigits = 1e5;  // five that matter
  const double scale = std::pow(10.0, std::floor(std::log10(value))) / kDigits;
  return std::round(value / scale) * scale;
}

/// With the range that `scale` standard errors span.
Fitted<double> clock_of(const CalibrationLine& line, double scale) {
  const double clock = 1000 / line.cycle_ns;
  const double error = scale * line.cycle_error_ns / line.cycle_ns;
  return {rounded(clock), clock * (1 - error), clock * (1 + error)};
}

/// How the fitted times differ from the measured ones.
void add_errors(CalibrationFit& fit, CalibrationModel& model, const CalibrationLine& line) {
  double errors = 0, noise = 0;
  for (size_t i = 0; i < model.times().size(); ++i) {
    const CalibrationTime& time = model.times()[i];
    const double fitted = line.launch_ns + line.cycle_ns * model.cycles(fit.profile, i);
    fit.errors.push_back((fitted - time.ns) / time.ns);
    errors += fit.errors.back() * fit.errors.back();
    noise += time.error_ns * time.error_ns / (time.ns * time.ns);
  }
  fit.error = std::sqrt(errors / static_cast<double>(fit.errors.size()));
  fit.noise = std::sqrt(noise / static_cast<double>(fit.errors.size()));
}

Error times_do_not_grow() {
  return io_error(
      "the measured times do not grow with what the programs do: the driver does not wait for its device, or "
      "launching takes too long and too unevenly; measure longer programs");
}

}  // namespace

bool CalibrationFit::explains_times() const { return error <= std::max(kSmallError, kOfNoise * noise); }

Result<CalibrationFit> fit_calibration(const Hardware& hardware, std::span<const CalibrationTime> times,
                                       std::optional<double> clock_mhz, const std::stop_token& stop) {
  TAMIS_ASSIGN(CalibrationModel model, CalibrationModel::make(hardware, times, clock_mhz, stop));
  if (!(model.line({}, kOfClock).cycle_ns > 0) && !stop.stop_requested()) return times_do_not_grow();
  Search search(model);
  std::vector<Search::Candidate> found = search.candidates();
  if (stop.stop_requested()) return Error{ErrorKind::interrupted, "interrupted while fitting"};
  TAMIS_TRY(model.simulated());
  double least = std::numeric_limits<double>::infinity();
  for (const Search::Candidate& one : found) least = std::min(least, one.misfit);
  if (!std::isfinite(least) || !(model.line(found.front().profile).cycle_ns > 0)) return times_do_not_grow();
  const double limit = search.limit(least);
  std::erase_if(found, [&](const Search::Candidate& one) { return one.misfit > limit; });
  CalibrationFit fit;
  fit.profile = found.front().profile;
  for (const Search::Candidate& one : found) fit.kinds.push_back(one.profile.kind);
  fit.outstanding_reads = search.range(fit.profile, kOutstandingReads, limit);
  if (fit.outstanding_reads.high == kMostOutstandingReads)
    fit.outstanding_reads.value = std::max(fit.outstanding_reads.low, MemoryProfile{}.outstanding_reads);
  fit.profile.outstanding_reads = fit.outstanding_reads.value;
  fit.read_latency = search.range(fit.profile, kReadLatency, limit);
  fit.write_latency = search.range(fit.profile, kWriteLatency, limit);
  fit.burst_beats = search.range(fit.profile, kBurstBeats, limit);
  const CalibrationLine line = model.line(fit.profile);
  fit.launch_ns = line.launch_ns;
  fit.clock_mhz = clock_mhz ? Fitted<double>{*clock_mhz, *clock_mhz, *clock_mhz}
                            : clock_of(line, std::sqrt(limit - least));
  fit.profile.clock_mhz = fit.clock_mhz.value;
  add_errors(fit, model, line);
  if (stop.stop_requested()) return Error{ErrorKind::interrupted, "interrupted while fitting"};
  TAMIS_TRY(check(fit.profile, "the fitted memory"));
  return fit;
}

}  // namespace tamis::vta

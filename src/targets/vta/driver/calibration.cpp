#include "targets/vta/driver/calibration.h"

#include "targets/vta/driver/calibration_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

/// Misfits of one and of three standard errors.
constexpr double kOneError = 1, kThreeErrors = 9;
/// A kind of memory whose misfit is so much larger before its numbers are fitted closely is not the best one.
constexpr double kHopeless = 25;
/// Errors below are small, whatever the noise; those above are not, and times with more noise tell of
/// nothing.
constexpr double kSmallError = 0.01, kOfNoise = 4, kMostError = 0.05, kMostNoise = 0.05;

constexpr std::array<MemoryKind, 4> kKinds = {MemoryKind::pipelined, MemoryKind::queued, MemoryKind::shared,
                                              MemoryKind::serial};
constexpr std::array<uint64_t, 16> kOutstanding = {1,  2,  3,  4,  6,  8,   12,  16,
                                                   24, 32, 48, 64, 96, 128, 192, kMostOutstandingReads};

// Which programs tell of what.
constexpr std::array<Calibration, 2> kOfClock = {Calibration::empty, Calibration::gemm};
constexpr std::array<Calibration, 3> kOfBursts = {Calibration::instructions, Calibration::stores,
                                                  Calibration::store_rows};
constexpr std::array<Calibration, 2> kOfOutstanding = {Calibration::rows, Calibration::stream};

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
constexpr std::array<Parameter, 4> kParameters = {kOutstandingReads, kBurstBeats, kReadLatency,
                                                  kWriteLatency};

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
  /// How large a misfit may be that noise explains as well as the least one, by so many errors.
  double limit(double least, double errors) const {
    return least + errors * std::max(1.0, least / model_.degrees_of_freedom());
  }
  /// Between which numbers the misfit stays within the limit.
  Fitted<uint64_t> range(const MemoryProfile& profile, const Parameter& parameter, double limit);

 private:
  double misfit(const MemoryProfile& profile) { return model_.line(profile).misfit; }
  /// Launching and the clock by the programs that tell of them: fitted to others, they could make up for a
  /// number that is far off.
  CalibrationLine clock(const MemoryProfile& profile) { return model_.line(profile, kOfClock); }
  void solve(MemoryProfile& profile, const Parameter& parameter, Calibration program);
  MemoryProfile begin(MemoryProfile profile);
  MemoryProfile with_best_bursts(MemoryProfile profile);
  MemoryProfile with_best_outstanding(MemoryProfile profile);
  Candidate rough(MemoryKind kind);
  Candidate refine(Candidate best);
  bool improve(Candidate& best, const std::optional<MemoryProfile>& profile);
  bool improve_by_jump(Candidate& best);
  bool improve_by_two(Candidate& best);
  uint64_t edge(const MemoryProfile& profile, const Parameter& parameter, double limit, bool up);

  CalibrationModel& model_;
};

void Search::solve(MemoryProfile& profile, const Parameter& parameter, Calibration program) {
  profile.*parameter.member =
      model_.solve(profile, parameter.member, parameter.most, program, clock(profile));
}

/// One number after another, each from the programs that tell of it.
MemoryProfile Search::begin(MemoryProfile profile) {
  constexpr int kPasses = 2;  // each shows best when the others are known
  for (int pass = 0; pass < kPasses; ++pass) {
    profile = with_best_bursts(profile);
    profile = with_best_outstanding(profile);
  }
  return profile;
}

/// The bursts, with the latencies that explain loads and long stores with them.
MemoryProfile Search::with_best_bursts(MemoryProfile profile) {
  MemoryProfile best = profile;
  double least = std::numeric_limits<double>::infinity();
  for (uint64_t beats = kMostBurstBeats; beats >= kBurstBeats.least; beats /= 2) {
    profile.burst_beats = beats;
    solve(profile, kReadLatency, Calibration::loads);
    solve(profile, kWriteLatency, Calibration::store_rows);
    const double misfit = model_.misfit(profile, clock(profile), kOfBursts);
    if (!(misfit < least)) continue;
    least = misfit;
    best = profile;
  }
  return best;
}

/// Coarsely over all numbers, then closely about the best. Of those that fit alike the least: the best one
/// may lie just below it.
MemoryProfile Search::with_best_outstanding(MemoryProfile profile) {
  MemoryProfile best = profile;
  double least = std::numeric_limits<double>::infinity();
  const auto try_one = [&](const MemoryProfile& next) {
    const double misfit = model_.misfit(next, clock(next), kOfOutstanding);
    const bool fewer = next.outstanding_reads < best.outstanding_reads;
    if (!(misfit < least || (fewer && misfit == least))) return;
    least = misfit;
    best = next;
  };
  for (const uint64_t outstanding : kOutstanding) {
    profile.outstanding_reads = outstanding;
    try_one(profile);
  }
  for (uint64_t step = std::bit_floor(best.outstanding_reads); step > 0; step /= 2)
    for (const bool up : {true, false})
      if (const auto next = moved(best, kOutstandingReads, step, up)) try_one(*next);
  return best;
}

/// Moves one number at a time for as long as that helps, by ever smaller steps; at last two at a time.
Search::Candidate Search::refine(Candidate best) {
  std::array<uint64_t, kParameters.size()> steps{};
  for (size_t i = 0; i < steps.size(); ++i)
    steps[i] =
        kParameters[i].power_of_two ? 1 : std::max<uint64_t>(best.profile.*kParameters[i].member / 64, 1);
  for (;;) {
    bool improved = false;
    for (size_t i = 0; i < steps.size(); ++i)
      for (const bool up : {true, false})
        while (improve(best, moved(best.profile, kParameters[i], steps[i], up))) improved = true;
    if (improved) continue;
    const bool smallest = std::all_of(steps.begin(), steps.end(), [](uint64_t step) { return step == 1; });
    if (smallest && !improve_by_jump(best) && !improve_by_two(best)) return best;
    for (uint64_t& step : steps) step = std::max<uint64_t>(step / 2, 1);
  }
}

/// Takes a profile of a smaller misfit.
bool Search::improve(Candidate& best, const std::optional<MemoryProfile>& profile) {
  if (!profile) return false;
  const double misfit_there = misfit(*profile);
  if (!(misfit_there < best.misfit)) return false;
  best = {*profile, misfit_there};
  return true;
}

/// More outstanding reads than are ever under way make no difference, so single steps need not lead back.
bool Search::improve_by_jump(Candidate& best) {
  bool improved = improve(best, with_best_outstanding(best.profile));
  MemoryProfile profile = best.profile;
  for (const uint64_t outstanding : kOutstanding) {
    profile.outstanding_reads = outstanding;
    improved = improve(best, profile) || improved;
    solve(profile, kReadLatency, Calibration::loads);
    improved = improve(best, profile) || improved;
  }
  return improved;
}

/// Two numbers can make up for one another, so that moving either alone is worse.
bool Search::improve_by_two(Candidate& best) {
  bool improved = false;
  for (size_t i = 0; i < kParameters.size(); ++i)
    for (size_t j = i + 1; j < kParameters.size(); ++j)
      for (const bool up : {true, false})
        for (const bool other_up : {true, false}) {
          const auto half_way = moved(best.profile, kParameters[i], 1, up);
          if (half_way && improve(best, moved(*half_way, kParameters[j], 1, other_up))) improved = true;
        }
  return improved;
}

/// The first profile of a kind of memory, roughly.
Search::Candidate Search::rough(MemoryKind kind) {
  Candidate best{{}, std::numeric_limits<double>::infinity()};
  // Where only one read is under way at a time all else looks different.
  for (const uint64_t outstanding : {MemoryProfile{}.outstanding_reads, uint64_t{1}})
    improve(best, begin({.outstanding_reads = outstanding, .kind = kind}));
  return best;
}

std::vector<Search::Candidate> Search::candidates() {
  std::vector<Candidate> found;
  found.reserve(kKinds.size());
  for (const MemoryKind kind : kKinds) found.push_back(rough(kind));
  const auto least = [&] {
    return *std::min_element(found.begin(), found.end(),
                             [](const auto& a, const auto& b) { return a.misfit < b.misfit; });
  };
  const double hopeless = kHopeless * (least().misfit + kHopeless);
  for (Candidate& one : found)
    if (one.misfit <= hopeless) one = refine(one);
  // What is best for one kind may do for another, too, far from where that began.
  const Candidate best = least();
  for (size_t i = 0; i < found.size(); ++i) {
    MemoryProfile same = best.profile;
    same.kind = kKinds[i];
    if (improve(found[i], same)) found[i] = refine(found[i]);
  }
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

/// To six digits.
double rounded(double value) {
  constexpr double kDigits = 5;  // after the first
  const double scale = std::pow(10.0, kDigits - std::floor(std::log10(value)));
  return std::round(value * scale) / scale;
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
    if (time.program == Calibration::empty) continue;
    errors += fit.errors.back() * fit.errors.back();
    noise += time.error_ns * time.error_ns / (time.ns * time.ns);
  }
  const auto counted = static_cast<double>(fit.errors.size() - 1);
  fit.error = std::sqrt(errors / counted);
  fit.noise = std::sqrt(noise / counted);
}

Error times_do_not_grow() {
  return io_error(
      "the measured times do not grow with what the programs do: the driver does not wait for its device, or "
      "launching takes too long and too unevenly; measure longer programs");
}

}  // namespace

bool CalibrationFit::too_noisy() const { return !(noise <= kMostNoise); }
bool CalibrationFit::explains_times() const {
  return !too_noisy() && error <= std::clamp(kOfNoise * noise, kSmallError, kMostError);
}

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
  const double limit = search.limit(least, kThreeErrors);
  std::erase_if(found, [&](const Search::Candidate& one) { return one.misfit > limit; });
  // The most usual kind of those that are as good as the best, first.
  const double as_good = search.limit(least, kOneError);
  const auto first = std::find_if(found.begin(), found.end(),
                                  [&](const Search::Candidate& one) { return one.misfit <= as_good; });
  std::rotate(found.begin(), first, first + 1);
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

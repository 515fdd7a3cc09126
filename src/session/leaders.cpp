#include "session/leaders.h"

#include "trial/inferred.h"
#include "trial/noise.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// A lead of so many deviations is not owed to chance: one in 20 leads of nothing would be as large.
constexpr double kSure = 1.645;
/// So many trials that were tried again tell enough of noise.
constexpr uint64_t kTellingTrials = 8;

/// What came of trying the trial's config once more; nothing where no run of it came to an end.
Result<std::optional<Trial>> run_once(Measurer& measurer, const Trial& trial, const std::stop_token& stop) {
  const MeasureRequest request{trial.number, trial.config, trial.proposer};
  std::optional<Trial> again;
  const auto finished = [&](Trial one) {
    again = std::move(one);
    return Status();
  };
  TAMIS_TRY(measurer.measure_in_turn({&request, 1}, finished, stop));
  return again;
}

/// What a trial that was valid is once another run of it failed.
Trial failed_now(Trial failure, const Trial& before, uint64_t runs) {
  failure.message +=
      fmt::format("; it was valid {} before", runs == 1 ? "once" : fmt::format("{} times", runs));
  failure.build_ns += before.build_ns;
  failure.run_ns += before.run_ns;
  failure.features.set(std::string(kFailedRuns), 1);
  return failure;
}

}  // namespace

void Incumbent::take(const Trial& trial) {
  if (trial.verdict != Verdict::valid || trial.cost() >= cost) return;
  cost = trial.cost();
  runs = runs_of(trial);
}

bool may_be_lucky(const Trial& trial, const Incumbent& incumbent, uint64_t most) {
  const uint64_t runs = runs_of(trial);
  if (trial.verdict != Verdict::valid || runs >= most) return false;
  const double lead = incumbent.cost - trial.cost();
  if (!(lead > 0)) return false;
  if (runs < 2 && (!incumbent.noise || incumbent.repeated < kTellingTrials)) return true;
  if (!std::isfinite(lead)) return false;
  NoiseEstimate own;
  own.add(trial);
  const double noise = incumbent.noise.value_or(own.relative().value_or(0)) * std::abs(trial.cost());
  const double deviation = noise * std::hypot(deviation_of_median(runs), deviation_of_median(incumbent.runs));
  return lead < kSure * deviation;
}

Leader::Leader(Trial trial) : trial_(std::move(trial)), features_(trial_.features), runs_{trial_.cost()} {}

bool Leader::take(std::optional<Trial> again) {
  if (!again || again->verdict == Verdict::device_lost) return false;
  if (again->verdict != Verdict::valid) {
    trial_ = failed_now(std::move(*again), trial_, runs_.size());
    return false;
  }
  runs_.push_back(again->cost());
  trial_.costs = runs_;
  trial_.features = features_;
  trial_.features.set(std::string(kLeaderRuns), static_cast<double>(runs_.size()));
  trial_.build_ns += again->build_ns;
  trial_.run_ns += again->run_ns;
  trial_.finished_unix_ms = again->finished_unix_ms;
  return true;
}

Status try_again(Measurer& measurer, Trial& trial, const Incumbent& incumbent, uint64_t most,
                 const std::stop_token& stop) {
  Leader leader(trial);
  bool goes_on = true;
  while (goes_on && may_be_lucky(leader.trial(), incumbent, most)) {
    TAMIS_ASSIGN(std::optional<Trial> again, run_once(measurer, leader.trial(), stop));
    goes_on = leader.take(std::move(again));
  }
  trial = std::move(leader.trial());
  return {};
}

}  // namespace tamis

#include "tamis/counts.h"

#include "trial/flaky.h"

#include <algorithm>

namespace tamis {
namespace {

void count_verdict(Counts& counts, Verdict verdict, uint64_t trials) {
  auto place = std::lower_bound(counts.by_verdict.begin(), counts.by_verdict.end(), verdict,
                                [](const auto& entry, Verdict one) { return entry.first < one; });
  if (place == counts.by_verdict.end() || place->first != verdict)
    place = counts.by_verdict.insert(place, {verdict, 0});
  place->second += trials;
}

}  // namespace

void Counts::add(const Trial& trial) { add({trial.verdict, trial.measured, is_flaky(trial), 1}); }

void Counts::add(const TrialCount& some) {
  trials += some.trials;
  if (some.measured) measurements += some.trials;
  if (some.flaky) flaky += some.trials;
  if (some.verdict != Verdict::valid) invalid += some.trials;
  const bool refused = some.verdict == Verdict::build_failed || some.verdict == Verdict::build_timeout ||
                       some.verdict == Verdict::resource_exceeded;
  if (refused && !some.measured) rejected_builds += some.trials;
  count_verdict(*this, some.verdict, some.trials);
}

void Counts::add(const Counts& other) {
  trials += other.trials;
  measurements += other.measurements;
  rejected_builds += other.rejected_builds;
  invalid += other.invalid;
  finals += other.finals;
  flaky += other.flaky;
  for (const auto& [verdict, count] : other.by_verdict) count_verdict(*this, verdict, count);
}

}  // namespace tamis

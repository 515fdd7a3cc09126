#include "session/session.h"

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

void Counts::add(const Trial& trial) {
  ++trials;
  if (trial.measured) ++measurements;
  if (trial.verdict != Verdict::valid) ++invalid;
  const bool refused = trial.verdict == Verdict::build_failed || trial.verdict == Verdict::build_timeout ||
                       trial.verdict == Verdict::resource_exceeded;
  if (refused && !trial.measured) ++rejected_builds;
  count_verdict(*this, trial.verdict, 1);
}

void Counts::add(const Counts& other) {
  trials += other.trials;
  measurements += other.measurements;
  rejected_builds += other.rejected_builds;
  invalid += other.invalid;
  finals += other.finals;
  for (const auto& [verdict, count] : other.by_verdict) count_verdict(*this, verdict, count);
}

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::budget:
      return "budget";
    case Ending::exhausted:
      return "exhausted";
    case Ending::early_stop:
      return "early_stop";
    case Ending::interrupted:
      return "interrupted";
  }
  return "";
}

}  // namespace tamis

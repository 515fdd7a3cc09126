#include "session/session.h"

#include <algorithm>

namespace tamis {

void Counts::add(const Trial& trial) {
  ++trials;
  if (trial.measured) ++measurements;
  if (trial.verdict != Verdict::valid) ++invalid;
  const bool refused = trial.verdict == Verdict::build_failed || trial.verdict == Verdict::build_timeout ||
                       trial.verdict == Verdict::resource_exceeded;
  if (refused && !trial.measured) ++rejected_builds;
  auto place = std::lower_bound(by_verdict.begin(), by_verdict.end(), trial.verdict,
                                [](const auto& entry, Verdict verdict) { return entry.first < verdict; });
  if (place == by_verdict.end() || place->first != trial.verdict)
    place = by_verdict.insert(place, {trial.verdict, 0});
  ++place->second;
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

#include "session/outcome.h"

#include "base/clock.h"
#include "trial/reaches_device.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// What is wrong with an outcome; empty when nothing is.
std::string fault_of(const Outcome& outcome) {
  const std::string_view verdict = to_string(outcome.verdict);
  if (outcome.verdict == Verdict::valid && outcome.latencies_ns.empty())
    return "a valid config needs at least one latency";
  if (outcome.verdict != Verdict::valid && !outcome.latencies_ns.empty())
    return fmt::format("a config that is {} has no latency; leave it out or tell it as valid", verdict);
  for (const double latency : outcome.latencies_ns)
    if (const Status checked = check_latency_ns(latency); !checked.ok()) return checked.error().message;
  for (const auto& [name, value] : outcome.features.values)
    if (name.empty() || !std::isfinite(value))
      return fmt::format("the feature \"{}\" is {}; it needs a name and a finite number", name, value);
  if (outcome.build_ns < 0 || outcome.run_ns < 0) return "the time spent on it is negative";
  return {};
}

}  // namespace

Status check_outcome(const Space& space, const Config& config, const Outcome& outcome) {
  const std::string fault = fault_of(outcome);
  if (fault.empty()) return {};
  return invalid_input(fmt::format("the outcome of {}: {}", space.describe(config), fault));
}

Trial trial_of(AskedConfig asked, std::string proposer, Outcome outcome, const std::string& device) {
  Trial trial;
  trial.number = asked.number;
  trial.config = std::move(asked.config);
  trial.verdict = outcome.verdict;
  trial.measured = reaches_device(outcome.verdict) && outcome.verdict != Verdict::device_lost;
  trial.latencies_ns = std::move(outcome.latencies_ns);
  trial.features = std::move(outcome.features);
  trial.message = std::move(outcome.message);
  trial.device = std::move(outcome.device);
  if (trial.device.empty() && trial.measured) trial.device = device;
  trial.proposer = std::move(proposer);
  trial.build_ns = outcome.build_ns;
  trial.run_ns = outcome.run_ns;
  trial.finished_unix_ms = unix_ms();
  return trial;
}

}  // namespace tamis

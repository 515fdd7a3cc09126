#include "exchange/trial_identity.h"

#include "base/random.h"

#include <iterator>
#include <string>

#include <fmt/format.h>

namespace tamis {

uint64_t trial_identity(const Space& space, const Trial& trial) {
  std::string text;
  const auto out = std::back_inserter(text);
  // Lengths in front, so that no text can run into the next one.
  const auto add = [&](const std::string& part) { fmt::format_to(out, "{}:{}", part.size(), part); };
  for (size_t i = 0; i < space.knobs().size(); ++i) {
    add(space.knobs()[i].name);
    add(to_string(space.value(trial.config, i)));
  }
  fmt::format_to(out, "{} {}", to_string(trial.verdict), trial.measured);
  for (const double latency_ns : trial.latencies_ns) fmt::format_to(out, " {}", latency_ns);
  for (const auto& [name, value] : trial.features.values) {
    add(name);
    fmt::format_to(out, "{}", value);
  }
  add(trial.message);
  add(trial.device);
  add(trial.proposer);
  fmt::format_to(out, "{} {} {}", trial.build_ns, trial.run_ns, trial.finished_unix_ms);
  return stable_hash(text);
}

}  // namespace tamis

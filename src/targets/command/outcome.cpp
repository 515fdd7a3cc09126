#include "targets/command/outcome.h"

#include "base/json.h"
#include "base/text.h"
#include "trial/inferred.h"

#include <array>

#include <fmt/format.h>

namespace tamis::command {
namespace {

Error wrong(const std::string& origin, const std::string& what) {
  return invalid_input(fmt::format("{}: {}", origin, what));
}

Result<std::vector<double>> read_latencies(const JsonObject& object) {
  std::vector<double> samples;
  if (object.has("latency_ns")) {
    TAMIS_ASSIGN(const double one, object.number("latency_ns"));
    samples.push_back(one);
  }
  if (!object.has("latencies_ns")) return samples;
  TAMIS_ASSIGN(const Json* list, object.member("latencies_ns"));
  if (!samples.empty()) return wrong(object.origin(), "it has both \"latency_ns\" and \"latencies_ns\"");
  if (!list->is_array()) return wrong(object.origin(), "\"latencies_ns\" must be an array of numbers");
  for (const Json& sample : *list) {
    if (!sample.is_number()) return wrong(object.origin(), "\"latencies_ns\" must be an array of numbers");
    samples.push_back(sample.get<double>());
  }
  return samples;
}

/// What builds and runs have in common. A missing verdict is valid.
template <class Outcome>
Status read_common(const JsonObject& object, Outcome& outcome) {
  TAMIS_ASSIGN(const std::string word, object.string_or("verdict", std::string(to_string(Verdict::valid))));
  TAMIS_ASSIGN(outcome.verdict, parse_verdict(word));
  TAMIS_ASSIGN(outcome.message, object.string_or("message", ""));
  if (outcome.verdict != Verdict::valid && outcome.message.empty())
    outcome.message = "the program gave no reason";
  if (!object.has("features")) return {};
  TAMIS_ASSIGN(const Json* features, object.member("features"));
  TAMIS_ASSIGN(outcome.features, read_features(*features, object.origin()));
  return {};
}

}  // namespace

Result<Features> read_features(const Json& json, const std::string& origin) {
  if (!json.is_object()) return wrong(origin, "\"features\" must be an object of names and numbers");
  Features features;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_number()) return wrong(origin, fmt::format("the feature \"{}\" must be a number", name));
    features.set(name, value.get<double>());
  }
  return features;
}

Result<RunOutcome> read_outcome(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only({"latency_ns", "latencies_ns", "verdict", "message", "features"}));
  RunOutcome outcome;
  TAMIS_TRY(read_common(object, outcome));
  TAMIS_ASSIGN(outcome.latencies_ns, read_latencies(object));
  if (outcome.verdict == Verdict::rejected)
    return wrong(origin, "the verdict \"rejected\" belongs to declared constraints, not to programs");
  if (outcome.verdict != Verdict::valid) {
    outcome.latencies_ns.clear();
  } else if (outcome.latencies_ns.empty()) {
    return wrong(origin, "it has neither \"latency_ns\" nor \"latencies_ns\" nor a verdict other than valid");
  }
  for (const double latency : outcome.latencies_ns)
    if (const Status checked = check_latency_ns(latency); !checked.ok())
      return checked.error().within(origin);
  return outcome;
}

Result<BuildOutcome> read_build_outcome(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only({"verdict", "message", "features"}));
  BuildOutcome outcome;
  TAMIS_TRY(read_common(object, outcome));
  if (outcome.verdict != Verdict::valid &&
      (reaches_device(outcome.verdict) || outcome.verdict == Verdict::rejected))
    return wrong(
        origin,
        fmt::format("a build cannot have the verdict {}; it has valid, build_failed, build_timeout or "
                    "resource_exceeded",
                    to_string(outcome.verdict)));
  return outcome;
}

}  // namespace tamis::command

#include "bindings/c/structs.h"

#include "bindings/c/handles.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace tamis::c {
namespace {

// The numbers of the verdicts are those of the enum, which C must not see.
static_assert(TAMIS_VALID == static_cast<int>(Verdict::valid));
static_assert(TAMIS_REJECTED == static_cast<int>(Verdict::rejected));
static_assert(TAMIS_BUILD_FAILED == static_cast<int>(Verdict::build_failed));
static_assert(TAMIS_BUILD_TIMEOUT == static_cast<int>(Verdict::build_timeout));
static_assert(TAMIS_RESOURCE_EXCEEDED == static_cast<int>(Verdict::resource_exceeded));
static_assert(TAMIS_LAUNCH_FAILED == static_cast<int>(Verdict::launch_failed));
static_assert(TAMIS_RUN_FAILED == static_cast<int>(Verdict::run_failed));
static_assert(TAMIS_CRASHED == static_cast<int>(Verdict::crashed));
static_assert(TAMIS_RUN_TIMEOUT == static_cast<int>(Verdict::run_timeout));
static_assert(TAMIS_WRONG_RESULT == static_cast<int>(Verdict::wrong_result));
static_assert(TAMIS_DEVICE_LOST == static_cast<int>(Verdict::device_lost));
static_assert(kVerdicts.size() == TAMIS_DEVICE_LOST + 1);

bool is_verdict(int number) { return number >= 0 && number < static_cast<int>(kVerdicts.size()); }

/// A struct from C as this version knows it: what an older caller does not have is zero. Errors:
/// invalid_input.
template <class T>
Result<T> read_struct(const T* given, const char* what) {
  T read = {};
  TAMIS_TRY(check_given(given, what));
  if (given->size < sizeof given->size)
    return invalid_input(fmt::format("{} say a size of {}; set it to their sizeof", what, given->size));
  std::memcpy(&read, given, std::min(given->size, sizeof read));
  return read;
}

}  // namespace

Result<StudyOptions> options_of(const tamis_study_options* options) {
  StudyOptions made;
  if (options == nullptr) return made;
  TAMIS_ASSIGN(const tamis_study_options read, read_struct(options, "the options of a study"));
  made.name = text_of(read.name, made.name.c_str());
  made.identity = text_of(read.identity);
  made.strategy = text_of(read.strategy, made.strategy.c_str());
  made.initializer = text_of(read.initializer);
  made.seed = read.seed;
  made.log = text_of(read.log);
  made.resume = read.resume;
  made.device = text_of(read.device);
  return made;
}

Result<Outcome> outcome_of(const tamis_outcome* outcome) {
  TAMIS_ASSIGN(const tamis_outcome read, read_struct(outcome, "the fields of an outcome"));
  if (!is_verdict(read.verdict))
    return invalid_input(fmt::format("{} is no verdict", static_cast<int>(read.verdict)));
  Outcome made;
  made.verdict = static_cast<Verdict>(read.verdict);
  if (read.latency_count > 0) TAMIS_TRY(check_given(read.latencies_ns, "the list of latencies"));
  if (read.latency_count > 0)
    made.latencies_ns.assign(read.latencies_ns, read.latencies_ns + read.latency_count);
  made.message = text_of(read.message);
  for (size_t i = 0; i < read.feature_count; ++i) {
    TAMIS_TRY(check_given(read.feature_names, "the list of feature names"));
    TAMIS_TRY(check_given(read.feature_values, "the list of feature values"));
    made.features.set(text_of(read.feature_names[i]), read.feature_values[i]);
  }
  made.device = text_of(read.device);
  made.build_ns = read.build_ns;
  made.run_ns = read.run_ns;
  return made;
}

void fill(const Counts& counts, tamis_counts& place) {
  tamis_counts made = {};
  made.size = place.size;
  made.trials = counts.trials;
  made.measurements = counts.measurements;
  made.rejected_builds = counts.rejected_builds;
  made.invalid = counts.invalid;
  std::memcpy(&place, &made, std::min(place.size, sizeof made));
}

tamis_trial trial_of(const Trial& trial, const tamis_config& config) {
  tamis_trial made = {};
  made.size = sizeof made;
  made.number = trial.number;
  made.config = &config;
  made.verdict = static_cast<tamis_verdict>(trial.verdict);
  made.measured = trial.measured;
  made.latencies_ns = trial.latencies_ns.data();
  made.latency_count = trial.latencies_ns.size();
  made.latency_ns = trial.latency_ns();
  made.message = trial.message.c_str();
  made.device = trial.device.c_str();
  made.proposer = trial.proposer.c_str();
  return made;
}

}  // namespace tamis::c

extern "C" const char* tamis_verdict_name(tamis_verdict verdict) {
  if (!tamis::c::is_verdict(verdict)) return nullptr;
  return tamis::to_string(static_cast<tamis::Verdict>(verdict)).data();  // a literal, so it ends with a zero
}

#include "bindings/c/handles.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>

namespace tamis::c {
namespace {

// Between the structs of C, which may be of an older and shorter version, and those of tamis.

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

/// The options that a caller gave, defaults where it gave none. Errors: invalid_input for a size that is
/// none.
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
  if (read.objective != nullptr) {
    TAMIS_ASSIGN(made.objective, parse_objective(read.objective));
  }
  return made;
}

/// The costs of an outcome's samples. Errors: invalid_input for a list that is missing, for both lists at
/// once, and for latencies where the objective is another.
Result<std::vector<double>> costs_of(const tamis_outcome& outcome, const Objective& objective) {
  if (outcome.latency_count > 0 && outcome.value_count > 0)
    return invalid_input("an outcome has latencies or values, not both");
  if (outcome.latency_count > 0) {
    TAMIS_TRY(check_given(outcome.latencies_ns, "the list of latencies"));
    if (!objective.is_latency())
      return invalid_input(
          fmt::format("this study is of {}; tell its value, not a latency", to_string(objective)));
    return std::vector<double>(outcome.latencies_ns, outcome.latencies_ns + outcome.latency_count);
  }
  std::vector<double> costs;
  if (outcome.value_count > 0) TAMIS_TRY(check_given(outcome.values, "the list of values"));
  for (size_t i = 0; i < outcome.value_count; ++i) costs.push_back(objective.cost_of(outcome.values[i]));
  return costs;
}

/// Errors: invalid_input for a NULL, a size that is none, a verdict that is none, a list that is missing.
Result<Outcome> outcome_of(const tamis_outcome* outcome, const Objective& objective) {
  TAMIS_ASSIGN(const tamis_outcome read, read_struct(outcome, "the fields of an outcome"));
  if (!is_verdict(read.verdict))
    return invalid_input(fmt::format("{} is not a verdict", static_cast<int>(read.verdict)));
  Outcome made;
  made.verdict = static_cast<Verdict>(read.verdict);
  TAMIS_ASSIGN(made.costs, costs_of(read, objective));
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

/// Fills as much as the caller's struct has.
void fill(const Counts& counts, tamis_counts& place) {
  tamis_counts made = {};
  made.size = place.size;
  made.trials = counts.trials;
  made.measurements = counts.measurements;
  made.rejected_builds = counts.rejected_builds;
  made.invalid = counts.invalid;
  std::memcpy(&place, &made, std::min(place.size, sizeof made));
}

/// NaN where there is none.
double value_of(const Trial& trial, const Objective& objective) {
  return trial.costs.empty() ? std::nan("") : objective.value_of(trial.cost());
}

/// Good as long as the trial and the config are.
tamis_trial trial_of(const Trial& trial, const tamis_config& config, const Objective& objective) {
  tamis_trial made = {};
  made.size = sizeof made;
  made.number = trial.number;
  made.config = &config;
  made.verdict = static_cast<tamis_verdict>(trial.verdict);
  made.measured = trial.measured;
  made.latency_ns = std::numeric_limits<double>::infinity();
  if (objective.is_latency()) {
    made.latencies_ns = trial.costs.data();
    made.latency_count = trial.costs.size();
    made.latency_ns = trial.cost();
  }
  made.value = value_of(trial, objective);
  made.message = trial.message.c_str();
  made.device = trial.device.c_str();
  made.proposer = trial.proposer.c_str();
  return made;
}

}  // namespace
}  // namespace tamis::c

using tamis::Result;
using tamis::c::check_given;
using tamis::c::guarded;

extern "C" {

const char* tamis_verdict_name(tamis_verdict verdict) {
  if (!tamis::c::is_verdict(verdict)) return nullptr;
  return tamis::to_string(static_cast<tamis::Verdict>(verdict)).data();  // a literal, so it ends with a zero
}

tamis_study* tamis_study_open(const tamis_space* space, const tamis_study_options* options,
                              tamis_error** error) {
  return guarded<tamis_study*>(error, nullptr, [&]() -> Result<tamis_study*> {
    TAMIS_TRY(check_given(space, "the space"));
    TAMIS_ASSIGN(tamis::StudyOptions read, tamis::c::options_of(options));
    TAMIS_ASSIGN(tamis::Study study, tamis::Study::open(*space->space, std::move(read)));
    return new tamis_study{std::move(study), space->space};
  });
}

void tamis_study_free(tamis_study* study) { delete study; }

size_t tamis_study_ask(tamis_study* study, size_t count, tamis_config** configs, tamis_error** error) {
  return guarded<size_t>(error, 0, [&]() -> Result<size_t> {
    TAMIS_TRY(check_given(study, "the study"));
    TAMIS_TRY(check_given(configs, "the place for configs"));
    TAMIS_ASSIGN(std::vector<tamis::AskedConfig> asked, study->study.ask(count));
    std::vector<std::unique_ptr<tamis_config>> handles;
    handles.reserve(asked.size());
    for (tamis::AskedConfig& one : asked)
      handles.push_back(tamis::c::make_config(study->space, std::move(one.config)));
    for (size_t i = 0; i < handles.size(); ++i) configs[i] = handles[i].release();
    return handles.size();
  });
}

bool tamis_study_tell(tamis_study* study, const tamis_config* config, const tamis_outcome* outcome,
                      tamis_error** error) {
  return guarded<bool>(error, false, [&]() -> Result<bool> {
    TAMIS_TRY(check_given(study, "the study"));
    TAMIS_TRY(check_given(config, "the config"));
    if (config->space != study->space)
      return tamis::invalid_input("the config is of another space handle than the study");
    TAMIS_ASSIGN(tamis::Outcome read, tamis::c::outcome_of(outcome, study->study.task().objective()));
    TAMIS_TRY(study->study.tell(config->config, std::move(read)));
    return true;
  });
}

bool tamis_study_tell_latency(tamis_study* study, const tamis_config* config, double latency_ns,
                              tamis_error** error) {
  tamis_outcome outcome = {};
  outcome.size = sizeof outcome;
  outcome.latencies_ns = &latency_ns;
  outcome.latency_count = 1;
  return tamis_study_tell(study, config, &outcome, error);
}

bool tamis_study_tell_value(tamis_study* study, const tamis_config* config, double value,
                            tamis_error** error) {
  tamis_outcome outcome = {};
  outcome.size = sizeof outcome;
  outcome.values = &value;
  outcome.value_count = 1;
  return tamis_study_tell(study, config, &outcome, error);
}

bool tamis_study_tell_failure(tamis_study* study, const tamis_config* config, tamis_verdict verdict,
                              const char* message, tamis_error** error) {
  tamis_outcome outcome = {};
  outcome.size = sizeof outcome;
  outcome.verdict = verdict;
  outcome.message = message;
  return tamis_study_tell(study, config, &outcome, error);
}

bool tamis_study_done(const tamis_study* study) { return study == nullptr || study->study.done(); }

uint64_t tamis_study_resumed(const tamis_study* study) {
  return study == nullptr ? 0 : study->study.resumed();
}

const char* tamis_study_resume_note(const tamis_study* study) {
  return study == nullptr ? "" : study->study.resume_note().c_str();
}

void tamis_study_counts(const tamis_study* study, tamis_counts* counts) {
  if (study != nullptr && counts != nullptr) tamis::c::fill(study->study.counts(), *counts);
}

tamis_config* tamis_study_best(const tamis_study* study, double* latency_ns, tamis_error** error) {
  return guarded<tamis_config*>(error, nullptr, [&]() -> Result<tamis_config*> {
    TAMIS_TRY(check_given(study, "the study"));
    const std::optional<tamis::Trial>& best = study->study.best();
    if (!best) return nullptr;
    const bool is_latency = study->study.task().objective().is_latency();
    if (latency_ns != nullptr) *latency_ns = is_latency ? best->cost() : std::nan("");
    return tamis::c::make_config(study->space, best->config).release();
  });
}

double tamis_study_best_value(const tamis_study* study) {
  if (study == nullptr || !study->study.best()) return std::nan("");
  return tamis::c::value_of(*study->study.best(), study->study.task().objective());
}

bool tamis_study_visit(const tamis_study* study, bool (*visit)(const tamis_trial* trial, void* context),
                       void* context, tamis_error** error) {
  return guarded<bool>(error, false, [&]() -> Result<bool> {
    TAMIS_TRY(check_given(study, "the study"));
    TAMIS_TRY(check_given(reinterpret_cast<const void*>(visit), "the function to visit with"));
    for (const tamis::Trial& trial : study->study.trials()) {
      const auto config = tamis::c::make_config(study->space, trial.config);
      const tamis_trial seen = tamis::c::trial_of(trial, *config, study->study.task().objective());
      if (!visit(&seen, context)) break;
    }
    return true;
  });
}

}  // extern "C"

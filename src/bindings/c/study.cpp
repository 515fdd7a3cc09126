#include "bindings/c/handles.h"
#include "bindings/c/structs.h"

#include <vector>

using tamis::Result;
using tamis::c::check_given;
using tamis::c::guarded;

extern "C" {

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
    TAMIS_ASSIGN(tamis::Outcome read, tamis::c::outcome_of(outcome));
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
    if (latency_ns != nullptr) *latency_ns = best->latency_ns();
    return tamis::c::make_config(study->space, best->config).release();
  });
}

bool tamis_study_visit(const tamis_study* study, bool (*visit)(const tamis_trial* trial, void* context),
                       void* context, tamis_error** error) {
  return guarded<bool>(error, false, [&]() -> Result<bool> {
    TAMIS_TRY(check_given(study, "the study"));
    TAMIS_TRY(check_given(reinterpret_cast<const void*>(visit), "the function to visit with"));
    for (const tamis::Trial& trial : study->study.trials()) {
      const auto config = tamis::c::make_config(study->space, trial.config);
      const tamis_trial seen = tamis::c::trial_of(trial, *config);
      if (!visit(&seen, context)) break;
    }
    return true;
  });
}

}  // extern "C"

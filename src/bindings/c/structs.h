#pragma once

#include "bindings/c/tamis.h"
#include "tamis/result.h"
#include "tamis/study.h"

namespace tamis::c {

// Between the structs of C, which may be of an older and shorter version, and those of tamis.

/// The options that a caller gave, defaults where it gave none. Errors: invalid_input for a size that is
/// none.
Result<StudyOptions> options_of(const tamis_study_options* options);
/// Errors: invalid_input for a NULL, a size that is none, a verdict that is none, a list that is missing.
Result<Outcome> outcome_of(const tamis_outcome* outcome);
/// Fills as much as the caller's struct has.
void fill(const Counts& counts, tamis_counts& place);
/// Good as long as the trial and the config are.
tamis_trial trial_of(const Trial& trial, const tamis_config& config);

}  // namespace tamis::c

#pragma once

#include "experiment/report/part.h"
#include "experiment/report/subject.h"

namespace tamis::report {

/// Which knobs matter for the value of valid trials, and for whether a config is valid: an array of the
/// schema's `importance`, one of each where the trials tell, by functional ANOVA (model/functional_anova.h)
/// of the trials learnt from. Each config counts once, and of many a random sample is taken. Missing where
/// neither can be told. Deterministic. Thread safe.
Part importance_of(const Subject& subject);

}  // namespace tamis::report

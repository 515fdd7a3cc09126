#pragma once

#include "base/result.h"
#include "measure/measurer.h"

namespace tamis {

/// Whether the target takes so many jobs at the same time (Target::job_limits). Errors: invalid_input.
Status check_jobs(const Target& target, int jobs);

/// What every kind of measurer checks before it is made: the ranges of the options, a valid workload, and the
/// directory for saved programs, which is created. Errors: invalid_input naming the option; io for the
/// directory.
Status check_options(const MeasureTask& task, const MeasureOptions& options);

}  // namespace tamis

#pragma once

#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/workload.h"
#include "targets/cpu/codegen/machine.h"
#include "targets/cpu/schedule/kernel.h"

namespace tamis::cpu {

/// The configs of a workload on a machine with so many threads (docs/reference/cpu-target has the knobs).
/// Only knobs with a choice are there. Errors: unsupported, saying what cannot be computed.
Result<Space> schedule_space(const Workload& workload, const Machine& machine, int threads);

/// What a config of that space chooses.
ScheduleChoices choices_of(const Workload& workload, const Machine& machine, const Space& space,
                           const Config& config);

/// A config that suits most workloads: what tuning is compared with.
Config default_schedule(const Workload& workload, const Machine& machine, int threads, const Space& space);

/// Configs that a search should begin with: the default one, and for each algorithm some that suit it.
std::vector<Config> suggested_schedules(const Workload& workload, const Machine& machine, int threads,
                                        const Space& space);

/// The program of a choice. The workload must have a space. `trace` may be nullptr.
Kernel schedule(const Workload& workload, const ScheduleChoices& choices, Trace* trace);

}  // namespace tamis::cpu

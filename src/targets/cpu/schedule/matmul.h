#pragma once

#include "targets/cpu/schedule/kernel.h"

namespace tamis::cpu {

/// Schedules Operator::matmul. Both operands are activations, so that packing B is part of `run`; there is no
/// `prepare`. The operand B is the argument `weights`.
Kernel schedule_matmul(const Workload& workload, const ScheduleChoices& choices, Trace* trace);

}  // namespace tamis::cpu

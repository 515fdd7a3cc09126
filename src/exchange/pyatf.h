#pragma once

#include "tamis/formats.h"

namespace tamis {

/// Logs of pyATF, as `Tuner.log_file` of release 0.0.13 writes them: JSON
/// with every evaluation in `history`. pyATF minimises whatever number the cost function returns, whose unit
/// no log tells: the objective is `cost`, without a unit.
const Format& pyatf_format();

}  // namespace tamis

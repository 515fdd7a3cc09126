#pragma once

#include "tamis/formats.h"

namespace tamis {

/// Logs of Helion's autotuner (https://github.com/pytorch/helion), the CSV file of HELION_AUTOTUNE_LOG.
/// Helion runs on GPUs only: the format is taken from its source (helion/autotuner/logger.py, commit
/// ef091f4), not from a run.
const Format& helion_format();

}  // namespace tamis

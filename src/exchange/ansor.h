#pragma once

#include "tamis/formats.h"

namespace tamis {

/// Logs of Ansor, TVM's auto_scheduler (TVM 0.7 to 0.20): recognised, and refused with the way that is left.
/// Their records hold steps that build a program, not values of knobs.
const Format& ansor_format();

}  // namespace tamis

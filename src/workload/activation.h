#pragma once

#include "tamis/workload.h"

namespace tamis {

/// What an activation makes of a value, as Activation defines it, rounded to double only. NaN stays NaN.
double activate(Activation activation, double value);
/// The greatest absolute value of its derivative: how much an error of the value can grow.
double steepest_slope(Activation activation);

}  // namespace tamis

#pragma once

namespace tamis {

/// By how much a value that is normally distributed lies below `best` on average, values above it counting as
/// 0 (Mockus 1975; Jones, Schonlau and Welch, J. Global Optimization 13, 1998). `deviation` is at least 0.
double expected_improvement(double best, double mean, double deviation);

}  // namespace tamis

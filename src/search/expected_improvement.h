#pragma once

namespace tamis {

/// By how much a value that is normally distributed lies below `best` on average, values above it counting as
/// 0 (Mockus 1975; Jones, Schonlau and Welch, J. Global Optimization 13, 1998). `deviation` is at least 0.
double expected_improvement(double best, double mean, double deviation);

/// By how much a standard normal value exceeds -z on average: expected_improvement(z, 0, 1), looked up in a
/// table to within a thousandth of itself where z is at least -12; below that as at -12. For strategies that
/// judge a whole space.
double unit_improvement(double z);

}  // namespace tamis

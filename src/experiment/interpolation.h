#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tamis {

/// A function that is known at ascending places, and between them on the straight line; beyond them it keeps
/// the value at the end.
struct BrokenLine {
  std::vector<double> x, y;

  double at(double place) const;
};

/// A place with a value that counts so often.
struct WeightedPoint {
  double x = 0;
  double y = 0;
  double weight = 1;
};

/// The monotone function nearest to points in weighted least squares, by pooling adjacent violators; points
/// at one place count as their mean. `points` must be ascending in x and not empty, and weights positive.
BrokenLine isotonic_fit(std::span<const WeightedPoint> points, bool increasing);

/// The piecewise cubic Hermite interpolant of Fritsch and Butland (1984), monotone where the values are, at
/// `places`, which must lie between the first and the last x. `x` must ascend strictly and have at least two
/// values.
std::vector<double> monotone_cubic(std::span<const double> x, std::span<const double> y,
                                   std::span<const double> places);

/// `count` numbers evenly apart from `first` to `last`, both among them; `count` is at least 2.
std::vector<double> evenly_spaced(double first, double last, size_t count);

}  // namespace tamis

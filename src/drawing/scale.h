#pragma once

#include "drawing/figure.h"

#include <string>
#include <vector>

namespace tamis {

struct Tick {
  double value = 0.0;
  std::string label;
};

/// Where the numbers of an axis come to lie.
class Scale {
 public:
  /// Fits `axis` to the values between `least` and `most`, and to pixels from `from` to `to`.
  Scale(const Axis& axis, double least, double most, double from, double to);
  double operator()(double value) const;
  bool can_show(double value) const;
  /// Round numbers from end to end, about as many as fit.
  std::vector<Tick> ticks() const;
  double from() const { return from_; }
  double to() const { return to_; }

 private:
  std::vector<double> linear_ticks() const;
  std::vector<double> logarithmic_ticks() const;
  std::string label(double value) const;

  bool logarithmic_, percent_;
  double low_, high_, from_, to_;
};

}  // namespace tamis

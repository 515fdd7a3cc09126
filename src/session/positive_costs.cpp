#include "session/positive_costs.h"

#include <cmath>

namespace tamis {
namespace {

/// Ratios are kept down to about this part of the first cost.
constexpr double kFirst = 1e4;

}  // namespace

double PositiveCosts::convert(double cost) const {
  const double part = scale_ == 0 ? 0 : cost / scale_ * kFirst;
  const double root = std::hypot(part, 1.0);
  // exp(asinh(x)) is x + sqrt(x^2 + 1); the other form cancels nothing where x is negative.
  return part >= 0 ? part + root : 1.0 / (root - part);
}

std::vector<Trial> PositiveCosts::convert(std::vector<Trial> trials) {
  if (keeps_) return trials;
  for (Trial& trial : trials) {
    for (double& cost : trial.costs) {
      if (scale_ == 0) scale_ = std::abs(cost);
      cost = convert(cost);
    }
  }
  return trials;
}

}  // namespace tamis

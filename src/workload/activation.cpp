#include "workload/activation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tamis {
namespace {

double sigmoid(double value) { return 1.0 / (1.0 + std::exp(-value)); }
/// std::clamp lets NaN through.
double hard_sigmoid(double value) { return std::clamp(value / 6.0 + 0.5, 0.0, 1.0); }

}  // namespace

double activate(Activation activation, double value) {
  switch (activation) {
    case Activation::none:
      break;
    case Activation::hard_swish:
      return value * hard_sigmoid(value);
    case Activation::silu:
      return value * sigmoid(value);
    case Activation::gelu:
      return 0.5 * value * (1.0 + std::erf(value / std::numbers::sqrt2));
    case Activation::sigmoid:
      return sigmoid(value);
    case Activation::hard_sigmoid:
      return hard_sigmoid(value);
    case Activation::tanh:
      return std::tanh(value);
  }
  return value;
}

double steepest_slope(Activation activation) {
  switch (activation) {
    case Activation::none:
    case Activation::tanh:
      break;
    case Activation::hard_swish:
      return 1.5;  // at 3, from below
    case Activation::silu:
      return 1.1;  // 1.0998 at 2.40
    case Activation::gelu:
      return 1.13;  // 1.1290 at sqrt(2)
    case Activation::sigmoid:
      return 0.25;
    case Activation::hard_sigmoid:
      return 1.0 / 6.0;
  }
  return 1.0;
}

}  // namespace tamis

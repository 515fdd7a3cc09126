#pragma once

#include "tamis/random.h"
#include "targets/loop/program.h"

#include <string>
#include <vector>

namespace tamis::loop::testing {

/// A program that was changed by one transformation after another.
struct ScheduleSteps {
  struct Step {
    std::string what;
    Program program;
  };
  std::vector<Step> steps;    ///< the definition first, what code is generated from last
  std::vector<double> input;  ///< small integers, so that float32 computes exactly in any order
  std::vector<double> weights;
  std::vector<double> expected;  ///< the output
};

/// A small convolution along rows, output[y, c] = max(0, sum of input[y + k - 1, i] * weights[k, i, c]), with
/// zeros outside the input, under a random schedule that keeps to the rules of transform.h: splits (most do
/// not divide), an order, a register tile that may leave reductions outside, a vectorized loop, parallel
/// ones.
ScheduleSteps any_schedule(Random& random);

}  // namespace tamis::loop::testing

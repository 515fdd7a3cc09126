#pragma once

#include <cstddef>
#include <span>

namespace tamis {

/// How well predictions order what was measured, between 0 and 1, larger is better: AutoTVM's average recall
/// (autotvm/tuner/metric.py and xgboost_cost_model.py, `a-recall@N`).
///
/// With items visited from the largest prediction down, the recall at position i is the number of the first i
/// items whose true rank is at most i, divided by i + 1; the result is the mean over the first `top`
/// positions, counting positions past the end as 0. Items with equal labels are ranked in the order in which
/// they are visited. `predictions` and `labels` have the same length; `top` is at least 1.
double average_recall(std::span<const float> predictions, std::span<const float> labels, size_t top);

}  // namespace tamis

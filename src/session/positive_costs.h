#pragma once

#include "tamis/objective.h"
#include "tamis/trial.h"

#include <vector>

namespace tamis {

/// Costs as strategies see them: above 0, so that ratios and logarithms mean something to models that were
/// made for latencies. Latencies stay as they are. Costs of other objectives keep their order, and all of one
/// sign their ratios (nearly, down to a thousandth of the first one seen): with c the cost and s a
/// ten-thousandth of the magnitude of the first that is not 0, exp(asinh(c / s)).
///
/// What it makes of a cost follows from the objective and the trials in the order in which they were seen, so
/// a session that is resumed goes on alike.
class PositiveCosts {
 public:
  explicit PositiveCosts(const Objective& objective) : keeps_(objective.is_latency()) {}
  /// The trials with such costs.
  std::vector<Trial> convert(std::vector<Trial> trials);
  /// Whether convert() changes nothing.
  bool keeps() const { return keeps_; }

 private:
  double convert(double cost) const;

  bool keeps_;
  double scale_ = 0;  // 0: no cost but 0 was seen
};

}  // namespace tamis

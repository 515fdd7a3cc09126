#pragma once

#include "network/library/planned_step.h"
#include "tamis/workload.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace tamis::network {

/// What a workload takes in a layout, ns: what was measured; kForbidden where it cannot be had.
using LayoutTime = std::function<double(const Workload&)>;

/// What is known when orders are chosen.
struct LayoutFacts {
  LayoutTime time_of;
  std::set<std::string> plain_only;  ///< names (name_of) of steps that no program has channels last for
};

/// What came of it.
struct LayoutChoice {
  double layers_ns = 0;       ///< of the tuned layers, by `time_of`
  double conversions_ns = 0;  ///< expected
};

/// Chooses the order of each step so that the tuned times of all layers and the conversions between steps of
/// different orders take the least time together: exactly, as a minimum cut, since there are two orders.
/// Inputs and outputs of the network are plain. A value that several steps want in the other order is
/// converted once.
LayoutChoice choose_orders(const Resolved& network, const LayoutFacts& facts,
                           std::vector<PlannedStep>& steps);

/// The order in which a step takes and gives a value.
PhysicalOrder order_taken(const PlannedStep& step, const std::string& value, const Resolved& network);
PhysicalOrder order_given(const PlannedStep& step, const std::string& value, const Resolved& network);

/// Whether the elements of a transpose stay where they are in the orders that it takes and gives.
bool stays(const PlannedStep& transpose, const Resolved& network);

/// What converting so many bytes is expected to take, ns (docs/explanation/layouts).
double conversion_ns(int64_t bytes);

}  // namespace tamis::network

#pragma once

#include "network/library/orders.h"
#include "network/passes/layers.h"
#include "network/passes/resolve.h"

#include <optional>
#include <string>
#include <vector>

namespace tamis::network {

/// How a step is computed.
enum class StepKind {
  tuned,      ///< its layer says what
  generated,  ///< one operator, or several that compute element by element
  view,       ///< gives the elements that it takes, in another shape
  transpose,  ///< a view where the orders of both sides allow it
  control,    ///< an If, a Loop or a Scan, with steps of its own
};

/// A piece of a network that becomes one call of a kernel, none, or a branch or loop with calls in it.
struct PlannedStep {
  StepKind kind = StepKind::generated;
  std::vector<Node> nodes;
  const Layer* layer = nullptr;      ///< of a tuned one
  std::vector<std::string> inputs;   ///< values that are not constants, each once
  std::vector<std::string> outputs;  ///< values that somebody takes
  Order order = Order::plain;        ///< in which it takes and gives what has channels
};

/// The steps of a network in an order in which they can run. Neighbours that compute element by element are
/// one step of at most `most_fused` operators, where the value between them has the shape of the last and
/// nobody else takes it. The steps hold pointers to the layers.
std::vector<PlannedStep> planned_steps(const Resolved& network, const std::vector<Layer>& layers,
                                       size_t most_fused);

/// `conv1`: how a step is called after its operator; after its first output where that has no name.
std::string name_of(const PlannedStep& step);

}  // namespace tamis::network

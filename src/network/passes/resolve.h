#pragma once

#include "network/graph/graph.h"
#include "network/operators/operator.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tamis::network {

/// What is said of a model's inputs before it is resolved.
struct ResolveOptions {
  std::map<std::string, Shape> shapes;   ///< of inputs, by name
  std::map<std::string, int64_t> sizes;  ///< of dimensions that the model names: `batch`
  /// What follows from constants is computed up to so many elements; above, it is computed when the network
  /// runs.
  int64_t most_folded_elements = int64_t{1} << 28;
  /// Leaves DequantizeLinear of constants in the graph, where quantised_form finds the bytes of weights.
  bool keeps_dequantised = false;
};

/// A node that tamis cannot compute, and why. Nodes that only take what such a node gives are counted, not
/// listed.
struct Fault {
  Node node;
  Error error;
};

/// A graph all of whose sizes are known: nodes that follow from constants and shapes are computed, and those
/// that no output needs are left out. An If with a known condition is its branch, a small one both branches
/// and a Where; a Loop or a Scan of few rounds is its body as often. Others are closed
/// (network/operators/bodies.h).
struct Resolved {
  Graph graph;  ///< its constants are those that its nodes and outputs take
  std::map<std::string, Fact, std::less<>> facts;  ///< of every value of the graph but those behind a fault
  std::vector<Fault> faults;
  size_t behind_faults = 0;  ///< nodes that take what a faulty one gives
  size_t folded = 0;         ///< nodes whose outputs are constants
  size_t unused = 0;         ///< nodes that no output needs
};

/// Resolves a model in one pass over its nodes: in their order, every node meets as much of its inputs as
/// will ever be known, so shapes are inferred and constants folded together. Errors: invalid_input where the
/// shape of an input stays open, with the flag that says it, and where a given one fits no input. Nodes that
/// cannot be computed are faults of the result, not errors. Thread safe.
Result<Resolved> resolve(const Model& model, const ResolveOptions& options);

/// The same for a body of a closed node (network/operators/bodies.h), of which this is known of each of its
/// inputs. One whose value is known becomes a constant. Thread safe.
Resolved resolve_body(const Graph& body, const std::vector<Fact>& inputs, const ResolveOptions& options);

/// The first fault as an error that counts the others. Success where there is none.
Status without_faults(const Resolved& resolved);

}  // namespace tamis::network

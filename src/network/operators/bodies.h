#pragma once

#include "network/graph/graph.h"
#include "network/operators/operator.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tamis::network {

// If, Loop and Scan hold graphs, their bodies, which may take values of the graphs around them. Here such a
// node is closed: what its bodies take from around it is among its inputs, after those of the operator, and
// among the inputs of each body, after its own, in the same order. So it is a node like all others to whoever
// asks who takes a value, or renames it.

/// How many inputs of a closed node are values that its bodies take from around it: an integer attribute.
inline constexpr std::string_view kCaptured = "captured";

/// Whether a node is an If, a Loop or a Scan.
bool has_bodies(const Node& node);
/// The graph with all its nodes that have bodies closed, and those in their bodies. Errors: unsupported where
/// bodies lie deeper in each other than 8.
Result<Graph> with_closed_bodies(const Graph& graph);

/// A body of a node. Errors: invalid_input where the node has none of this name.
Result<const Graph*> body_of(const Call& call, std::string_view name);
/// How many inputs of a closed node its bodies take from around it; none for a node that is not closed.
size_t captured_by(const Node& node);

/// What is known of a body.
struct BodyFacts {
  std::vector<Fact> outputs;
  bool shapes_known = true;  ///< of all values inside
};

/// What is known of a body, when this is known of its inputs. Bodies inside it are not computed, whatever is
/// known. Errors: invalid_input where the body does not have so many inputs; as those of the nodes inside.
Result<BodyFacts> facts_of_body(const Call& call, const Graph& body, const std::vector<Fact>& inputs);
/// The outputs of a body whose inputs have values. Errors: as above.
Result<std::vector<Fact>> run_body(const Call& call, const Graph& body, const std::vector<Fact>& inputs);

/// How a Scan goes through its inputs and puts its outputs together.
struct ScanForm {
  size_t states = 0;
  size_t scanned = 0;
  size_t gathered = 0;                ///< outputs that are put together
  std::vector<size_t> input_axes;     ///< of each scanned input
  std::vector<bool> input_backwards;  ///< of each scanned input
  std::vector<int64_t>
      output_axes;  ///< of each output that is put together, as given: from the end if negative
  std::vector<bool> output_backwards;
  const Graph* body = nullptr;
  int64_t trips = 0;
};

/// Errors: invalid_input for a node that is no Scan with such inputs; unsupported for one of opset 8, and
/// where the shape of a scanned input depends on data.
Result<ScanForm> scan_form(const Call& call);

/// The parts of a Loop.
struct LoopForm {
  size_t carried = 0;   ///< values that go from round to round
  size_t gathered = 0;  ///< outputs that are put together
  const Graph* body = nullptr;
};

/// Errors: invalid_input for a node that is no Loop.
Result<LoopForm> loop_form(const Call& call);
/// How often a Loop goes round where no body stops it; nothing where that is only known when the network
/// runs, or where nothing but the body stops it. Errors: invalid_input for a count or a condition that is
/// none.
Result<std::optional<int64_t>> loop_trips(const Call& call);
/// How often a Loop goes round whose body ends it, where that follows from constants: exporters write loops
/// over known counts so. The nodes that the body's condition needs are computed round by round; nothing where
/// one of them takes data, for more than 4096 rounds, and where the computation fails.
std::optional<int64_t> counted_rounds(const Call& call, const LoopForm& form);
/// What a body of a Loop knows of its inputs in a round of which nothing else is known.
std::vector<Fact> loop_inputs(const Call& call, const LoopForm& form);

}  // namespace tamis::network

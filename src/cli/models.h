#pragma once

#include "cli/arguments.h"
#include "network/graph/graph.h"
#include "network/passes/layers.h"
#include "network/passes/resolve.h"
#include "network/passes/simplify.h"
#include "tamis/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace tamis::cli {

/// Whether a text names a file of a model: it ends in `.onnx`.
bool names_model(const std::string& text);

/// `--shape NAME=1x3x224x224`: the same for every command that takes a model.
void add_shapes(CLI::App& app, std::vector<std::string>& shapes);
/// What the flags say. Errors: as network::add_shape.
Result<network::ResolveOptions> resolve_options(const std::vector<std::string>& shapes);

/// Sets what the user says nothing of to what suits the layers of a network: on cpu `--caches network`.
void set_for_network(TargetArguments& target);

/// `--exact`: the same for every command that chooses configs for a model.
void add_exact(CLI::App& app, bool& exact);
/// Whether a config computes each output as the sum that the operator is defined by, in whatever order:
/// Winograd's algorithm does not.
bool is_exact(const Space& space, const Config& config);
/// The task of a spec without the configs that is_exact() refuses. Errors: as TargetArguments::bind_one.
Result<SharedTask> bind_exact(TargetArguments target, const std::string& spec, const Console& console);

/// A model as the target cpu computes it: resolved, simplified, and with bytes where it is quantised.
struct ReadyNetwork {
  network::Resolved network;
  network::Simplified simplified;  ///< nothing of a network with faults, which stays as it was resolved
};
/// Errors: as network::resolve; faults are none.
Result<ReadyNetwork> make_ready(const network::Model& model, network::ResolveOptions options);

/// A task of a model, before a target is chosen.
struct ModelTask {
  std::string spec;  ///< of a workload, its type and layout left to the target
  uint64_t occurrences = 1;
  /// The tasks, by their positions, that it computes together: those of a pair of layers (pairs_of).
  std::optional<std::array<size_t, 2>> parts = std::nullopt;
};

/// The distinct tasks of a model in the order of their first layer, and behind them those of its pairs,
/// unless `quantised`. `options` says what its target can compute along with an operator; `quantised` that it
/// computes in int8, and so clips at 0 or not at all. Errors: as network::read_model, resolve_options,
/// network::resolve and network::without_faults; invalid_input for a model without anything to tune.
Result<std::vector<ModelTask>> model_tasks(const std::string& path, const std::vector<std::string>& shapes,
                                           const network::LayerOptions& options, bool quantised);

/// A model and its shapes, for commands that take nothing else.
struct ModelArguments {
  std::string path;
  std::vector<std::string> shapes;
  /// `what` describes the argument MODEL.
  void add_to(CLI::App& app, const std::string& what = "an ONNX model");
  /// Errors: as network::read_model.
  [[nodiscard]] Result<network::Model> read() const;
  /// Errors: as resolve_options.
  [[nodiscard]] Result<network::ResolveOptions> options() const { return resolve_options(shapes); }
};

}  // namespace tamis::cli

#pragma once

#include "network/graph/graph.h"
#include "network/passes/resolve.h"
#include "tamis/result.h"

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

/// A model and its shapes, for commands that take nothing else.
struct ModelArguments {
  std::string path;
  std::vector<std::string> shapes;
  void add_to(CLI::App& app);
  /// Errors: as network::read_model.
  [[nodiscard]] Result<network::Model> read() const;
  /// Errors: as resolve_options.
  [[nodiscard]] Result<network::ResolveOptions> options() const { return resolve_options(shapes); }
};

}  // namespace tamis::cli

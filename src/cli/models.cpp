#include "cli/models.h"

#include "base/text.h"
#include "network/onnx/onnx.h"
#include "network/passes/input_shapes.h"

namespace tamis::cli {

bool names_model(const std::string& text) { return ends_in_any_case(text, ".onnx"); }

void add_shapes(CLI::App& app, std::vector<std::string>& shapes) {
  app.add_option("--shape", shapes,
                 "the shape of a model's input, `NAME=1x3x224x224`, or a size that the model names, "
                 "`batch=1`; as often "
                 "as needed")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

Result<network::ResolveOptions> resolve_options(const std::vector<std::string>& shapes) {
  network::ResolveOptions options;
  for (const std::string& shape : shapes) TAMIS_TRY(network::add_shape(options, shape));
  return options;
}

void ModelArguments::add_to(CLI::App& app) {
  app.add_option("MODEL", path, "an ONNX model")->required();
  add_shapes(app, shapes);
}

Result<network::Model> ModelArguments::read() const { return network::read_model(path); }

}  // namespace tamis::cli

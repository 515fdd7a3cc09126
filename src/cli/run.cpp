#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/named_files.h"
#include "cli/run_library.h"
#include "drawing/text_table.h"
#include "network/passes/reference_run.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

using network::Array;
using network::Port;
using network::Resolved;

struct RunArguments {
  ModelArguments model;
  NamedFileArguments files;
  TimingArguments timing;
  bool json = false;
};

std::vector<std::string_view> names_of(const std::vector<Port>& ports) {
  std::vector<std::string_view> names;
  names.reserve(ports.size());
  for (const Port& port : ports) names.push_back(port.name);
  return names;
}

Json outputs_json(const std::vector<Port>& ports, const std::vector<Array>& values) {
  Json outputs = Json::array();
  for (size_t i = 0; i < ports.size(); ++i)
    outputs.push_back(
        {{"name", ports[i].name}, {"type", to_string(values[i].type())}, {"shape", values[i].shape()}});
  return {{"computed_by", "reference"}, {"outputs", outputs}};
}

std::string draw_outputs(const std::vector<Port>& ports, const std::vector<Array>& values) {
  TextTable table({"output", "type", "shape"}, {0, 1, 2});
  for (size_t i = 0; i < ports.size(); ++i)
    table.add_row(
        {ports[i].name, std::string(to_string(values[i].type())), network::to_string(values[i].shape())});
  return table.draw();
}

Result<int> run_model(const RunArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const network::Model model, arguments.model.read());
  TAMIS_ASSIGN(const auto inputs, read_inputs(arguments.files.inputs, names_of(model.graph.inputs)));
  TAMIS_ASSIGN(network::ResolveOptions options, arguments.model.options());
  // What is given has its own sizes.
  for (const auto& [name, array] : inputs) options.shapes.try_emplace(name, array.shape());
  TAMIS_ASSIGN(const Resolved resolved, network::resolve(model, options));
  TAMIS_ASSIGN(const std::vector<Array> values, network::reference_run(resolved, inputs));
  const std::vector<Port>& ports = resolved.graph.outputs;
  TAMIS_TRY(write_outputs(arguments.files.outputs, names_of(ports), values));
  return finish(console,
                arguments.json ? outputs_json(ports, values).dump(2) + "\n" : draw_outputs(ports, values));
}

Result<int> run_either(const RunArguments& arguments, const Console& console) {
  const std::string& path = arguments.model.path;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    if (!arguments.model.shapes.empty())
      return invalid_input(path + " is a compiled network, whose shapes are fixed: leave --shape out");
    return run_library({path, arguments.files, arguments.timing, arguments.json}, console);
  }
  if (arguments.timing.given())
    return invalid_input("--threads, --repeat and --by-layer are for compiled networks; " + path +
                         " is no folder of one");
  return run_model(arguments, console);
}

}  // namespace

Action configure_run(CLI::App& app) {
  auto arguments = std::make_shared<RunArguments>();
  arguments->model.add_to(app, "an ONNX model, or the folder of a compiled network");
  arguments->files.add_to(app);
  arguments->timing.add_to(app);
  add_json(app, arguments->json);
  return [arguments](const Console& console) {
    const Result<int> code = run_either(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli

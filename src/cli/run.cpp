#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "drawing/text_table.h"
#include "network/graph/npy.h"
#include "network/passes/reference_run.h"

#include <map>
#include <memory>
#include <set>
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
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  bool json = false;
};

/// A file for an input or output, `NAME=FILE`; of an only one the name may be left out.
struct NamedFile {
  std::string name;
  std::string path;
};

/// `what` is `input` or `output`. Errors: invalid_input for a text without a name where there are several
/// ports, and for a name of none.
Result<NamedFile> named_file(const std::string& text, const std::vector<Port>& ports,
                             const std::string& what) {
  std::vector<std::string_view> known;
  for (const Port& port : ports) {
    known.push_back(port.name);
    // A name may hold `=`.
    if (!text.starts_with(port.name + "=")) continue;
    if (text.size() == port.name.size() + 1)
      return invalid_input(fmt::format("--{} {} names no file", what, network::printable(text)));
    return NamedFile{port.name, text.substr(port.name.size() + 1)};
  }
  if (text.empty()) return invalid_input(fmt::format("--{} names no file", what));
  if (ports.size() == 1 && text.find('=') == std::string::npos) return NamedFile{ports.front().name, text};
  const size_t equals = text.find('=');
  if (equals == std::string::npos)
    return invalid_input(fmt::format("the model has {}, so write --{} NAME={}; known are: {}",
                                     counted(ports.size(), what), what, text, fmt::join(known, ", ")));
  const std::string name = text.substr(0, equals);
  return invalid_input(fmt::format("the model has no {} \"{}\"{}", what, name, did_you_mean(name, known)));
}

Result<std::map<std::string, Array, std::less<>>> read_inputs(const std::vector<std::string>& texts,
                                                              const std::vector<Port>& ports) {
  std::map<std::string, Array, std::less<>> inputs;
  for (const std::string& text : texts) {
    TAMIS_ASSIGN(const NamedFile file, named_file(text, ports, "input"));
    TAMIS_ASSIGN(const std::string bytes, read_file(file.path));
    TAMIS_ASSIGN(Array array, network::read_npy(bytes, file.path));
    if (!inputs.emplace(file.name, std::move(array)).second)
      return invalid_input(fmt::format("input \"{}\" is given twice", file.name));
  }
  return inputs;
}

Status write_outputs(const std::vector<std::string>& texts, const std::vector<Port>& ports,
                     const std::vector<Array>& values) {
  std::set<std::string> written;
  for (const std::string& text : texts) {
    TAMIS_ASSIGN(const NamedFile file, named_file(text, ports, "output"));
    if (!written.insert("of " + file.name).second || !written.insert("to " + file.path).second)
      return invalid_input(
          fmt::format("--output {}: each output has one file of its own", network::printable(text)));
    for (size_t i = 0; i < ports.size(); ++i) {
      if (ports[i].name != file.name) continue;
      TAMIS_ASSIGN(const std::string bytes, network::to_npy(values[i]));
      TAMIS_TRY(write_file(file.path, bytes));
      break;
    }
  }
  return {};
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
  TAMIS_ASSIGN(const auto inputs, read_inputs(arguments.inputs, model.graph.inputs));
  TAMIS_ASSIGN(network::ResolveOptions options, arguments.model.options());
  // What is given has its own sizes.
  for (const auto& [name, array] : inputs) options.shapes.try_emplace(name, array.shape());
  TAMIS_ASSIGN(const Resolved resolved, network::resolve(model, options));
  TAMIS_ASSIGN(const std::vector<Array> values, network::reference_run(resolved, inputs));
  const std::vector<Port>& ports = resolved.graph.outputs;
  TAMIS_TRY(write_outputs(arguments.outputs, ports, values));
  return finish(console,
                arguments.json ? outputs_json(ports, values).dump(2) + "\n" : draw_outputs(ports, values));
}

}  // namespace

Action configure_run(CLI::App& app) {
  auto arguments = std::make_shared<RunArguments>();
  arguments->model.add_to(app);
  app.add_option("--input", arguments->inputs,
                 "what goes in, `NAME=x.npy`, as often as needed; of an only input the name may be left out")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app.add_option("--output", arguments->outputs,
                 "where an output is written, `NAME=y.npy`, as often as needed")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  add_json(app, arguments->json);
  return [arguments](const Console& console) {
    const Result<int> code = run_model(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli

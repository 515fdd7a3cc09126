#include "cli/show_model.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/models.h"
#include "drawing/text_table.h"
#include "network/onnx/onnx.h"
#include "network/passes/layers.h"
#include "network/passes/pairs.h"
#include "network/passes/resolve.h"
#include "network/passes/simplify.h"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

using network::Layer;
using network::Model;
using network::NetworkWorkload;
using network::Port;
using network::Resolved;

/// Everything that is said of a model.
struct ModelView {
  const Model* model = nullptr;
  Resolved network;
  network::Simplified simplified;
  std::vector<Layer> layers;
  std::vector<NetworkWorkload> workloads;
  std::vector<network::PairWorkload> pairs;
  std::map<std::pair<std::string, std::string>, size_t> untuned;  ///< by operator and why, how often
};

int64_t parameters(const Model& model) {
  int64_t count = 0;
  for (const auto& [name, value] : model.graph.constants) count += value.elements();
  return count;
}

std::string port_line(const Port& port, const Resolved& network) {
  const auto fact = network.facts.find(port.name);
  const bool known = fact != network.facts.end() && fact->second.shape;
  const std::string declared = port.shape ? network::to_string(*port.shape) : "?";
  const std::string shape = known ? network::to_string(*fact->second.shape) : declared;
  const std::string type = known       ? std::string(to_string(fact->second.type))
                           : port.type ? std::string(to_string(*port.type))
                                       : "?";
  return fmt::format("{} {} {}{}", network::printable(port.name), type, shape,
                     declared == shape || !port.shape ? "" : " (" + declared + ")");
}

Json port_json(const Port& port, const Resolved& network) {
  Json json = {{"name", port.name}};
  const auto fact = network.facts.find(port.name);
  if (fact != network.facts.end()) json["type"] = to_string(fact->second.type);
  if (fact != network.facts.end() && fact->second.shape) json["shape"] = *fact->second.shape;
  return json;
}

/// Of what a layer that is not tuned is: its operator, and why.
void count_untuned(ModelView& view) {
  for (const Layer& layer : view.layers)
    if (!layer.workload) ++view.untuned[{layer.nodes.front().type, layer.why_not}];
}

int64_t total_work(const ModelView& view) {
  int64_t total = 0;
  for (const Layer& layer : view.layers) total += layer.multiply_accumulates;
  return total;
}

/// The spec without what all tasks of a model have: targets fill in a type of their own.
std::string short_spec(std::string spec) {
  constexpr std::string_view kType = ",type=float32";
  if (const size_t at = spec.find(kType); at != std::string::npos) spec.erase(at, kType.size());
  return spec;
}

std::string draw_workloads(const ModelView& view) {
  TextTable table({"task", "times", "MMAC", "share", "first layer"}, {0, 4});
  const int64_t total = total_work(view);
  for (const NetworkWorkload& one : view.workloads) {
    const Layer& first = view.layers[one.layers.front()];
    const int64_t all = first.multiply_accumulates * static_cast<int64_t>(one.layers.size());
    table.add_row({short_spec(one.workload.name), fmt::format("{}", one.layers.size()),
                   fmt::format("{:.1f}", static_cast<double>(first.multiply_accumulates) / 1e6),
                   percent(total == 0 ? 0 : static_cast<double>(all) / static_cast<double>(total)),
                   network::printable(first.workload->name)});
  }
  return table.draw();
}

/// Layers that may be computed together, where that turns out to be faster.
std::string draw_pairs(const ModelView& view) {
  TextTable table({"pair, tuned beside its two parts", "times", "MMAC"}, {0});
  for (const network::PairWorkload& pair : view.pairs)
    table.add_row({short_spec(pair.workload.name), fmt::format("{}", pair.times),
                   fmt::format("{:.1f}", static_cast<double>(multiply_accumulates(pair.workload)) / 1e6)});
  return table.draw();
}

std::string draw_untuned(const ModelView& view) {
  TextTable table({"not tuned", "times", "why"}, {0, 2});
  for (const auto& [what, times] : view.untuned)
    table.add_row({network::printable(what.first), fmt::format("{}", times), what.second});
  return table.draw();
}

std::string draw_model(const ModelView& view) {
  const Model& model = *view.model;
  std::string text =
      fmt::format("opset {}, IR version {}{}; {:.2f} M parameters\n", model.opset, model.ir_version,
                  model.producer.empty() ? "" : ", by " + network::printable(model.producer),
                  static_cast<double>(parameters(model)) / 1e6);
  for (const Port& port : model.graph.inputs) text += "input  " + port_line(port, view.network) + "\n";
  for (const Port& port : model.graph.outputs) text += "output " + port_line(port, view.network) + "\n";
  if (!model.overridable.empty())
    text += fmt::format("{} also declared as inputs, and taken as {}\n",
                        counted(model.overridable.size(), "constant is", "constants are"),
                        model.overridable.size() == 1 ? "a constant" : "constants");
  if (!view.network.faults.empty())
    return text + fmt::format("{}, of which {} cannot be computed\n",
                              counted(model.graph.nodes.size(), "node"), view.network.faults.size());
  text += fmt::format("{}: {} folded into constants, {} into weights, {} unused; {} left\n",
                      counted(model.graph.nodes.size(), "node"), view.network.folded,
                      view.simplified.scalings + view.simplified.paddings, view.network.unused,
                      view.network.graph.nodes.size());
  text += "\n" + draw_workloads(view);
  if (!view.pairs.empty()) text += "\n" + draw_pairs(view);
  if (!view.untuned.empty()) text += "\n" + draw_untuned(view);
  return text;
}

Json model_json(const ModelView& view) {
  const Model& model = *view.model;
  Json json = {{"opset", model.opset},
               {"ir_version", model.ir_version},
               {"producer", model.producer},
               {"parameters", parameters(model)},
               {"nodes",
                {{"file", model.graph.nodes.size()},
                 {"folded", view.network.folded},
                 {"unused", view.network.unused},
                 {"left", view.network.graph.nodes.size()}}},
               {"inputs", Json::array()},
               {"outputs", Json::array()},
               {"tasks", Json::array()},
               {"pairs", Json::array()},
               {"not_tuned", Json::array()},
               {"not_supported", Json::array()}};
  for (const Port& port : model.graph.inputs) json["inputs"].push_back(port_json(port, view.network));
  for (const Port& port : model.graph.outputs) json["outputs"].push_back(port_json(port, view.network));
  for (const NetworkWorkload& one : view.workloads) {
    Json layers = Json::array();
    for (const size_t layer : one.layers) layers.push_back(view.layers[layer].workload->name);
    json["tasks"].push_back({{"spec", one.workload.name},
                             {"times", one.layers.size()},
                             {"multiply_accumulates", view.layers[one.layers.front()].multiply_accumulates},
                             {"layers", layers}});
  }
  for (const network::PairWorkload& pair : view.pairs)
    json["pairs"].push_back(
        {{"spec", pair.workload.name},
         {"times", pair.times},
         {"parts",
          {view.workloads[pair.depthwise].workload.name, view.workloads[pair.pointwise].workload.name}},
         {"multiply_accumulates", multiply_accumulates(pair.workload)}});
  for (const auto& [what, times] : view.untuned)
    json["not_tuned"].push_back({{"operator", what.first}, {"times", times}, {"why", what.second}});
  for (const network::Fault& fault : view.network.faults)
    json["not_supported"].push_back({{"node", network::describe(fault.node)}, {"why", fault.error.message}});
  return json;
}

/// Says what tamis cannot compute of the network.
void tell_faults(const Resolved& network, const Console& console) {
  for (const network::Fault& fault : network.faults)
    console.note("tamis: error: " + fault.error.message + "\n");
  if (network.behind_faults > 0)
    console.note(fmt::format("tamis: {} behind them could not be looked at\n",
                             counted(network.behind_faults, "node")));
}

}  // namespace

Result<int> show_model(const std::string& path, const std::vector<std::string>& shapes, bool as_json,
                       const Console& console) {
  TAMIS_ASSIGN(const Model model, network::read_model(path));
  TAMIS_ASSIGN(const network::ResolveOptions options, resolve_options(shapes));
  ModelView view;
  view.model = &model;
  TAMIS_ASSIGN(ReadyNetwork ready, make_ready(model, options));
  view.network = std::move(ready.network);
  view.simplified = ready.simplified;
  if (view.network.faults.empty()) {
    TAMIS_ASSIGN(view.layers, network::layers_of(view.network));
    view.workloads = network::distinct_workloads(view.layers);
    view.pairs = network::distinct_pairs(network::pairs_of(view.network, view.layers), view.workloads);
    count_untuned(view);
  }
  const int code = view.network.faults.empty() ? kDone : kBadInput;
  const int finished = finish(console, as_json ? model_json(view).dump(2) + "\n" : draw_model(view), code);
  tell_faults(view.network, console);
  return finished;
}

}  // namespace tamis::cli

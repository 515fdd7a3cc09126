#include "fuzz/network.h"

#include "network/onnx/model_maker.h"
#include "network/onnx/onnx.h"
#include "network/operators/operator.h"
#include "network/passes/layers.h"
#include "network/passes/resolve.h"
#include "network/passes/simplify.h"
#include "support/temporary_directory.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <variant>

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

namespace tamis::fuzz {
namespace {

using network::Array;
using network::Graph;

using Known = std::set<std::string, std::less<>>;

void keep(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

/// Touches every byte.
void look(const Array& array) {
  unsigned sum = 0;
  for (const std::byte byte : array.bytes()) sum += std::to_integer<unsigned>(byte);
  if (array.type() == network::ElementType::boolean) keep(sum <= array.bytes().size(), "a boolean is 0 or 1");
  keep(reinterpret_cast<uintptr_t>(array.bytes().data()) % network::element_size(array.type()) == 0,
       "elements are aligned");
}

/// `known`: the names around a body.
void look(const Graph& graph, Known known) {
  Known own;
  for (const network::Port& input : graph.inputs) keep(own.insert(input.name).second, "inputs are distinct");
  for (const auto& [name, array] : graph.constants) {
    keep(own.insert(name).second, "a constant is no input");
    look(array);
  }
  known.insert(own.begin(), own.end());
  for (const network::Node& node : graph.nodes) {
    for (const std::string& input : node.inputs)
      keep(input.empty() || known.contains(input), "a node comes after those whose outputs it takes");
    for (const auto& [name, attribute] : node.attributes) {
      if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute)) look(**body, known);
      if (const auto* array = std::get_if<Array>(&attribute)) look(*array);
    }
    for (const std::string& output : node.outputs) {
      if (output.empty()) continue;
      keep(own.insert(output).second, "an output is made once");
      known.insert(output);
    }
  }
  for (const network::Port& output : graph.outputs) keep(known.contains(output.name), "outputs are made");
}

/// Larger ones would be computed for longer than they find anything.
constexpr int64_t kMostFolded = 4096;
constexpr int64_t kOpenSize = 2;

/// Every size that the model leaves open is 2.
network::ResolveOptions closing(const Graph& graph) {
  network::ResolveOptions options;
  options.most_folded_elements = kMostFolded;
  for (const network::Port& input : graph.inputs) {
    network::Shape shape(2, kOpenSize);
    if (input.shape) {
      shape.clear();
      for (const network::Dimension& dimension : *input.shape)
        shape.push_back(dimension.size.value_or(kOpenSize));
    }
    options.shapes[input.name] = std::move(shape);
  }
  return options;
}

void look(const network::Resolved& network) {
  for (const auto& [name, fact] : network.facts) {
    if (!fact.value) continue;
    keep(fact.shape == fact.value->shape() && fact.type == fact.value->type(), "a fact is of its value");
    look(*fact.value);
  }
}

/// Resolves, simplifies and takes apart what was read.
void resolve_and_look(const network::Model& model) {
  auto resolved = network::resolve(model, closing(model.graph));
  if (!resolved.ok()) return;
  look(*resolved);
  if (!network::without_faults(*resolved).ok()) return;
  network::simplify(*resolved);
  look(*resolved);
  (void)network::layers_of(*resolved);
}

class Silent : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

/// A node of an operator between an input and an output, which a change may make one that can be meant.
onnx::ModelProto operator_model(std::string_view type) {
  onnx::ModelProto model = network::adding_model(8, 22);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.mutable_input(0)->clear_type();
  network::add_port(graph.mutable_input(0), "x", {1, 2, 3, 3});
  onnx::NodeProto& node = *graph.mutable_node(0);
  node.set_op_type(std::string(type));
  node.mutable_input()->RemoveLast();
  return model;
}

/// Models that between them have all that the reader looks at.
std::vector<onnx::ModelProto> models() {
  std::vector<onnx::ModelProto> made = {network::adding_model(), network::adding_model(3, 9),
                                        network::calling_model()};
  network::add_port(made[1].mutable_graph()->add_input(), "w");
  network::BranchingModel branching = network::branching_model();
  network::fill(branching.then_branch->add_initializer(), "w", {7});
  network::add_node(branching.then_branch->add_node(), "Add", {"x", "w"}, {"out"});
  network::add_node(branching.else_branch->add_node(), "Neg", {"late"}, {"out"});
  network::add_node(branching.model.mutable_graph()->add_node(), "Abs", {"x"}, {"late"});
  made.push_back(branching.model);
  onnx::ModelProto stored = network::adding_model();
  onnx::TensorProto& external = *stored.mutable_graph()->mutable_initializer(0);
  external.clear_raw_data();
  external.set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] :
       {std::pair("location", "w"), std::pair("offset", "8"), std::pair("length", "8")}) {
    external.add_external_data()->set_key(key);
    external.mutable_external_data(external.external_data_size() - 1)->set_value(value);
  }
  onnx::TensorProto& typed = *stored.mutable_graph()->add_initializer();
  typed.set_name("typed");
  typed.set_data_type(onnx::TensorProto::FLOAT16);
  typed.add_dims(2);
  for (const int value : {15360, 0}) typed.add_int32_data(value);
  network::add_constant(stored.mutable_graph()->add_node(), "constant", {1, 2});
  network::add_node(stored.mutable_graph()->add_node(), "LSTM", {"constant", "", "typed"}, {"", "hidden"});
  made.push_back(stored);
  return made;
}

}  // namespace

void run_onnx(std::string_view input) {
  static const TemporaryDirectory folder;
  static const bool is_made = static_cast<bool>(std::ofstream(folder.file("w")) << std::string(64, '\1'));
  keep(is_made, "the file of external data can be written");
  const auto model = network::read_model_text(input, {"fuzz", folder.path()});
  if (!model.ok()) return;
  look(model->graph, {});
  resolve_and_look(*model);
}

void run_onnx_text(std::string_view input) {
  onnx::ModelProto proto;
  google::protobuf::TextFormat::Parser parser;
  Silent silent;
  parser.RecordErrorsTo(&silent);
  parser.SetRecursionLimit(100);
  if (parser.ParseFromString(std::string(input), &proto)) run_onnx(proto.SerializeAsString());
}

std::vector<std::string> onnx_seeds() {
  std::vector<std::string> seeds;
  for (const onnx::ModelProto& model : models()) seeds.push_back(model.SerializeAsString());
  for (const std::string_view type : network::operator_types())
    seeds.push_back(operator_model(type).SerializeAsString());
  return seeds;
}

std::vector<std::string> onnx_text_seeds() {
  std::vector<onnx::ModelProto> all = models();
  for (const std::string_view type : network::operator_types()) all.push_back(operator_model(type));
  std::vector<std::string> seeds;
  for (const onnx::ModelProto& model : all) {
    seeds.emplace_back();
    google::protobuf::TextFormat::PrintToString(model, &seeds.back());
  }
  return seeds;
}

}  // namespace tamis::fuzz

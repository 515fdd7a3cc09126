#pragma once

#include "network/graph/graph.h"
#include "network/onnx/functions.h"
#include "network/onnx/names.h"
#include "network/onnx/tensors.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace onnx {
class AttributeProto;
class GraphProto;
class NodeProto;
class ValueInfoProto;
}  // namespace onnx

namespace tamis::network::reading {

/// What all graphs of a file share. Not thread safe.
struct File {
  TensorReader tensors;
  Functions functions;
};

/// Reads one graph: the main one, or a body of one of its nodes. Messages are emptied while they are read.
/// For one use, by one thread.
class GraphReader {
 public:
  /// `outer`: the names around a body, else null. Both must live as long as this.
  GraphReader(File& file, std::shared_ptr<const Binding> binding, const Names* outer)
      : file_(file), binding_(std::move(binding)), names_(outer) {}

  /// Errors: as read_model.
  Result<Graph> read(onnx::GraphProto& proto);

  /// After read(): names of the graphs around that this one takes.
  [[nodiscard]] const std::set<std::string, std::less<>>& taken() const { return taken_; }
  /// After read(): constants that are also declared as inputs.
  [[nodiscard]] const std::vector<std::string>& declared_constants() const { return declared_constants_; }

 private:
  /// A node with what is left to read of it.
  struct Pending {
    Node node;
    onnx::NodeProto* proto;  ///< null where nothing is left
    std::shared_ptr<const Binding> binding;
    std::vector<size_t> needs = {};
    bool is_left_out = false;
  };

  Status read_inputs(onnx::GraphProto& proto);
  Status read_constants(onnx::GraphProto& proto);
  Status read_nodes(onnx::GraphProto& proto);
  Status add_node(onnx::NodeProto& proto, size_t place, const std::string& around,
                  const std::shared_ptr<const Binding>& binding);
  Status add_call(onnx::FunctionProto& function, onnx::NodeProto& proto, size_t place,
                  const std::string& around, const std::shared_ptr<const Binding>& caller);
  Status add_pending(Pending pending);
  Status define(const std::string& name, Definition definition, const std::string& who);
  Status finish(Pending& pending);
  Status use(Pending& pending, const std::string& name, const std::string& how);
  Result<const Definition*> take(const std::string& name);
  Status read_attributes(Pending& pending);
  Result<Attribute> attribute(Pending& pending, onnx::AttributeProto& proto, bool is_given);
  Result<Attribute> body(Pending& pending, onnx::GraphProto& proto, const std::string& name);
  Status sort();
  Status read_outputs(onnx::GraphProto& proto);
  [[nodiscard]] Result<int64_t> opset(const std::string& domain, const Binding& binding) const;

  File& file_;
  std::shared_ptr<const Binding> binding_;
  Names names_;
  std::set<std::string, std::less<>> taken_;
  std::vector<std::string> declared_constants_;
  std::vector<Pending> pending_;
  Graph graph_;
};

}  // namespace tamis::network::reading

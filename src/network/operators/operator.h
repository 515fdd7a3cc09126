#pragma once

#include "network/graph/array.h"
#include "network/graph/graph.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::network {

/// What is known of a value before the network runs.
struct Fact {
  ElementType type = ElementType::float32;
  std::optional<Shape> shape;  ///< nothing where it depends on data
  std::optional<Array> value;  ///< where it follows from constants and shapes alone; has this type and shape

  /// All of a constant.
  static Fact of(Array value) { return {value.type(), value.shape(), std::move(value)}; }
};

/// A node with what is known of its inputs: what an operator's functions are given. Attributes are read with
/// the default that the operator's text gives; one of another kind than asked for counts as a fault of the
/// model.
class Call {
 public:
  /// `inputs` has one entry for each of the node's inputs, null for an absent one.
  Call(const Node& node, std::vector<const Fact*> inputs) : node_(&node), inputs_(std::move(inputs)) {}

  [[nodiscard]] const Node& node() const { return *node_; }
  [[nodiscard]] int64_t opset() const { return node_->opset; }
  [[nodiscard]] size_t inputs() const { return inputs_.size(); }
  [[nodiscard]] size_t outputs() const { return node_->outputs.size(); }
  /// Whether an output is wanted by anybody.
  [[nodiscard]] bool wants(size_t output) const {
    return output < outputs() && !node_->outputs[output].empty();
  }
  /// An input that may be absent: null then.
  [[nodiscard]] const Fact* optional_input(size_t index) const {
    return index < inputs_.size() ? inputs_[index] : nullptr;
  }
  /// Errors: invalid_input where the input is absent.
  [[nodiscard]] Result<const Fact*> input(size_t index) const;
  /// The shape of an input. Errors: invalid_input where it is absent, unsupported where it depends on data.
  [[nodiscard]] Result<Shape> shape(size_t index) const;
  /// The value of an input that must be known before the network runs (the sizes of a Reshape). Errors:
  /// invalid_input where it is absent, unsupported where it depends on data.
  [[nodiscard]] Result<Array> value(size_t index) const;
  /// The same, as integers. Errors: also invalid_input where they are none.
  [[nodiscard]] Result<std::vector<int64_t>> integers(size_t index) const;

  /// Null where the node does not have the attribute.
  [[nodiscard]] const Attribute* attribute(std::string_view name) const;
  // Errors of those that follow: invalid_input where the attribute is of another kind.
  [[nodiscard]] Result<int64_t> integer(std::string_view name, int64_t otherwise) const;
  [[nodiscard]] Result<float> number(std::string_view name, float otherwise) const;
  [[nodiscard]] Result<std::string> text(std::string_view name, std::string otherwise) const;
  /// Nothing where the node does not have it.
  [[nodiscard]] Result<std::optional<std::vector<int64_t>>> integer_list(std::string_view name) const;
  [[nodiscard]] Result<std::optional<std::vector<float>>> number_list(std::string_view name) const;
  /// An axis of something of this rank, which may be given from the end (-1), from 0 on. Errors:
  /// invalid_input where there is no such axis.
  [[nodiscard]] Result<size_t> axis(int64_t given, size_t rank) const;

  /// Errors that begin with the node: `node 3 "pool" (MaxPool): ...`.
  [[nodiscard]] Error invalid(const std::string& what) const;
  [[nodiscard]] Error cannot(const std::string& what) const;

 private:
  const Node* node_;
  std::vector<const Fact*> inputs_;
};

/// What an operator of ONNX means. Both functions follow the operator's text at the node's opset, and
/// onnxruntime where that is silent.
struct OperatorDefinition {
  std::string_view type;  ///< `Conv`
  /// Type and shape of each output (of absent ones too), whatever the values of the inputs; values only where
  /// it is cheap and does not need those of the inputs (`Shape`). Errors: invalid_input for a node that
  /// cannot be meant, unsupported for one that tamis cannot do.
  Result<std::vector<Fact>> (*infer)(const Call& call);
  /// The outputs, where all inputs have values: the reference result, in the order and precision of the
  /// operator's text, sums of float32 in double. `outputs` is what `infer` said, without an error. Null for
  /// an operator whose every output infer knows. Errors: as infer.
  Result<std::vector<Array>> (*evaluate)(const Call& call, const std::vector<Fact>& outputs);
  std::string_view domain = {};  ///< empty for ONNX's own
};

/// The definition of an operator of a domain, empty for ONNX's own; null for one that is not known.
const OperatorDefinition* find_operator(std::string_view domain, std::string_view type);
/// The types of all of ONNX's own domain that are known, sorted.
std::vector<std::string_view> operator_types();

/// What is known of the outputs of a call: types, shapes, and values where all inputs have them and no output
/// has more than `most_elements`. Errors: as the operator's; unsupported for an operator that is not known,
/// with the nearest name.
Result<std::vector<Fact>> outputs_of(const Call& call, int64_t most_elements);

}  // namespace tamis::network

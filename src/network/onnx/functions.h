#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace onnx {
class AttributeProto;
class FunctionProto;
class ModelProto;
class NodeProto;
}  // namespace onnx

namespace tamis::network::reading {

/// Versions of operators by domain; ONNX's own is the empty one.
using Opsets = std::map<std::string, int64_t, std::less<>>;

/// ONNX's own domain is written in two ways: '' and `ai.onnx`.
std::string domain_of(const std::string& written);

/// The versions that a model or a function imports. Errors: invalid_input for two versions of one domain,
/// unsupported for a version of ONNX's operators before 7.
Result<Opsets> read_opsets(const onnx::ModelProto& model);

/// What the names and attributes of nodes mean: those of the file's graphs, or those of a function in one
/// call. In a call, the function's parameters are the caller's values, every other name is made unique, and
/// attributes that refer to those of the call have its values.
class Binding {
 public:
  /// Of the graphs of a file.
  explicit Binding(Opsets opsets) : opsets_(std::move(opsets)) {}

  [[nodiscard]] const Opsets& opsets() const { return opsets_; }
  /// Whether this is of a call. The messages of its nodes are then read repeatedly.
  [[nodiscard]] bool is_call() const { return function_ != nullptr; }
  /// The name that a name of the file has in the graph.
  [[nodiscard]] std::string name(const std::string& written) const;
  /// Values of the caller that come in twice, each with the second name that it has in the function's nodes:
  /// two names of the function are never one here, so that a body in it hides what it means to hide.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& aliases() const { return aliases_; }
  /// The attribute that one stands for: itself, or the one of the call that it refers to; null where the call
  /// does not give it.
  [[nodiscard]] onnx::AttributeProto* attribute(onnx::AttributeProto& written) const;

 private:
  friend class Functions;

  Opsets opsets_;
  const onnx::FunctionProto* function_ = nullptr;
  std::shared_ptr<const Binding> caller_;
  std::string prefix_;
  std::map<std::string, std::string, std::less<>> values_;
  std::vector<std::pair<std::string, std::string>> aliases_;
  std::map<std::string, onnx::AttributeProto*, std::less<>> attributes_;
};

/// The functions that a file brings along (IR version 8 on). One in ONNX's own domain does not replace an
/// operator, as in onnxruntime. Not thread safe.
class Functions {
 public:
  Functions();
  ~Functions();
  Functions(const Functions&) = delete;
  Functions& operator=(const Functions&) = delete;

  /// The functions of a model, which must live as long as this. Errors: invalid_input for one without a name
  /// or given twice.
  Status add(onnx::ModelProto& model);
  /// The function that a node calls; null for an operator.
  [[nodiscard]] onnx::FunctionProto* called(const onnx::NodeProto& node) const;
  /// What the function's nodes mean in this call. Errors: invalid_input for a function that calls itself, for
  /// more inputs or outputs than it has, unsupported where calls nest too deep or make the network too large.
  Result<std::shared_ptr<const Binding>> bind(onnx::FunctionProto& function, onnx::NodeProto& call,
                                              const std::shared_ptr<const Binding>& caller);
  /// Counts memory that a node of a call takes. Errors: unsupported where all calls together take too much.
  Status spend(size_t bytes);

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // domain, name, overload

  std::map<Key, onnx::FunctionProto*> functions_;
  std::map<const onnx::FunctionProto*, size_t> sizes_;  ///< without tensors, which calls share
  /// Attributes that a function gives where the call does not.
  std::map<const onnx::FunctionProto*, std::vector<std::unique_ptr<onnx::AttributeProto>>> defaults_;
  size_t calls_ = 0;
  size_t spent_ = 0;
};

}  // namespace tamis::network::reading

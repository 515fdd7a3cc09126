#include "network/onnx/ports.h"

#include "network/onnx/names.h"
#include "network/onnx/proto.h"
#include "network/onnx/tensors.h"

#include <utility>

namespace tamis::network::reading {
namespace {

std::shared_ptr<const Error> refuse(const onnx::ValueInfoProto& proto, const std::string& why) {
  return std::make_shared<const Error>(unsupported("the value " + in_quotes(proto.name()) + ": " + why));
}

/// A size below 0 is one that is not known, as onnxruntime reads it; several exporters write -1.
Dimension dimension(const onnx::TensorShapeProto::Dimension& proto) {
  if (proto.has_dim_value() && proto.dim_value() >= 0) return {proto.dim_value(), ""};
  // Paddle's exporter calls every size that it leaves open `?`.
  return {std::nullopt, proto.dim_param() == "?" ? std::string() : proto.dim_param()};
}

Result<std::vector<Dimension>> declared_shape(const onnx::TensorShapeProto& proto) {
  if (static_cast<size_t>(proto.dim_size()) > kMostSizes)
    return invalid_input("it has " + std::to_string(proto.dim_size()) + " dimensions, more than " +
                         std::to_string(kMostSizes));
  std::vector<Dimension> shape;
  Shape known;
  for (const onnx::TensorShapeProto::Dimension& one : proto.dim()) {
    shape.push_back(dimension(one));
    known.push_back(shape.back().size.value_or(1));
  }
  if (!is_sane(known)) return invalid_input("its shape " + to_string(known) + " is absurd");
  return shape;
}

}  // namespace

Result<DeclaredPort> read_port(const onnx::ValueInfoProto& proto) {
  DeclaredPort declared;
  declared.port.name = proto.name();
  const onnx::TypeProto& type = proto.type();
  if (type.value_case() == onnx::TypeProto::VALUE_NOT_SET) return declared;
  if (!type.has_tensor_type()) {
    declared.refused = refuse(proto, "it is no tensor, and nothing else is supported");
    return declared;
  }
  const onnx::TypeProto::Tensor& tensor = type.tensor_type();
  const Result<ElementType> element = element_type(tensor.elem_type());
  if (element.ok())
    declared.port.type = *element;
  else if (tensor.elem_type() != onnx::TensorProto::UNDEFINED)
    declared.refused = refuse(proto, element.error().message);
  if (tensor.has_shape()) {
    auto shape = declared_shape(tensor.shape());
    if (!shape.ok()) return shape.error().within("the value " + in_quotes(proto.name()));
    declared.port.shape = std::move(*shape);
  }
  return declared;
}

}  // namespace tamis::network::reading

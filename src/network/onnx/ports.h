#pragma once

#include "network/graph/graph.h"
#include "tamis/result.h"

#include <memory>

namespace onnx {
class ValueInfoProto;
}

namespace tamis::network::reading {

/// An input or output as the file declares it.
struct DeclaredPort {
  Port port;
  std::shared_ptr<const Error> refused;  ///< where it is no tensor of a type that arrays have
};

/// Errors: invalid_input for an absurd shape.
Result<DeclaredPort> read_port(const onnx::ValueInfoProto& proto);

}  // namespace tamis::network::reading

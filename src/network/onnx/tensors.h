#pragma once

#include "network/graph/array.h"
#include "network/onnx/external_data.h"
#include "tamis/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace onnx {
class TensorProto;
}

namespace tamis::network::reading {

/// More sizes than any array here has.
inline constexpr size_t kMostSizes = 64;

/// The ElementType of a number in a file. Errors: unsupported where there is none; the message names the
/// type as ONNX does.
Result<ElementType> element_type(int32_t onnx_type);

/// Whether no size is negative and the product of those that are not 0 is one that element_count allows.
bool is_sane(Shape shape);

/// Makes arrays of the tensors of one file. Not thread safe.
class TensorReader {
 public:
  explicit TensorReader(std::optional<std::string> folder) : files_(std::move(folder)) {}

  /// The tensor, whose data is moved out of the message where it has the form of the array, and else is
  /// converted; the message is left empty. Errors: unsupported for an element type that arrays do not
  /// have; not_found, io and invalid_input for a tensor whose data is not what its shape needs. Memory is
  /// taken only for data that is there.
  Result<Array> take(onnx::TensorProto& tensor);
  /// The same for a tensor that is read repeatedly, at the same address as long as this lives.
  Result<Array> share(onnx::TensorProto& tensor);

 private:
  Result<Array> read(onnx::TensorProto& tensor);

  ExternalData files_;
  std::map<const onnx::TensorProto*, Array> shared_;
};

}  // namespace tamis::network::reading

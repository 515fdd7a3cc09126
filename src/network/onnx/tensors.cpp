#include "network/onnx/tensors.h"

#include "network/onnx/names.h"
#include "network/onnx/proto.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

namespace tamis::network::reading {
namespace {

static_assert(std::endian::native == std::endian::little, "raw data of ONNX is little endian");

struct TypeRow {
  const char* name;  ///< ONNX's
  std::optional<ElementType> type;
};

/// Element types by their numbers (TensorProto.DataType of onnx 1.23; Debian's headers end at BFLOAT16).
constexpr std::array<TypeRow, 30> kTypes = {{{"UNDEFINED", {}},
                                             {"FLOAT", ElementType::float32},
                                             {"UINT8", ElementType::uint8},
                                             {"INT8", ElementType::int8},
                                             {"UINT16", ElementType::uint16},
                                             {"INT16", ElementType::int16},
                                             {"INT32", ElementType::int32},
                                             {"INT64", ElementType::int64},
                                             {"STRING", {}},
                                             {"BOOL", ElementType::boolean},
                                             {"FLOAT16", ElementType::float16},
                                             {"DOUBLE", ElementType::float64},
                                             {"UINT32", ElementType::uint32},
                                             {"UINT64", ElementType::uint64},
                                             {"COMPLEX64", {}},
                                             {"COMPLEX128", {}},
                                             {"BFLOAT16", ElementType::bfloat16},
                                             {"FLOAT8E4M3FN", {}},
                                             {"FLOAT8E4M3FNUZ", {}},
                                             {"FLOAT8E5M2", {}},
                                             {"FLOAT8E5M2FNUZ", {}},
                                             {"UINT4", {}},
                                             {"INT4", {}},
                                             {"FLOAT4E2M1", {}},
                                             {"FLOAT8E8M0", {}},
                                             {"UINT2", {}},
                                             {"INT2", {}},
                                             {"FLOAT6E2M3", {}},
                                             {"FLOAT6E3M2", {}},
                                             {"", {}}}};

Error wrong_count(int64_t have, int64_t need, const Shape& shape) {
  return invalid_input(
      fmt::format("it holds {} values, but its shape {} needs {}", have, to_string(shape), need));
}

/// Errors: invalid_input for a shape that no array has.
Result<Shape> tensor_shape(const onnx::TensorProto& tensor) {
  if (static_cast<size_t>(tensor.dims_size()) > kMostSizes)
    return invalid_input(fmt::format("it has {} dimensions, more than {}", tensor.dims_size(), kMostSizes));
  Shape shape(tensor.dims().begin(), tensor.dims().end());
  if (!is_sane(shape)) return invalid_input("its shape " + to_string(shape) + " is absurd");
  return shape;
}

/// Bytes that stand for booleans: whatever is not 0 is true, as onnxruntime reads it, and 1 here.
Array booleans(Shape shape, const HeldBytes& held, size_t size) {
  if (std::all_of(held.bytes, held.bytes + size, [](std::byte b) { return b <= std::byte{1}; }))
    return {ElementType::boolean, std::move(shape), held.bytes, held.owner};
  NewArray<bool> array(std::move(shape));
  std::transform(held.bytes, held.bytes + size, array.values().begin(),
                 [](std::byte b) { return b != std::byte{0}; });
  return std::move(array).finish();
}

Array array_of(ElementType type, Shape shape, HeldBytes held, size_t size) {
  if (type == ElementType::boolean) return booleans(std::move(shape), held, size);
  return {type, std::move(shape), held.bytes, std::move(held.owner)};
}

Result<Array> external_array(ExternalData& files, const onnx::TensorProto& tensor, ElementType type,
                             Shape shape, size_t size) {
  ExternalPlace place;
  for (const onnx::StringStringEntryProto& entry : tensor.external_data()) {
    if (entry.key() == "location") place.location = entry.value();
    if (entry.key() == "offset") place.offset = entry.value();
    if (entry.key() == "length") place.length = entry.value();
  }
  TAMIS_ASSIGN(HeldBytes held, files.bytes(place, size, element_size(type)));
  return array_of(type, std::move(shape), std::move(held), size);
}

Result<Array> raw_array(onnx::TensorProto& tensor, ElementType type, Shape shape, size_t size) {
  const auto text = std::make_shared<const std::string>(std::move(*tensor.mutable_raw_data()));
  tensor.clear_raw_data();
  if (text->size() != size)
    return invalid_input(fmt::format("it holds {} bytes, but its type {} and shape {} need {}", text->size(),
                                     to_string(type), to_string(shape), size));
  HeldBytes held{reinterpret_cast<const std::byte*>(text->data()), text};
  return array_of(type, std::move(shape), aligned(std::move(held), size, element_size(type)), size);
}

/// An array over a field whose numbers have the array's type.
template <class T, class Field>
Result<Array> field_itself(Field& field, Shape shape) {
  static_assert(sizeof(T) == sizeof(typename Field::value_type));
  const auto kept = std::make_shared<Field>();
  kept->Swap(&field);
  if (kept->size() != element_count(shape)) return wrong_count(kept->size(), *element_count(shape), shape);
  const auto* bytes = reinterpret_cast<const std::byte*>(kept->data());
  return Array(element_type_of<T>(), std::move(shape), bytes, kept);
}

/// An array of the numbers of a field that has wider ones. What does not fit loses its upper bits, as in
/// onnxruntime.
template <class T, class Field>
Result<Array> field_narrowed(Field& field, Shape shape) {
  Field kept;
  kept.Swap(&field);
  if (kept.size() != element_count(shape)) return wrong_count(kept.size(), *element_count(shape), shape);
  NewArray<T> array(std::move(shape));
  std::transform(kept.begin(), kept.end(), array.values().begin(), [](auto value) {
    if constexpr (std::is_same_v<T, bool>)
      return value != 0;
    else if constexpr (kIsFloating<T>)
      return std::bit_cast<T>(static_cast<uint16_t>(value));
    else
      return static_cast<T>(value);
  });
  return std::move(array).finish();
}

/// The field that holds the numbers of each type (`TensorProto` in onnx.proto).
Result<Array> field_array(onnx::TensorProto& tensor, ElementType type, Shape shape) {
  return visit_type(type, [&](auto identity) {
    using T = typename decltype(identity)::type;
    if constexpr (std::is_same_v<T, float>)
      return field_itself<T>(*tensor.mutable_float_data(), std::move(shape));
    else if constexpr (std::is_same_v<T, double>)
      return field_itself<T>(*tensor.mutable_double_data(), std::move(shape));
    else if constexpr (std::is_same_v<T, int64_t>)
      return field_itself<T>(*tensor.mutable_int64_data(), std::move(shape));
    else if constexpr (std::is_same_v<T, int32_t>)
      return field_itself<T>(*tensor.mutable_int32_data(), std::move(shape));
    else if constexpr (std::is_same_v<T, uint64_t>)
      return field_itself<T>(*tensor.mutable_uint64_data(), std::move(shape));
    else if constexpr (std::is_same_v<T, uint32_t>)
      return field_narrowed<T>(*tensor.mutable_uint64_data(), std::move(shape));
    else
      return field_narrowed<T>(*tensor.mutable_int32_data(), std::move(shape));
  });
}

}  // namespace

bool is_sane(Shape shape) {
  // A size of 0 hides no absurd one, whose steps would overflow.
  std::replace(shape.begin(), shape.end(), int64_t{0}, int64_t{1});
  return element_count(shape).has_value();
}

Result<ElementType> element_type(int32_t onnx_type) {
  const bool known = onnx_type >= 0 && static_cast<size_t>(onnx_type) + 1 < kTypes.size();
  const TypeRow& row = known ? kTypes[static_cast<size_t>(onnx_type)] : kTypes.back();
  if (row.type) return *row.type;
  return unsupported(fmt::format("the element type {} is not supported",
                                 known ? std::string(row.name) : "number " + std::to_string(onnx_type)));
}

Result<Array> TensorReader::read(onnx::TensorProto& tensor) {
  TAMIS_ASSIGN(const ElementType type, element_type(tensor.data_type()));
  TAMIS_ASSIGN(Shape shape, tensor_shape(tensor));
  if (tensor.has_segment()) return unsupported("it is stored in segments");
  const size_t size = static_cast<size_t>(*element_count(shape)) * element_size(type);
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL)
    return external_array(files_, tensor, type, std::move(shape), size);
  if (tensor.has_raw_data()) return raw_array(tensor, type, std::move(shape), size);
  return field_array(tensor, type, std::move(shape));
}

Result<Array> TensorReader::take(onnx::TensorProto& tensor) {
  Result<Array> array = read(tensor);
  onnx::TensorProto().Swap(&tensor);  // what is left is of no use, and would stay until all is read
  return array;
}

Result<Array> TensorReader::share(onnx::TensorProto& tensor) {
  if (const auto found = shared_.find(&tensor); found != shared_.end()) return found->second;
  TAMIS_ASSIGN(Array array, read(tensor));
  return shared_[&tensor] = std::move(array);
}

}  // namespace tamis::network::reading

#pragma once

#include "tamis/data.h"
#include "tamis/workload.h"

#include <vector>

namespace tamis::cpu::testing {

/// The elements of a tensor as numbers, all of which a double holds exactly. `type` says what bits mean.
inline std::vector<double> numbers_of(const Tensor& tensor, DataType type = DataType::float16) {
  if (tensor.holds<uint16_t>()) return numbers_of(widened(type, tensor));
  const auto doubles = [](const auto& values) { return std::vector<double>(values.begin(), values.end()); };
  if (tensor.holds<float>()) return doubles(tensor.values<float>());
  if (tensor.holds<int8_t>()) return doubles(tensor.values<int8_t>());
  return doubles(tensor.values<int32_t>());
}

/// A tensor of a type's elements.
inline Tensor tensor_of(DataType type, const std::vector<double>& numbers) {
  if (type == DataType::int8) return std::vector<int8_t>(numbers.begin(), numbers.end());
  if (is_half(type)) return narrowed(type, std::vector<float>(numbers.begin(), numbers.end()));
  return std::vector<float>(numbers.begin(), numbers.end());
}

}  // namespace tamis::cpu::testing

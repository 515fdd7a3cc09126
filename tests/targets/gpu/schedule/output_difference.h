#pragma once

#include "tamis/data.h"
#include "tamis/workload.h"

#include <cmath>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace tamis::gpu::testing {

/// The elements of an output as numbers.
inline std::vector<double> numbers_of(const std::vector<std::byte>& bytes, DataType type) {
  std::vector<double> numbers;
  if (type == DataType::int8) {
    for (const std::byte byte : bytes) numbers.push_back(static_cast<int8_t>(byte));
  } else if (is_half(type)) {
    std::vector<uint16_t> halves(bytes.size() / 2);
    std::memcpy(halves.data(), bytes.data(), bytes.size());
    const Tensor wide = widened(type, Tensor(halves));
    for (const float number : wide.values<float>()) numbers.push_back(number);
  } else {
    std::vector<float> floats(bytes.size() / 4);
    std::memcpy(floats.data(), bytes.data(), bytes.size());
    numbers.assign(floats.begin(), floats.end());
  }
  return numbers;
}

/// The first element that lies too far from the reference; nothing where none does.
inline std::string difference(const WorkloadData& data, DataType type, const std::vector<std::byte>& output) {
  const auto* first = static_cast<const std::byte*>(data.output.data());
  const std::vector<double> expected = numbers_of({first, first + data.output.byte_count()}, type);
  const std::vector<double> actual = numbers_of(output, type);
  for (size_t i = 0; i < expected.size(); ++i) {
    const double allowed = data.tolerance + data.relative_tolerance * std::abs(expected[i]);
    if (!(std::abs(expected[i] - actual[i]) <= allowed))
      return "element " + std::to_string(i) + " is " + std::to_string(actual[i]) + " and should be " +
             std::to_string(expected[i]);
  }
  return "";
}

}  // namespace tamis::gpu::testing

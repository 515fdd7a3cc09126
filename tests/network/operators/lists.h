#pragma once

#include "network/operators/calls.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace tamis::network {

inline constexpr float kInfinite = std::numeric_limits<float>::infinity();
inline constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();

/// An array of these elements, of one dimension.
template <class T>
Array list_of(const std::vector<T>& values) {
  return Array::of<T>({static_cast<int64_t>(values.size())}, values);
}

/// The same of float32.
inline Array float_list(const std::vector<float>& values) { return list_of<float>(values); }
/// The axes of a reduction.
inline Array axes(const std::vector<int64_t>& values) { return list_of<int64_t>(values); }

/// Of numbers that are near or both NaN.
template <class... Numbers>
auto near(Numbers... numbers) {
  return ::testing::ElementsAre(::testing::NanSensitiveFloatNear(static_cast<float>(numbers), 1e-6F)...);
}

/// The first output's shape where the values of the inputs are not known; nothing where it is not known then.
inline std::optional<Shape> inferred_shape(const TestCall& call) {
  return facts_of(call, false).value().front().shape;
}

}  // namespace tamis::network

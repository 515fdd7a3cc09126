#pragma once

#include "network/operators/operator.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tamis::network {

/// Integers that say how a node works (the axes of a Squeeze).
struct Setting {
  bool given = false;
  std::optional<std::vector<int64_t>> values;  ///< nothing where absent or only known when the network runs

  /// Given, but only known when the network runs.
  [[nodiscard]] bool is_open() const { return given && !values; }
};

/// The integers of an input. Errors: invalid_input where it is not of integers.
Result<Setting> setting(const Call& call, size_t input);
/// The integers of an attribute below opset `since`, of an input from it on. Errors: also invalid_input where
/// the node gives the other form, which runtimes refuse too.
Result<Setting> setting(const Call& call, std::string_view attribute, int64_t since, size_t input);
/// The one integer of an input, scalar or of one element; nothing where it is only known when the network
/// runs. Errors: invalid_input where it is absent, not of integers, or not one.
Result<std::optional<int64_t>> one_integer(const Call& call, size_t input);

/// Axes of something of this rank, from 0 on, each at most once. Errors: invalid_input for others.
Result<std::vector<size_t>> distinct_axes(const Call& call, const std::vector<int64_t>& given, size_t rank);

/// The axis of the attribute `axis`. Errors: as Call::axis; invalid_input where it is absent and there is no
/// `otherwise`.
Result<size_t> axis_attribute(const Call& call, size_t rank, std::optional<int64_t> otherwise);

// Sizes of a hostile model may be absurd. Errors: invalid_input for results that 64 bits do not hold.
Result<int64_t> sum_of_sizes(const Call& call, int64_t a, int64_t b);
Result<int64_t> product_of_sizes(const Call& call, int64_t a, int64_t b);

/// Errors: invalid_input where an input of indices is of another type than int32 or int64.
Status check_indices(const Call& call, size_t input);
/// One output.
std::vector<Fact> one_fact(ElementType type, std::optional<Shape> shape);

/// The type that a number stands for in a model's file (1 for float32). Errors: unsupported for texts,
/// complex numbers and types of 8 bits and less that arrays do not hold; invalid_input for a number that is
/// none.
Result<ElementType> type_of_code(const Call& call, int64_t code);

}  // namespace tamis::network

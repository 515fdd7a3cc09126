#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace tamis {

/// The elements of a tensor of one type, one after another; their order (layout) is known to whoever holds
/// it. A value: copies are deep, equal ones have the same type and elements. An empty one holds no int8.
class Tensor {
 public:
  Tensor() = default;
  Tensor(std::vector<int8_t> values) : values_(std::move(values)) {}   // NOLINT(google-explicit-constructor)
  Tensor(std::vector<int32_t> values) : values_(std::move(values)) {}  // NOLINT(google-explicit-constructor)
  Tensor(std::vector<float> values) : values_(std::move(values)) {}    // NOLINT(google-explicit-constructor)

  /// Whether the elements are of type T: int8_t, int32_t or float.
  template <class T>
  [[nodiscard]] bool holds() const {
    return std::holds_alternative<std::vector<T>>(values_);
  }
  /// The elements. Asking for another type than the tensor holds is a programming error (asserted).
  template <class T>
  [[nodiscard]] const std::vector<T>& values() const {
    assert(holds<T>());
    return *std::get_if<std::vector<T>>(&values_);
  }
  template <class T>
  [[nodiscard]] std::vector<T>& values() {
    assert(holds<T>());
    return *std::get_if<std::vector<T>>(&values_);
  }

  /// Number of elements.
  [[nodiscard]] size_t size() const {
    return std::visit([](const auto& values) { return values.size(); }, values_);
  }
  [[nodiscard]] bool empty() const { return size() == 0; }
  /// The first of byte_count() bytes: the elements as a program has them in memory. Valid as long as the
  /// tensor is neither changed nor moved.
  [[nodiscard]] const void* data() const {
    return std::visit([](const auto& values) -> const void* { return values.data(); }, values_);
  }
  [[nodiscard]] void* data() {
    return std::visit([](auto& values) -> void* { return values.data(); }, values_);
  }
  [[nodiscard]] size_t byte_count() const {
    return std::visit([](const auto& values) { return values.size() * sizeof(values[0]); }, values_);
  }

  friend bool operator==(const Tensor&, const Tensor&) = default;

 private:
  std::variant<std::vector<int8_t>, std::vector<int32_t>, std::vector<float>> values_;
};

}  // namespace tamis

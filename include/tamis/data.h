#pragma once

#include "tamis/workload.h"

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
  Tensor(std::vector<int8_t> values) : values_(std::move(values)) {}    // NOLINT(google-explicit-constructor)
  Tensor(std::vector<int32_t> values) : values_(std::move(values)) {}   // NOLINT(google-explicit-constructor)
  Tensor(std::vector<float> values) : values_(std::move(values)) {}     // NOLINT(google-explicit-constructor)
  Tensor(std::vector<uint16_t> values) : values_(std::move(values)) {}  // NOLINT(google-explicit-constructor)

  /// Whether the elements are of type T: int8_t, int32_t, float, or uint16_t, the bits of a float16 or
  /// bfloat16.
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
  std::variant<std::vector<int8_t>, std::vector<int32_t>, std::vector<float>, std::vector<uint16_t>> values_;
};

/// The weights and the bias of the depthwise part of a separable_conv2d; empty for all others.
struct InnerOperands {
  Tensor weights;  ///< (ci, 1, kernel_h, kernel_w)
  Tensor bias;     ///< one per channel, zeros when the inner epilogue has none
};

/// Inputs of a workload and the output that a correct program computes from them. Elements are int8, float,
/// or the bits of a float16 or bfloat16 as the workload's type says; the bias is int32 for int8, float for
/// others.
struct WorkloadData {
  Tensor input;          ///< as Workload::layout says; for a matmul A
  Tensor weights;        ///< OIHW (OIDHW); for a matmul B, the second operand
  Tensor bias;           ///< one per output channel (column of a matmul), zeros when the epilogue has none
  InnerOperands inner;   ///< of a separable_conv2d, whose other operands are those of its pointwise part
  Tensor residual;       ///< as the output lies; empty when the epilogue has none
  Tensor output;         ///< the reference result, as Workload::layout says
  double tolerance = 0;  ///< how far an element of a correct program's output may lie from `output`
  double relative_tolerance = 0;  ///< how much farther, for each unit of the element's size
};

/// Random inputs from the seed with the reference result. The workload must be valid; an external one has no
/// data of ours, so everything is empty. Workloads that differ in their layout only get the same data,
/// reordered. Thread safe.
///
/// int8: operands are drawn so that most outputs lie inside the clip range, where a wrong accumulation shows.
/// Others: operands, bias and residual are uniform in [-1, 1], rounded to the type.
WorkloadData make_data(const Workload& workload, uint64_t seed);

/// What reference_result gives.
struct Reference {
  Tensor output;
  double tolerance = 0;
  double relative_tolerance = 0;
};

/// The numbers that the bits of a tensor of float16 or bfloat16 say, as a tensor of float; and the bits of
/// the nearest numbers of that type. Thread safe.
Tensor widened(DataType type, const Tensor& halves);
Tensor narrowed(DataType type, const std::vector<float>& values);

/// The reference result: the operator as its definition says, in wrapping int32 sums for int8 and in sums of
/// doubles, rounded once, for float32. The workload must be valid and not external, and the tensors must have
/// its types and sizes; bias and residual are ignored where the epilogue has none. Thread safe.
///
/// The tolerance is 0 for int8. For float32 it is 2e-4 times the root mean square of the sums before the
/// epilogue (those with at least one product; padding alone has none), which is sqrt(K) / 3 for K products of
/// operands uniform in [-1, 1]. A correct program stays below: a float32 sum one after another errs by at
/// most 8e-6 of that root mean square for K = 4608 and 3e-5 for K = 25088, Winograd's F(4x4, 3x3), whose
/// transformations amplify rounding (Lavin and Gray, 2015), by 6e-5 for 512 channels. A wrong one shows: a
/// single missing product is 1/4 on average, 1e-2 of the root mean square for K = 4608
/// (tests/workload/tolerance_test.cpp). Where there is an activation, it is times the steepest slope of that.
/// A separable_conv2d has the tolerance of its pointwise part, times the steepest slope of the inner
/// activation.
/// For float16 and bfloat16 it is the same, and the relative tolerance is the distance of neighbours, 2^-10
/// and 2^-7: numbers that differ by rounding alone may be rounded to neighbours. It is 0 for others.
Reference reference_result(const Workload& workload, const Tensor& input, const Tensor& weights,
                           const Tensor& bias, const Tensor& residual = {}, const InnerOperands& inner = {});

}  // namespace tamis

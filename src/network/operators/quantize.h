#pragma once

#include "network/graph/array.h"
#include "network/operators/operator.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tamis::network {

/// The numbers that a quantised type holds, and the one that stands for 0.
struct QuantizedRange {
  double least = 0;
  double most = 255;
  double zero_point = 0;

  /// A fraction in steps: rounded, half to even, and saturated. NaN gives the least, as in onnxruntime.
  [[nodiscard]] double quantized(float steps) const;
};

/// The range of a type of integers of at most 32 bits.
QuantizedRange range_of(ElementType type, double zero_point);

/// Which scale belongs to each element: one for all, one for each place along an axis, or one for each block
/// of places along an axis.
class ScaleLayout {
 public:
  /// From `axis` and `block_size`. Errors: invalid_input where scales of this shape do not go with elements
  /// of that.
  static Result<ScaleLayout> of(const Call& call, const Shape& elements, const Shape& scales);

  /// The scale of each element, row-major: calls `visit` with both places.
  template <class Visit>
  void each(Visit&& visit) const {
    size_t element = 0;
    for (size_t outer = 0; outer < outer_; ++outer)
      for (size_t place = 0; place < places_; ++place)
        for (size_t inner = 0; inner < inner_; ++inner, ++element)
          visit(element, outer * outer_step_ + place / block_ * place_step_ + inner * inner_step_);
  }

 private:
  size_t outer_ = 1;
  size_t places_ = 1;
  size_t inner_ = 1;
  size_t block_ = 1;
  size_t outer_step_ = 0;
  size_t place_step_ = 0;
  size_t inner_step_ = 0;
};

/// The element type that an attribute names by its number in a file (`output_dtype`), nothing where it is
/// absent or 0. Errors: unsupported for another than `allowed`.
Result<std::optional<ElementType>> type_attribute(const Call& call, std::string_view name,
                                                  std::initializer_list<ElementType> allowed);

/// Errors: invalid_input where an input that is there has more than one element.
Status check_single(const Call& call, size_t input);

/// Elements minus their zero points, as float64. `zero_points` broadcasts to the elements.
Array centred(const Array& elements, const Array& zero_points);

/// An attribute, in no file, of a QLinearAdd or QLinearMul that stands for a DequantizeLinear of each input,
/// an Add or Mul and a QuantizeLinear: 1 where it rounds as those do, not as onnxruntime's operator.
inline constexpr std::string_view kOfFractions = "tamis.of_fractions";

/// Whether QLinearAdd adds its first input before its second one. onnxruntime adds what repeats along the
/// innermost dimension of the result first, and that decides how a sum near a tie is rounded.
bool is_added_first(const Shape& a, const Shape& result);

/// What sums of products of quantised numbers become: each times its scale, quantised. `scales` broadcasts to
/// `shape`.
Array requantized(ElementType type, const Shape& shape, std::span<const double> sums, const Array& scales,
                  double zero_point);

}  // namespace tamis::network

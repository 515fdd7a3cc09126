#pragma once

#include "network/operators/operator.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::network {

// How Resize reads along one axis.

enum class Interpolation { nearest, linear, cubic };
enum class Coordinates {
  half_pixel,
  half_pixel_symmetric,
  pytorch_half_pixel,
  align_corners,
  asymmetric,
  tf_half_pixel_for_nn,
  tf_crop_and_resize,
};
/// `before_11`: Resize 10 and Upsample say nothing; onnxruntime rounds down, and up where an axis shrinks.
enum class NearestRule { round_prefer_floor, round_prefer_ceil, floor, ceil, before_11 };

/// What a Resize or Upsample says of all axes.
struct InterpolationRules {
  Interpolation mode = Interpolation::nearest;
  Coordinates coordinates = Coordinates::half_pixel;
  NearestRule nearest = NearestRule::round_prefer_floor;
  float cubic_a = -0.75F;
  bool exclude_outside = false;
  bool antialias = false;
};

/// The rules of a node. Errors: invalid_input for words that its opset does not know.
Result<InterpolationRules> interpolation_rules(const Call& call);

/// One axis of a Resize.
struct ResizedAxis {
  int64_t from = 0;     ///< size of the input
  int64_t to = 0;       ///< size of the output
  float scale = 1;      ///< as given, or as it follows from the sizes
  float roi_start = 0;  ///< of tf_crop_and_resize, in parts of the input
  float roi_end = 1;
};

/// An element of the input and what it counts for.
struct Tap {
  int64_t index = 0;
  double weight = 1;
};

/// What an output's index is made of. `outside`: of nothing, since tf_crop_and_resize reads there beyond the
/// input.
struct Taps {
  bool outside = false;
  std::vector<Tap> taps;
};

/// All axes of the first input of a Resize or Upsample; nothing where a size is only known when the network
/// runs. Errors: as the operator's own.
Result<std::optional<std::vector<ResizedAxis>>> resized_axes_of(const Call& call, const Shape& x);

/// Whether the output's axis is the input's.
bool is_unchanged(const InterpolationRules& rules, const ResizedAxis& axis);
/// The taps of one index of the output; one tap for `nearest`. Coordinates are computed in float32, as
/// runtimes do, since rounding decides which element is nearest. Both sizes are at least 1.
Taps taps_of(const InterpolationRules& rules, const ResizedAxis& axis, int64_t index);

/// The four weights of cubic interpolation at a fraction, for the elements from one before it on.
std::vector<double> cubic_weights(double fraction, double a);

}  // namespace tamis::network

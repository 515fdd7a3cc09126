#include "network/operators/families.h"
#include "network/operators/fourier.h"
#include "network/operators/moving.h"
#include "network/operators/numbers.h"
#include "network/operators/settings.h"
#include "network/operators/signature.h"
#include "network/operators/typing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

namespace tamis::network {
namespace {

using Complex = std::complex<double>;
using Sequence = std::vector<Complex>;

constexpr int64_t kAxisIsInput = 20;  ///< the first opset in which DFT's axis is an input

/// The unit of a complex number: 1 element for a real one, 2 for a complex one. Errors: invalid_input for
/// other sizes of the last axis.
Result<int64_t> unit_of(const Call& call, const Shape& shape) {
  if (shape.size() >= 2 && (shape.back() == 1 || shape.back() == 2)) return shape.back();
  return call.invalid(
      "its input must have at least two axes, of which the last is 1 (real) or 2 (complex), "
      "and is of " +
      to_string(shape));
}

Result<bool> flag(const Call& call, std::string_view name, int64_t otherwise) {
  TAMIS_ASSIGN(const int64_t given, call.integer(name, otherwise));
  if (given != 0 && given != 1)
    return call.invalid("attribute \"" + std::string(name) + "\" must be 0 or 1, not " +
                        std::to_string(given));
  return given == 1;
}

// DFT

/// What a DFT does to an input whose shape is known.
struct Dft {
  size_t axis = 0;
  bool is_inverse = false;
  bool is_onesided = false;
  int64_t taken = 0;              ///< how many values of the axis are looked at
  std::optional<int64_t> length;  ///< of the transform; nothing where it is only known when the network runs

  /// How many values the axis of the output has.
  [[nodiscard]] int64_t given() const { return is_onesided && !is_inverse ? *length / 2 + 1 : *length; }
  /// The elements of a number in the output.
  [[nodiscard]] int64_t unit() const { return is_onesided && is_inverse ? 1 : 2; }
};

/// Nothing where the axis is only known when the network runs.
Result<std::optional<int64_t>> dft_axis(const Call& call) {
  if (call.opset() < kAxisIsInput) {
    TAMIS_ASSIGN(const int64_t axis, call.integer("axis", 1));
    return std::optional(axis);
  }
  if (call.optional_input(2) == nullptr) return std::optional<int64_t>(-2);
  return one_integer(call, 2);
}

/// Nothing where too little is known before the network runs.
Result<std::optional<Dft>> dft_of(const Call& call, const Shape& shape) {
  Dft dft;
  TAMIS_ASSIGN(const int64_t unit, unit_of(call, shape));
  TAMIS_ASSIGN(dft.is_inverse, flag(call, "inverse", 0));
  TAMIS_ASSIGN(dft.is_onesided, flag(call, "onesided", 0));
  if (dft.is_onesided && unit != (dft.is_inverse ? 2 : 1))
    return call.invalid(dft.is_inverse ? "the inverse of one side takes complex numbers"
                                       : "one side of the transform is all only of real numbers");
  TAMIS_ASSIGN(const std::optional<int64_t> axis, dft_axis(call));
  if (!axis) return std::optional<Dft>();
  TAMIS_ASSIGN(dft.axis, call.axis(*axis, shape.size()));
  if (dft.axis + 1 == shape.size())
    return call.invalid("its axis is the last, which holds the parts of one number");
  const int64_t size = shape[dft.axis];
  dft.length = dft.is_onesided && dft.is_inverse ? 2 * (size - 1) : size;
  if (call.optional_input(1) != nullptr) {
    TAMIS_ASSIGN(dft.length, one_integer(call, 1));
  }
  if (dft.length && *dft.length < 1)
    return call.invalid("the length of its transform must be at least 1, and is " +
                        std::to_string(*dft.length));
  dft.taken = size;
  return std::optional(dft);
}

Result<std::vector<Fact>> infer_dft(const Call& call) {
  TAMIS_TRY(
      check_signature(call, {"DFT", 17, kFractions, 1, call.opset() < kAxisIsInput ? size_t{2} : size_t{3}}));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (!x->shape) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(const std::optional<Dft> dft, dft_of(call, *x->shape));
  if (!dft || !dft->length) return one_fact(x->type, std::nullopt);
  Shape shape = *x->shape;
  shape[dft->axis] = dft->given();
  shape.back() = dft->unit();
  return one_fact(x->type, std::move(shape));
}

/// The values that are transformed: of one side, the other follows.
Sequence whole_of(const Dft& dft, Sequence side) {
  const auto length = static_cast<size_t>(*dft.length);
  const bool is_mirrored = dft.is_onesided && dft.is_inverse;
  side.resize(std::min(side.size(), is_mirrored ? length / 2 + 1 : length));
  side.resize(length);
  for (size_t i = length / 2 + 1; is_mirrored && i < length; ++i) side[i] = std::conj(side[length - i]);
  return side;
}

Result<std::vector<Array>> evaluate_dft(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const std::optional<Dft> dft, dft_of(call, x.shape()));
  const Shape& shape = *outputs[0].shape;
  std::vector<double> result(static_cast<size_t>(*element_count(shape)));
  if (result.empty()) return std::vector{from_doubles(x.type(), shape, result)};
  const std::vector<double> values = to_doubles(x);
  const auto unit = static_cast<size_t>(x.shape().back());
  const auto out_unit = static_cast<size_t>(dft->unit());
  const auto taken = static_cast<size_t>(dft->taken);
  const auto given = static_cast<size_t>(dft->given());
  size_t inner = 1;
  for (size_t i = dft->axis + 1; i + 1 < shape.size(); ++i) inner *= static_cast<size_t>(shape[i]);
  const size_t lanes = result.size() / (given * out_unit);
  const FourierTransform transform(static_cast<size_t>(*dft->length), dft->is_inverse);
  for (size_t lane = 0; lane < lanes; ++lane) {
    const size_t outer = lane / inner;
    Sequence side(taken);
    for (size_t n = 0; n < taken; ++n) {
      const double* at = &values[((outer * taken + n) * inner + lane % inner) * unit];
      side[n] = {at[0], unit == 2 ? at[1] : 0.0};
    }
    const Sequence transformed = transform.of(whole_of(*dft, std::move(side)));
    for (size_t k = 0; k < given; ++k) {
      double* at = &result[((outer * given + k) * inner + lane % inner) * out_unit];
      at[0] = transformed[k].real();
      if (out_unit == 2) at[1] = transformed[k].imag();
    }
  }
  return std::vector{from_doubles(x.type(), shape, result)};
}

// STFT

/// What an STFT does to a signal whose shape is known.
struct Stft {
  int64_t batch = 0;
  int64_t signal = 0;
  int64_t unit = 1;
  int64_t step = 1;
  int64_t length = 0;  ///< of a frame
  bool is_onesided = true;

  [[nodiscard]] int64_t frames() const { return signal < length ? 0 : (signal - length) / step + 1; }
  [[nodiscard]] int64_t bins() const { return is_onesided ? length / 2 + 1 : length; }
};

/// The length of a frame. Nothing where it is only known when the network runs.
Result<std::optional<int64_t>> frame_length(const Call& call, int64_t signal) {
  std::optional<int64_t> of_window;
  const Fact* window = call.optional_input(2);
  if (window != nullptr) {
    TAMIS_TRY(check_same_type(call, 2, 0));
    if (window->shape && window->shape->size() != 1)
      return call.invalid("its window must have one axis, and is of " + to_string(*window->shape));
    if (window->shape) of_window = window->shape->front();
  }
  if (call.optional_input(3) == nullptr) return window == nullptr ? std::optional(signal) : of_window;
  TAMIS_ASSIGN(const std::optional<int64_t> given, one_integer(call, 3));
  if (given && of_window && *given != *of_window)
    return call.invalid("its frames have " + std::to_string(*given) + " values, and its window " +
                        std::to_string(*of_window));
  return given ? given : of_window;
}

/// Nothing where too little is known before the network runs.
Result<std::optional<Stft>> stft_of(const Call& call, const Shape& shape) {
  int64_t unit = 1;
  if (shape.size() != 2) {  // real numbers may lack the axis of their parts, as onnxruntime 1.31 has it
    TAMIS_ASSIGN(unit, unit_of(call, shape));
  }
  if (shape.size() != 2 && shape.size() != 3)
    return call.invalid("its signal must have three axes (batch, time, parts of a number), and is of " +
                        to_string(shape));
  Stft stft{.batch = shape[0], .signal = shape[1], .unit = unit};
  TAMIS_ASSIGN(stft.is_onesided, flag(call, "onesided", 1));
  if (stft.is_onesided && unit == 2)
    return call.invalid("one side of the transform is all only of real numbers");
  TAMIS_ASSIGN(const std::optional<int64_t> step, one_integer(call, 1));
  TAMIS_ASSIGN(const std::optional<int64_t> length, frame_length(call, stft.signal));
  if (step && *step < 1)
    return call.invalid("the step between its frames must be at least 1, and is " + std::to_string(*step));
  if (length && *length < 1)
    return call.invalid("its frames must have at least one value, and have " + std::to_string(*length));
  if (!step || !length) return std::optional<Stft>();
  stft.step = *step;
  stft.length = *length;
  return std::optional(stft);
}

Result<std::vector<Fact>> infer_stft(const Call& call) {
  TAMIS_TRY(check_signature(call, {"STFT", 17, kFractions, 2, 4}));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (!x->shape) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(const std::optional<Stft> stft, stft_of(call, *x->shape));
  if (!stft) return one_fact(x->type, std::nullopt);
  return one_fact(x->type, Shape{stft->batch, stft->frames(), stft->bins(), 2});
}

Result<std::vector<Array>> evaluate_stft(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const std::optional<Stft> stft, stft_of(call, x.shape()));
  const Shape& shape = *outputs[0].shape;
  std::vector<double> result(static_cast<size_t>(*element_count(shape)));
  if (result.empty()) return std::vector{from_doubles(x.type(), shape, result)};
  const auto length = static_cast<size_t>(stft->length);
  std::vector<double> window(length, 1.0);
  if (const Fact* given = call.optional_input(2)) window = to_doubles(*given->value);
  const std::vector<double> values = to_doubles(x);
  const auto unit = static_cast<size_t>(stft->unit);
  const auto bins = static_cast<size_t>(stft->bins());
  const FourierTransform transform(length, false);
  double* to = result.data();
  for (int64_t frame = 0; frame < stft->batch * stft->frames(); ++frame) {
    const int64_t first = frame / stft->frames() * stft->signal + frame % stft->frames() * stft->step;
    const double* from = &values[static_cast<size_t>(first) * unit];
    Sequence sequence(length);
    for (size_t n = 0; n < length; ++n)
      sequence[n] = Complex(from[n * unit], unit == 2 ? from[n * unit + 1] : 0.0) * window[n];
    const Sequence transformed = transform.of(sequence);
    for (size_t k = 0; k < bins; ++k) {
      *to++ = transformed[k].real();
      *to++ = transformed[k].imag();
    }
  }
  return std::vector{from_doubles(x.type(), shape, result)};
}

// Windows: sums of cosines.

struct WindowRow {
  Signature signature;
  std::array<double, 3> terms;  ///< of cos(0), cos(t) and cos(2 t)
};

constexpr std::array kWindows{
    WindowRow{{"BlackmanWindow", 17, kIntegers}, {0.42, -0.5, 0.08}},
    WindowRow{{"HammingWindow", 17, kIntegers}, {25.0 / 46, -21.0 / 46, 0}},
    WindowRow{{"HannWindow", 17, kIntegers}, {0.5, -0.5, 0}},
};

Result<std::vector<Fact>> infer_window(const Call& call) {
  TAMIS_TRY(check_signature(call, row_of(kWindows, call).signature));
  TAMIS_TRY(check_indices(call, 0));
  TAMIS_TRY(flag(call, "periodic", 1));
  TAMIS_ASSIGN(const int64_t code, call.integer("output_datatype", 1));
  TAMIS_ASSIGN(const ElementType type, type_of_code(call, code));
  TAMIS_ASSIGN(const std::optional<int64_t> size, one_integer(call, 0));
  if (!size) return one_fact(type, std::nullopt);
  if (*size < 0) return call.invalid("a window cannot have " + std::to_string(*size) + " values");
  return one_fact(type, Shape{*size});
}

Result<std::vector<Array>> evaluate_window(const Call& call, const std::vector<Fact>& outputs) {
  const std::array<double, 3>& terms = row_of(kWindows, call).terms;
  TAMIS_ASSIGN(const bool is_periodic, flag(call, "periodic", 1));
  std::vector<double> values(static_cast<size_t>(outputs[0].shape->front()));
  const auto period =
      static_cast<double>(is_periodic || values.size() < 2 ? values.size() : values.size() - 1);
  for (size_t i = 0; i < values.size(); ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / period;
    values[i] = terms[0] + terms[1] * std::cos(angle) + terms[2] * std::cos(2 * angle);
  }
  return std::vector{array_held(outputs[0].type, *outputs[0].shape, values)};
}

constexpr auto kSignalOperators = joined(std::array{OperatorDefinition{"DFT", infer_dft, evaluate_dft},
                                                    OperatorDefinition{"STFT", infer_stft, evaluate_stft}},
                                         definitions(kWindows, infer_window, evaluate_window));

}  // namespace

std::span<const OperatorDefinition> signal_operators() { return kSignalOperators; }

}  // namespace tamis::network

#include "network/operators/convolve.h"
#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/typing.h"
#include "network/operators/wide.h"

#include <array>
#include <utility>

namespace tamis::network {
namespace {

/// Types of X, W and B, which both operators take.
Result<ElementType> convolved_type(const Call& call) {
  TAMIS_ASSIGN(const ElementType type, fraction_type_of(call, 0));
  TAMIS_ASSIGN(const Fact* weights, call.input(1));
  (void)weights;
  TAMIS_TRY(check_same_type(call, 1, 0));
  TAMIS_TRY(check_same_type(call, 2, 0));
  return type;
}

Result<std::vector<Fact>> infer_conv(const Call& call) {
  TAMIS_ASSIGN(const ElementType type, convolved_type(call));
  if (!shapes_known(call)) return std::vector<Fact>{{type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(const Convolution convolution, convolution_of(call, 0, 1));
  TAMIS_TRY(check_shape(call, 2, {convolution.outputs}, "one bias for each output channel"));
  return std::vector<Fact>{{type, output_shape(convolution), std::nullopt}};
}

Result<std::vector<Fact>> infer_conv_transpose(const Call& call) {
  TAMIS_ASSIGN(const ElementType type, convolved_type(call));
  if (!shapes_known(call)) return std::vector<Fact>{{type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(const Convolution convolution, transposed_convolution_of(call));
  TAMIS_TRY(check_shape(call, 2, {convolution.outputs}, "one bias for each output channel"));
  return std::vector<Fact>{{type, transposed_output_shape(convolution), std::nullopt}};
}

/// Adds the bias, if there is one, and makes Y of the sums.
Result<std::vector<Array>> finish_convolution(const Call& call, const Fact& output, int64_t batch,
                                              std::vector<double> sums) {
  if (call.optional_input(2) != nullptr) {
    TAMIS_ASSIGN(const Array bias, call.value(2));
    add_to_channels(sums, batch, to_doubles(bias));
  }
  return std::vector{array_from(output.type, *output.shape, std::span<const double>(sums))};
}

Result<std::vector<Array>> evaluate_conv(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array w, call.value(1));
  TAMIS_ASSIGN(const Convolution convolution, convolution_of(call, 0, 1));
  return finish_convolution(call, outputs[0], convolution.batch, convolve(convolution, x, w));
}

Result<std::vector<Array>> evaluate_conv_transpose(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array w, call.value(1));
  TAMIS_ASSIGN(const Convolution convolution, transposed_convolution_of(call));
  return finish_convolution(call, outputs[0], convolution.batch, convolve_transposed(convolution, x, w));
}

constexpr std::array kConvolutions{
    OperatorDefinition{"Conv", infer_conv, evaluate_conv},
    OperatorDefinition{"ConvTranspose", infer_conv_transpose, evaluate_conv_transpose},
};

}  // namespace

std::span<const OperatorDefinition> convolution_operators() { return kConvolutions; }

}  // namespace tamis::network

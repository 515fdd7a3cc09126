#include "network/operators/operator.h"

#include "base/text.h"
#include "network/operators/families.h"

#include <algorithm>
#include <array>

namespace tamis::network {
namespace {

/// Every family of operators: the one table that a new family is added to.
auto families() {
  return std::array{
      activation_operators(),           // Relu, Gelu
      attention_operators(),            // Attention
      binary_operators(),               // Add, Pow
      bitwise_operators(),              // BitwiseAnd, BitShift
      clipping_operators(),             // Clip
      comparison_operators(),           // Less, And
      layer_normalization_operators(),  // LayerNormalization
      normalization_operators(),        // BatchNormalization
      reduction_operators(),            // ReduceSum
      softmax_operators(),              // Softmax
      unary_operators(),                // Exp, Round
      variadic_operators(),             // Sum, Max
      convolution_operators(),          // Conv
      integer_product_operators(),      // QLinearConv
      microsoft_operators(),            // com.microsoft: QLinearAdd
      pooling_operators(),              // MaxPool
      product_operators(),              // MatMul
      quantization_operators(),         // QuantizeLinear
      recurrent_operators(),            // LSTM
      reshape_operators(),              // Reshape, Shape
      make_operators(),                 // Constant, Range
      cast_operators(),                 // Cast
      join_operators(),                 // Concat, Split
      slice_operators(),                // Slice, Compress
      arrange_operators(),              // Transpose, Expand
      gather_operators(),               // Gather
      scatter_operators(),              // ScatterElements
      pad_operators(),                  // Pad
      resize_operators(),               // Resize
      select_operators(),               // TopK, ArgMax
      along_operators(),                // CumSum, OneHot
      grid_sample_operators(),          // GridSample
      einsum_operators(),               // Einsum
      signal_operators(),               // DFT, STFT
      control_flow_operators(),         // If, Loop, Scan
  };
}

/// Whether the facts are of a size that arrays can have. `infer` may have multiplied sizes of a hostile
/// model.
Status check_sizes(const Call& call, const std::vector<Fact>& outputs) {
  for (const Fact& output : outputs)
    if (output.shape && !element_count(*output.shape))
      return call.invalid("an output of shape " + to_string(*output.shape) +
                          " is more than any network holds");
  return {};
}

bool may_evaluate(const Call& call, const std::vector<Fact>& outputs, int64_t most_elements) {
  for (size_t i = 0; i < call.inputs(); ++i)
    if (call.optional_input(i) != nullptr && !call.optional_input(i)->value) return false;
  return std::all_of(outputs.begin(), outputs.end(), [&](const Fact& output) {
    return !output.shape || *element_count(*output.shape) <= most_elements;
  });
}

/// Names the nearest operator where one is near: all of them would fill a screen.
Error not_supported(const Call& call) {
  std::string nearest = call.node().domain.empty() ? did_you_mean(call.node().type, operator_types()) : "";
  if (!nearest.starts_with("; did you mean")) nearest.clear();
  return call.cannot("this operator is not supported" + nearest +
                     " (docs/reference/onnx has those that are); export the model without it");
}

bool all_known(const std::vector<Fact>& outputs) {
  return std::all_of(outputs.begin(), outputs.end(),
                     [](const Fact& output) { return output.value.has_value(); });
}

}  // namespace

const OperatorDefinition* find_operator(std::string_view domain, std::string_view type) {
  for (const auto& family : families())
    for (const OperatorDefinition& definition : family)
      if (definition.type == type && definition.domain == domain) return &definition;
  return nullptr;
}

std::vector<std::string_view> operator_types() {
  std::vector<std::string_view> types;
  for (const auto& family : families())
    for (const OperatorDefinition& definition : family)
      if (definition.domain.empty()) types.push_back(definition.type);
  std::sort(types.begin(), types.end());
  return types;
}

Result<std::vector<Fact>> outputs_of(const Call& call, int64_t most_elements) {
  const Node& node = call.node();
  const OperatorDefinition* definition = find_operator(node.domain, node.type);
  if (definition == nullptr) return not_supported(call);
  TAMIS_ASSIGN(std::vector<Fact> outputs, definition->infer(call));
  TAMIS_TRY(check_sizes(call, outputs));
  if (definition->evaluate == nullptr || all_known(outputs) || !may_evaluate(call, outputs, most_elements))
    return outputs;
  TAMIS_ASSIGN(std::vector<Array> values, definition->evaluate(call, outputs));
  std::vector<Fact> known;
  for (Array& value : values) known.push_back(Fact::of(std::move(value)));
  return known;
}

}  // namespace tamis::network

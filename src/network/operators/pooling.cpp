#include "network/operators/families.h"
#include "network/operators/pool.h"
#include "network/operators/typing.h"
#include "network/operators/wide.h"

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

/// The window of a pool. Padding as wide as the kernel is refused as in onnxruntime: windows of padding alone
/// have no result.
Result<Window> pool_window(const Call& call) {
  TAMIS_ASSIGN(const Shape x, call.shape(0));
  if (x.size() < 3)
    return call.invalid("its input of shape " + to_string(x) + " must have at least 3 dimensions");
  TAMIS_ASSIGN(const std::vector<int64_t> kernel, kernel_shape(call, x.size() - 2));
  TAMIS_ASSIGN(Window window, sliding_window(call, std::span(x).subspan(2), kernel, BothPaddings::automatic));
  for (const WindowAxis& axis : window)
    if (axis.pad_begin >= axis.span() || axis.pad_end >= axis.span())
      return call.invalid("its padding must be smaller than its kernel");
  return window;
}

/// A window over all of the input.
Result<Window> global_window(const Call& call) {
  TAMIS_ASSIGN(const Shape x, call.shape(0));
  if (x.size() < 2)
    return call.invalid("its input of shape " + to_string(x) + " must have a batch and channels");
  const std::optional<int64_t> all = element_count(Shape(x.begin() + 2, x.end()));
  if (!all) return call.cannot("its input of shape " + to_string(x) + " is more than any network holds");
  if (*all == 0) return call.invalid("its input of shape " + to_string(x) + " has nothing to pool");
  return Window{{.input = *all, .kernel = *all}};
}

Result<std::vector<Fact>> infer_pool_of(const Call& call, ElementType type, bool global) {
  if (!call.optional_input(0)->shape) return std::vector<Fact>{{type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(const Window window, global ? global_window(call) : pool_window(call));
  const Shape& x = *call.optional_input(0)->shape;
  Shape y(x.size(), 1);
  y[0] = x[0];
  y[1] = x[1];
  for (size_t i = 0; !global && i < window.size(); ++i) y[2 + i] = window[i].output;
  return std::vector<Fact>{{type, std::move(y), std::nullopt}};
}

template <bool global>
Result<std::vector<Fact>> infer_pool(const Call& call) {
  TAMIS_ASSIGN(const ElementType type, fraction_type_of(call, 0));
  return infer_pool_of(call, type, global);
}

Result<std::vector<Fact>> infer_max_pool(const Call& call) {
  TAMIS_ASSIGN(const ElementType type,
               type_of(call, 0,
                       {ElementType::float32, ElementType::float64, ElementType::float16,
                        ElementType::bfloat16, ElementType::int8, ElementType::uint8}));
  TAMIS_ASSIGN(std::vector<Fact> facts, infer_pool_of(call, type, false));
  if (call.outputs() > 1) facts.push_back({ElementType::int64, facts[0].shape, std::nullopt});
  return facts;
}

/// Elements of each channel through `pool`.
template <class Pool>
Array pool_channels(const Array& x, const Fact& output, const Window& window, Pool pool) {
  std::vector<double> channel(static_cast<size_t>(*element_count(inputs_of(window))));
  const auto places = static_cast<size_t>(*element_count(outputs_of(window)));
  std::vector<double> y(static_cast<size_t>(*element_count(*output.shape)));
  for (size_t i = 0; i * places < y.size(); ++i) {
    read_elements(x, i * channel.size(), std::span(channel));
    pool(i, std::span<const double>(channel), std::span(y).subspan(i * places, places));
  }
  return array_from(output.type, *output.shape, std::span<const double>(y));
}

Result<std::vector<Array>> average_over(const Call& call, const Fact& output, const Window& window) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const int64_t padding_counts, call.integer("count_include_pad", 0));
  const Pooling pooling(window);
  const std::vector<double> counts = elements_of_windows(window, padding_counts != 0);
  return std::vector{pool_channels(x, output, window, [&](size_t, auto from, auto to) {
    pooling.sum(from, to);
    for (size_t i = 0; i < to.size(); ++i) to[i] = counts[i] == 0 ? 0 : to[i] / counts[i];
  })};
}

Result<std::vector<Array>> norm_over(const Call& call, const Fact& output, const Window& window) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const int64_t p, call.integer("p", 2));
  if (p < 1) return call.invalid("attribute \"p\" must be at least 1, not " + std::to_string(p));
  const Pooling pooling(window);
  const auto power = static_cast<double>(p);
  std::vector<double> powers;
  return std::vector{pool_channels(x, output, window, [&](size_t, auto from, auto to) {
    powers.assign(from.begin(), from.end());
    for (double& value : powers) value = p == 2 ? value * value : std::pow(std::fabs(value), power);
    pooling.sum(powers, to);
    for (double& value : to) value = p == 2 ? std::sqrt(value) : std::pow(value, 1 / power);
  })};
}

Result<std::vector<Array>> maximum_over(const Call& call, const Fact& output, const Window& window) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  const Pooling pooling(window);
  const double least = least_of(output.type);
  return std::vector{pool_channels(x, output, window,
                                   [&](size_t, auto from, auto to) { pooling.maximum(from, to, least); })};
}

Result<std::vector<Array>> evaluate_max_pool(const Call& call, const std::vector<Fact>& outputs) {
  if (element_count(*outputs[0].shape) == 0) return zeros_of(outputs);
  TAMIS_ASSIGN(const Window window, pool_window(call));
  TAMIS_ASSIGN(std::vector<Array> values, maximum_over(call, outputs[0], window));
  if (outputs.size() == 1) return values;
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const int64_t columns_first, call.integer("storage_order", 0));
  const Pooling pooling(window);
  values.push_back(pool_channels(x, outputs[1], window, [&](size_t channel, auto from, auto to) {
    pooling.index_of_maximum(from, to, columns_first != 0);
    for (double& index : to)
      if (index >= 0) index += static_cast<double>(channel * from.size());
  }));
  return values;
}

using PoolOver = Result<std::vector<Array>> (*)(const Call&, const Fact&, const Window&);

template <PoolOver over>
Result<std::vector<Array>> evaluate_pool(const Call& call, const std::vector<Fact>& outputs) {
  if (element_count(*outputs[0].shape) == 0) return zeros_of(outputs);
  TAMIS_ASSIGN(const Window window, pool_window(call));
  return over(call, outputs[0], window);
}

template <PoolOver over>
Result<std::vector<Array>> evaluate_global_pool(const Call& call, const std::vector<Fact>& outputs) {
  if (element_count(*outputs[0].shape) == 0) return zeros_of(outputs);
  TAMIS_ASSIGN(const Window window, global_window(call));
  return over(call, outputs[0], window);
}

constexpr std::array kPools{
    OperatorDefinition{"AveragePool", infer_pool<false>, evaluate_pool<average_over>},
    OperatorDefinition{"GlobalAveragePool", infer_pool<true>, evaluate_global_pool<average_over>},
    OperatorDefinition{"GlobalLpPool", infer_pool<true>, evaluate_global_pool<norm_over>},
    OperatorDefinition{"GlobalMaxPool", infer_pool<true>, evaluate_global_pool<maximum_over>},
    OperatorDefinition{"LpPool", infer_pool<false>, evaluate_pool<norm_over>},
    OperatorDefinition{"MaxPool", infer_max_pool, evaluate_max_pool},
};

}  // namespace

std::span<const OperatorDefinition> pooling_operators() { return kPools; }

}  // namespace tamis::network

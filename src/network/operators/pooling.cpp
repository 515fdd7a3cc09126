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
  const std::vector<double> y = pooled_channels(x, window, pool);
  return array_from(output.type, *output.shape, std::span<const double>(y));
}

Result<std::vector<Array>> average_over(const Call& call, const Fact& output, const Window& window) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const std::vector<double> averages, averages_of(call, x, window));
  return std::vector{array_from(output.type, *output.shape, std::span<const double>(averages))};
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

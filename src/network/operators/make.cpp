#include "network/operators/families.h"
#include "network/operators/moving.h"
#include "network/operators/numbers.h"
#include "network/operators/settings.h"
#include "network/operators/typing.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

namespace tamis::network {
namespace {

// Constant

/// The value that an attribute holds; nothing for an attribute that Constant does not know.
Result<std::optional<Array>> constant_of(const Call& call, std::string_view name) {
  using Value = std::optional<Array>;
  if (name == "value") {
    if (const auto* array = std::get_if<Array>(call.attribute(name))) return Value(*array);
    return call.invalid("attribute \"value\" must be an array");
  }
  if (name == "value_int") {
    TAMIS_ASSIGN(const int64_t value, call.integer(name, 0));
    return Value(Array::scalar<int64_t>(value));
  }
  if (name == "value_float") {
    TAMIS_ASSIGN(const float value, call.number(name, 0));
    return Value(Array::scalar<float>(value));
  }
  if (name == "value_ints") {
    TAMIS_ASSIGN(const auto values, call.integer_list(name));
    return Value(Array::of<int64_t>({static_cast<int64_t>(values->size())}, *values));
  }
  if (name == "value_floats") {
    TAMIS_ASSIGN(const auto values, call.number_list(name));
    return Value(Array::of<float>({static_cast<int64_t>(values->size())}, *values));
  }
  if (name == "value_string" || name == "value_strings" || name == "sparse_value")
    return call.cannot("attribute \"" + std::string(name) +
                       "\" is not supported; use one of value, value_int, value_ints, value_float, "
                       "value_floats");
  return Value();
}

Result<std::vector<Fact>> infer_constant(const Call& call) {
  std::optional<Array> value;
  for (const auto& [name, attribute] : call.node().attributes) {
    TAMIS_ASSIGN(std::optional<Array> another, constant_of(call, name));
    if (value && another) return call.invalid("more than one attribute gives a value");
    if (another) value = std::move(another);
  }
  if (!value) return call.invalid("no attribute gives a value");
  return std::vector{Fact::of(*value)};
}

// ConstantOfShape

/// The element that fills the array: 0 of float32 where the node does not say.
Result<Array> filling(const Call& call) {
  const Attribute* given = call.attribute("value");
  if (given == nullptr) return Array::scalar<float>(0);
  const auto* value = std::get_if<Array>(given);
  if (value == nullptr || value->elements() != 1)
    return call.invalid("attribute \"value\" must be an array of one element");
  return *value;
}

Result<std::vector<Fact>> infer_constant_of_shape(const Call& call) {
  TAMIS_ASSIGN(const Array value, filling(call));
  TAMIS_TRY(call.input(0));
  TAMIS_ASSIGN(const Setting sizes, setting(call, 0));
  return one_fact(value.type(), sizes.values);
}

Result<std::vector<Array>> constant_of_shape(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array value, filling(call));
  return std::vector{filled(*outputs[0].shape, value)};
}

// Range

/// How many integers lie from start on in steps before the limit; `step` is not 0. Differences of 64 bits
/// may not fit into 64 bits with a sign.
uint64_t integers_between(int64_t start, int64_t limit, int64_t step) {
  if (step > 0 ? start >= limit : start <= limit) return 0;
  const auto bits_of = [](int64_t x) { return static_cast<uint64_t>(x); };
  const uint64_t way = step > 0 ? bits_of(limit) - bits_of(start) : bits_of(start) - bits_of(limit);
  const uint64_t length = step > 0 ? bits_of(step) : 0 - bits_of(step);
  return (way - 1) / length + 1;
}

constexpr double kMostOfRange = static_cast<double>(int64_t{1} << 40);

/// How many steps of fractions lie before the limit. The difference is rounded to the elements' type, as in
/// onnxruntime.
double fractions_between(const std::vector<Array>& inputs) {
  const double way = to_doubles(inputs[1])[0] - to_doubles(inputs[0])[0];
  const Array rounded = array_from(inputs[0].type(), {1}, std::array{way});
  return std::ceil(to_doubles(rounded)[0] / to_doubles(inputs[2])[0]);
}

Result<int64_t> length_of_range(const Call& call, const std::vector<Array>& inputs) {
  if (to_doubles(inputs[2])[0] == 0) return call.invalid("a range in steps of 0 has no end");
  double length = 0;
  if (const auto step = inputs[2].integers())
    length = static_cast<double>(
        integers_between(inputs[0].integers()->front(), inputs[1].integers()->front(), step->front()));
  else
    length = fractions_between(inputs);
  if (length < 1) return 0;
  if (!(length <= kMostOfRange))
    return call.invalid("a range of so many elements is more than any network holds");
  return static_cast<int64_t>(length);
}

Result<std::vector<Fact>> infer_range(const Call& call) {
  std::vector<Array> known;
  for (size_t i = 0; i < 3; ++i) {
    TAMIS_ASSIGN(const Fact* input, call.input(i));
    TAMIS_TRY(check_same_type(call, i, 0));
    if (!input->value) continue;
    if (input->value->elements() != 1)
      return call.invalid("input \"" + call.node().inputs[i] + "\" must be one number");
    known.push_back(*input->value);
  }
  if (known.size() < 3) return one_fact(call.optional_input(0)->type, std::nullopt);
  TAMIS_ASSIGN(const int64_t length, length_of_range(call, known));
  return one_fact(known[0].type(), Shape{length});
}

Result<std::vector<Array>> range(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array start, call.value(0));
  TAMIS_ASSIGN(const Array delta, call.value(2));
  const Shape shape = *outputs[0].shape;
  const auto length = static_cast<size_t>(shape[0]);
  if (const auto first = start.integers()) {
    std::vector<uint64_t> values(length, static_cast<uint64_t>(first->front()));
    const auto step = static_cast<uint64_t>(delta.integers()->front());
    for (size_t i = 1; i < length; ++i) values[i] = values[i - 1] + step;
    return std::vector{array_from(start.type(), shape, values)};
  }
  std::vector<double> values(length);
  for (size_t i = 0; i < length; ++i)
    values[i] = to_doubles(start)[0] + static_cast<double>(i) * to_doubles(delta)[0];
  return std::vector{array_from(start.type(), shape, values)};
}

// EyeLike

Result<std::vector<Fact>> infer_eye_like(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  ElementType type = x->type;
  if (call.attribute("dtype") != nullptr) {
    TAMIS_ASSIGN(const int64_t code, call.integer("dtype", 1));
    TAMIS_ASSIGN(type, type_of_code(call, code));
  }
  if (x->shape && x->shape->size() != 2)
    return call.invalid("an input of shape " + to_string(*x->shape) + " must have two dimensions");
  return one_fact(type, x->shape);
}

Result<std::vector<Array>> eye_like(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const int64_t k, call.integer("k", 0));
  const Array one = array_from(outputs[0].type, {1}, std::array{1.0});
  NewBytes y(outputs[0].type, *outputs[0].shape);
  const int64_t rows = (*outputs[0].shape)[0];
  const int64_t columns = (*outputs[0].shape)[1];
  if (k >= columns || k <= -rows) return std::vector{std::move(y).finish()};
  for (int64_t row = std::max<int64_t>(0, -k); row < rows && row + k < columns; ++row)
    y.copy(row * columns + row + k, one, 0);
  return std::vector{std::move(y).finish()};
}

// Dropout, which drops nothing when a network runs

/// Errors: unsupported where the node may be in training, unless it drops nothing even then.
Status check_no_training(const Call& call) {
  if (call.optional_input(2) == nullptr) return {};
  TAMIS_ASSIGN(const Array training, call.value(2));
  const std::vector<double> values = to_doubles(training);
  if (values.size() == 1 && values[0] == 0) return {};
  const Fact* ratio = call.optional_input(1);
  if (ratio != nullptr && ratio->value && to_doubles(*ratio->value) == std::vector<double>{0}) return {};
  return call.cannot("training_mode is set; export the network for inference");
}

Result<std::vector<Fact>> infer_dropout(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_TRY(check_no_training(call));
  const ElementType mask = call.opset() < 10 ? x->type : ElementType::boolean;
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}, {mask, x->shape, std::nullopt}};
}

Result<std::vector<Array>> dropout(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(Array x, call.value(0));
  const Array one = array_from(outputs[1].type, {1}, std::array{1.0});
  Array mask = filled(x.shape(), one);
  return std::vector{std::move(x), std::move(mask)};
}

constexpr std::array kMakeOperators{
    OperatorDefinition{"Constant", infer_constant, nullptr},
    OperatorDefinition{"ConstantOfShape", infer_constant_of_shape, constant_of_shape},
    OperatorDefinition{"Dropout", infer_dropout, dropout},
    OperatorDefinition{"EyeLike", infer_eye_like, eye_like},
    OperatorDefinition{"Range", infer_range, range},
};

}  // namespace

std::span<const OperatorDefinition> make_operators() { return kMakeOperators; }

}  // namespace tamis::network

#include "network/kernels/generators.h"
#include "network/kernels/quantised_values.h"
#include "network/kernels/rows.h"
#include "network/operators/broadcast.h"
#include "network/operators/quantize.h"
#include "network/operators/wide.h"

#include <array>
#include <limits>
#include <utility>

namespace tamis::network {
namespace {

using Values = std::vector<loop::Value>;
using loop::Element;

constexpr std::string_view kMicrosoftDomain = "com.microsoft";

bool is_byte(Element element) { return element == Element::uint8 || element == Element::int8; }

/// Whether an optional input of an expression is there: an absent one is a default value.
bool is_given(const Call& call, size_t input) { return call.optional_input(input) != nullptr; }

/// A whole float32 as a byte that is nearest to it.
loop::Value bounded(const loop::Value& whole, Element to) {
  const QuantizedRange range = range_of(to == Element::int8 ? ElementType::int8 : ElementType::uint8, 0);
  // What is no number gives the first operand of a comparison.
  const loop::Value least = maximum(loop::Value::constant(range.least), whole);
  return as(as(minimum(loop::Value::constant(range.most), least), Element::int32), to);
}

Error of_element(const Call& call, const loop::Value& value) {
  return without_generator(call, call.node().type + " of " + loop::to_string(value->element));
}

/// The type of what a QuantizeLinear gives.
Result<Element> quantised_element(const Call& call, const Values& inputs) {
  if (is_given(call, 2)) return inputs[2]->element;
  TAMIS_ASSIGN(const auto asked, type_attribute(call, "output_dtype",
                                                {ElementType::uint8, ElementType::int8, ElementType::uint16,
                                                 ElementType::int16}));
  return element_of(call, asked.value_or(ElementType::uint8));
}

Result<loop::Value> quantize(const Call& call, const Values& inputs) {
  TAMIS_ASSIGN(const Element to, quantised_element(call, inputs));
  if (!is_byte(to)) return without_generator(call, "QuantizeLinear to " + loop::to_string(to));
  if (inputs[0]->element != Element::float32 && inputs[0]->element != Element::int32)
    return of_element(call, inputs[0]);
  const loop::Value steps = as(inputs[0], Element::float32) / as(inputs[1], Element::float32);
  return is_given(call, 2) ? saturated(steps, as(inputs[2], Element::float32), to) : saturated(steps, to);
}

/// A quantised value as the float32 that it stands for; its scale and zero point are the inputs behind it.
loop::Value fraction_of(const Call& call, const Values& inputs, size_t x) {
  const loop::Value& scale = inputs[x + 1];
  if (!is_given(call, x + 2)) return as(inputs[x], Element::float32) * scale;
  return above_zero_point(inputs[x], inputs[x + 2]) * scale;
}

Result<loop::Value> dequantize(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[1]));
  if (!is_byte(inputs[0]->element) && inputs[0]->element != Element::int32)
    return of_element(call, inputs[0]);
  return fraction_of(call, inputs, 0);
}

/// A scale or zero point of more than one element goes along the attribute `axis`.
Result<std::optional<size_t>> quantised_axis(const Call& call, size_t input) {
  if (input == 0) return std::optional<size_t>();
  TAMIS_ASSIGN(const int64_t block, call.integer("block_size", 0));
  if (block != 0) return without_generator(call, call.node().type + " by blocks");
  TAMIS_ASSIGN(const Shape scales, call.shape(input));
  TAMIS_ASSIGN(const Shape x, call.shape(0));
  if (element_count(scales) == 1) return std::optional<size_t>();
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", 1));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, x.size()));
  return std::optional(axis);
}

/// A float32 in the scale and with the zero point at these inputs, of the type of the first input.
loop::Value quantised_as(const Call& call, const Values& inputs, const loop::Value& fraction, size_t scale) {
  const loop::Value steps = fraction / inputs[scale];
  const Element to = inputs[0]->element;
  if (!is_given(call, scale + 1)) return saturated(steps, to);
  return saturated(steps, as(inputs[scale + 1], Element::float32), to);
}

/// A zero point that may be absent.
loop::Value zero_point_at(const Call& call, const Values& inputs, size_t input) {
  return is_given(call, input) ? as(inputs[input], Element::float32) : loop::Value::constant(0);
}

/// Of a pair that is marked as kOfFractions: the same fractions as without the operator. Nothing of another.
Result<std::optional<loop::Value>> pair_of_fractions(const Call& call, const Values& inputs, Kind kind) {
  TAMIS_ASSIGN(const int64_t of_fractions, call.integer(kOfFractions, 0));
  if (of_fractions == 0) return std::optional<loop::Value>();
  const loop::Value both = loop::Value::of(kind, fraction_of(call, inputs, 0), fraction_of(call, inputs, 3));
  return std::optional(quantised_as(call, inputs, both, 6));
}

/// Rounded where the reference rounds.
Result<loop::Value> quantised_sum(const Call& call, const Values& inputs) {
  TAMIS_ASSIGN(const auto of_fractions, pair_of_fractions(call, inputs, Kind::add));
  if (of_fractions) return *of_fractions;
  TAMIS_ASSIGN(const Shape a, call.shape(0));
  TAMIS_ASSIGN(const Shape b, call.shape(3));
  TAMIS_ASSIGN(const Shape shape, broadcast(call, a, b));
  // The first inputs of what is added last, and of the other.
  const auto [last, next] =
      is_added_first(a, shape) ? std::pair<size_t, size_t>(3, 0) : std::pair<size_t, size_t>(0, 3);
  const loop::Value last_ratio = inputs[last + 1] / inputs[6];
  const loop::Value next_ratio = inputs[next + 1] / inputs[6];
  const loop::Value zeros = loop::Value::multiply_add(last_ratio, zero_point_at(call, inputs, last + 2),
                                                      next_ratio * zero_point_at(call, inputs, next + 2));
  const loop::Value sum = loop::Value::multiply_add(as(inputs[next], Element::float32), next_ratio,
                                                    zero_point_at(call, inputs, 7) - zeros);
  return saturated(loop::Value::multiply_add(as(inputs[last], Element::float32), last_ratio, sum),
                   inputs[0]->element);
}

Result<loop::Value> quantised_product(const Call& call, const Values& inputs) {
  TAMIS_ASSIGN(const auto of_fractions, pair_of_fractions(call, inputs, Kind::multiply));
  if (of_fractions) return *of_fractions;
  const loop::Value a = as(inputs[0], Element::float32) - zero_point_at(call, inputs, 2);
  const loop::Value b = as(inputs[3], Element::float32) - zero_point_at(call, inputs, 5);
  const loop::Value scale = inputs[1] * inputs[4] / inputs[6];
  return saturated(a * b * scale + zero_point_at(call, inputs, 7), inputs[0]->element);
}

Result<loop::Value> quantised_sigmoid(const Call& call, const Values& inputs) {
  return quantised_as(call, inputs, sigmoid(fraction_of(call, inputs, 0)), 3);
}

Result<loop::Value> quantised_leaky_relu(const Call& call, const Values& inputs) {
  TAMIS_ASSIGN(const double alpha, call.number("alpha", 0.01F));
  const loop::Value x = fraction_of(call, inputs, 0);
  const loop::Value leak = x * number_like(x, alpha);
  return quantised_as(call, inputs, loop::Value::select(less(x, number_like(x, 0)), leak, x), 3);
}

/// All axes of a value, with the steps of several operands of its shape.
Space space_of(const std::vector<Operand>& operands) {
  Space space{{}, std::vector<int64_t>(operands.size(), 0)};
  for (size_t i = 0; i < operands[0].shape.size(); ++i) {
    space.axes.push_back({operands[0].shape[i], {}});
    for (const Operand& operand : operands) space.axes.back().steps.push_back(operand.steps[i]);
  }
  return space;
}

/// The scale of zeros alone is 1, as in onnxruntime.
Status dynamic_quantize(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const Operand scale, builder.output(call, 1));
  TAMIS_ASSIGN(const Operand zero_point, builder.output(call, 2));
  Space space = space_of({y, x});
  for (Axis& axis : space.axes) {
    axis.reduced = true;
    axis.steps.push_back(0);
  }
  space.offsets.push_back(0);
  if (y.elements() == 0) return without_generator(call, "DynamicQuantizeLinear of no elements");
  const loop::Value zero = loop::Value::constant(0);
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost, [&](Rows& rows) {
    const auto element = [&](std::span<const loop::Affine> places) { return load_of(x, places[1]); };
    const loop::Value least = rows.reduce(zero, minimum, element);
    const loop::Value most = rows.reduce(zero, maximum, element);
    const loop::Value of_range = (most - least) / loop::Value::constant(255);
    loop::Value step = rows.keep(
        loop::Value::select(loop::Value::of(Kind::equal, most, least), loop::Value::constant(1), of_range));
    const loop::Value bounded = minimum(maximum(zero - least / step, zero), loop::Value::constant(255));
    const loop::Value origin = rows.keep(loop::Value::of(Kind::round_even, bounded));
    rows.store(2, scale.buffer, [&](std::span<const loop::Affine>) { return step; });
    rows.store(2, zero_point.buffer,
               [&](std::span<const loop::Affine>) { return saturated(origin, Element::uint8); });
    rows.store_each(0, y.buffer, [&](std::span<const loop::Affine> places) {
      return saturated(load_of(x, places[1]) / step, origin, Element::uint8);
    });
  });
  return {};
}

/// A scale or zero point of one element as a float32: known, or loaded.
Result<loop::Value> single(const Call& call, KernelBuilder& builder, size_t input) {
  const Fact* fact = call.optional_input(input);
  if (fact == nullptr) return loop::Value::constant(0);
  if (fact->value) return loop::Value::constant(single_float(*fact->value));
  TAMIS_ASSIGN(const Operand operand, builder.input(call, input));
  return as(load_of(operand, 0), Element::float32);
}

/// After the result's scale and zero point, inputs come in threes: a part, its scale, its zero point.
Status quantised_concat(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const loop::Value y_scale, single(call, builder, 0));
  TAMIS_ASSIGN(const loop::Value y_zero_point, single(call, builder, 1));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", 0));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, y.shape.size()));
  int64_t begin = 0;
  for (size_t i = 2; i < call.inputs(); i += 3) {
    TAMIS_ASSIGN(const Operand part, builder.input(call, i));
    TAMIS_ASSIGN(const loop::Value scale, single(call, builder, i + 1));
    TAMIS_ASSIGN(const loop::Value zero_point, single(call, builder, i + 2));
    Space space = space_of({part, y});
    for (Axis& each : space.axes) std::swap(each.steps[0], each.steps[1]);
    space.offsets[0] = begin * y.steps[axis];
    builder.add(store_everywhere(
        space, y.buffer,
        [&](std::span<const loop::Affine> places) {
          const loop::Value above = as(load_of(part, places[1]), Element::float32) - zero_point;
          return saturated(above * scale / y_scale, y_zero_point, y.element);
        },
        builder.shape()));
    begin += part.shape[axis];
  }
  return {};
}

/// The sum above the zero point is exact; it is scaled in one step, where onnxruntime may round another way
/// at ties.
Status quantised_global_average(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const int64_t channels_last, call.integer("channels_last", 0));
  if (channels_last != 0) return without_generator(call, "QLinearGlobalAveragePool with channels_last");
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_ASSIGN(const loop::Value x_scale, single(call, builder, 1));
  TAMIS_ASSIGN(const loop::Value x_zero_point, single(call, builder, 2));
  TAMIS_ASSIGN(const loop::Value y_scale, single(call, builder, 3));
  TAMIS_ASSIGN(const loop::Value y_zero_point, single(call, builder, 4));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  if (y.elements() == 0) return {};
  Space space = space_of({x});
  for (size_t i = 0; i < space.axes.size(); ++i) {
    space.axes[i].reduced = i >= 2;
    space.axes[i].steps.push_back(i >= 2 ? 0 : y.steps[i]);
  }
  space.offsets.push_back(0);
  const int64_t count = x.elements() / y.elements();
  if (count > std::numeric_limits<int32_t>::max() / 256)
    return without_generator(call, "QLinearGlobalAveragePool of so large an image");
  const loop::Value zero = loop::Value::constant(0, Element::int32);
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost, [&](Rows& rows) {
    const loop::Value sum = rows.reduce(
        zero, [](const loop::Value& a, const loop::Value& b) { return a + b; },
        [&](std::span<const loop::Affine> places) {
          return as(load_of(x, places[0]), Element::int32) - as(x_zero_point, Element::int32);
        });
    rows.store(1, y.buffer, [&](std::span<const loop::Affine>) {
      const loop::Value mean = as(sum, Element::float32) / loop::Value::constant(static_cast<double>(count));
      return saturated(mean * x_scale / y_scale, y_zero_point, y.element);
    });
  });
  return {};
}

/// The axes that a QLinearSoftmax shares out among; `opset` says of which Softmax it is.
Result<std::vector<bool>> quantised_softmax_axes(const Call& call, size_t rank) {
  constexpr int64_t kOneAxisSince = 13;
  TAMIS_ASSIGN(const int64_t opset, call.integer("opset", kOneAxisSince));
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", opset < kOneAxisSince ? 1 : -1));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, rank));
  std::vector<bool> shared(rank, false);
  for (size_t i = axis; i < (opset < kOneAxisSince ? rank : axis + 1); ++i) shared[i] = true;
  return shared;
}

/// The powers are kept between, in a workspace that lies as x does.
Status quantised_softmax(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_ASSIGN(const loop::Value x_scale, single(call, builder, 1));
  TAMIS_ASSIGN(const loop::Value y_scale, single(call, builder, 3));
  TAMIS_ASSIGN(const loop::Value y_zero_point, single(call, builder, 4));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  if (y.elements() == 0) return {};
  TAMIS_ASSIGN(const std::vector<bool> shared, quantised_softmax_axes(call, x.shape.size()));
  Space space = space_of({x, y});
  for (size_t i = 0; i < shared.size(); ++i) space.axes[i].reduced = shared[i];
  const std::string powers = builder.workspace(x.elements());
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost, [&](Rows& rows) {
    const auto number = [&](std::span<const loop::Affine> places) {
      return as(load_of(x, places[0]), Element::float32);
    };
    const auto power = [&](std::span<const loop::Affine> places) {
      return loop::Value::load({powers, {places[0]}});
    };
    const loop::Value most = largest_of_row(rows, number);
    rows.store_each(0, powers, [&](std::span<const loop::Affine> places) {
      return exponential((number(places) - most) * x_scale);
    });
    const loop::Value total = rows.keep(sum_of_row(rows, power));
    rows.store_each(1, y.buffer, [&](std::span<const loop::Affine> places) {
      return saturated(power(places) / total / y_scale, y_zero_point, y.element);
    });
  });
  return {};
}

constexpr std::array kQuantisationGenerators{
    Generator{"DequantizeLinear", dequantize, nullptr, quantised_axis},
    Generator{"DynamicQuantizeLinear", nullptr, dynamic_quantize},
    Generator{"QuantizeLinear", quantize, nullptr, quantised_axis},
    Generator{"DequantizeLinear", dequantize, nullptr, quantised_axis, kMicrosoftDomain},
    Generator{"QuantizeLinear", quantize, nullptr, quantised_axis, kMicrosoftDomain},
    Generator{"QLinearAdd", quantised_sum, nullptr, nullptr, kMicrosoftDomain},
    Generator{"QLinearConcat", nullptr, quantised_concat, nullptr, kMicrosoftDomain},
    Generator{"QLinearGlobalAveragePool", nullptr, quantised_global_average, nullptr, kMicrosoftDomain},
    Generator{"QLinearLeakyRelu", quantised_leaky_relu, nullptr, nullptr, kMicrosoftDomain},
    Generator{"QLinearMul", quantised_product, nullptr, nullptr, kMicrosoftDomain},
    Generator{"QLinearSigmoid", quantised_sigmoid, nullptr, nullptr, kMicrosoftDomain},
    Generator{"QLinearSoftmax", nullptr, quantised_softmax, nullptr, kMicrosoftDomain},
};

}  // namespace

loop::Value saturated(const loop::Value& steps, const loop::Value& zero_point, loop::Element to) {
  return bounded(loop::Value::of(Kind::round_even, steps) + zero_point, to);
}

loop::Value saturated(const loop::Value& steps, loop::Element to) {
  return bounded(loop::Value::of(Kind::round_even, steps), to);
}

loop::Value above_zero_point(const loop::Value& x, const loop::Value& zero_point) {
  // The difference of two int32 may not fit one.
  const Element wide = x->element == Element::int32 ? Element::int64 : Element::int32;
  return loop::Value::convert(as(x, wide) - as(zero_point, wide), Element::float32);
}

std::span<const Generator> quantisation_generators() { return kQuantisationGenerators; }

}  // namespace tamis::network

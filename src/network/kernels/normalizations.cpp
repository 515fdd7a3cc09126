#include "network/kernels/generators.h"
#include "network/kernels/rows.h"
#include "network/kernels/values.h"

#include <array>
#include <utility>

namespace tamis::network {
namespace {

using Places = std::span<const loop::Affine>;

Status check_operand(const Call& call, const Operand& operand) {
  if (operand.element == loop::Element::float32) return {};
  return without_generator(call, call.node().type + " of " + loop::to_string(operand.element));
}

// Softmax and LogSoftmax.

Result<std::vector<bool>> softmax_axes(const Call& call, size_t rank) {
  constexpr int64_t kOneAxisSince = 13;
  const bool all_from = call.opset() < kOneAxisSince;
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", all_from ? 1 : -1));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, rank));
  std::vector<bool> reduced(rank, false);
  for (size_t i = axis; i < (all_from ? rank : axis + 1); ++i) reduced[i] = true;
  return reduced;
}

Status softmax(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_TRY(check_operand(call, x));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const std::vector<bool> reduced, softmax_axes(call, x.shape.size()));
  Space space{{}, {0, 0}};
  for (size_t i = 0; i < reduced.size(); ++i)
    space.axes.push_back({x.shape[i], {x.steps[i], y.steps[i]}, reduced[i]});
  const bool is_log = call.node().type == "LogSoftmax";
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost, [&](Rows& rows) {
    const loop::Value most = largest_of_row(rows, [&](Places at) { return load_of(x, at[0]); });
    const auto power = [&](Places at) { return exponential(load_of(x, at[0]) - most); };
    if (is_log) {
      const loop::Value rest = rows.keep(logarithm(sum_of_row(rows, power)));
      return rows.store_each(1, y.buffer, [&](Places at) { return load_of(x, at[0]) - most - rest; });
    }
    rows.store_each(1, y.buffer, power);
    const loop::Value total = sum_of_row(rows, [&](Places at) { return load_of(y, at[1]); });
    const loop::Value share = rows.keep(loop::Value::constant(1) / total);
    rows.store_each(1, y.buffer, [&](Places at) { return load_of(y, at[1]) * share; });
  });
  return {};
}

// What takes the mean from each row, divides by its deviation, and scales and shifts.

/// A row's elements in a space whose operands are x, y, the scale and the shift, in this order.
struct Standardised {
  Operand x;
  Operand y;
  std::optional<Operand> scale;
  std::optional<Operand> shift;
  double count = 1;  ///< elements of a row
  double epsilon = 0;
  bool centred = true;
};

/// The mean and the inverse deviation of the row; no mean where it is not taken off.
std::pair<loop::Value, loop::Value> standardise(Rows& rows, const Standardised& form) {
  const loop::Value per_element = loop::Value::constant(1 / form.count);
  const auto x = [&](Places at) { return load_of(form.x, at[0]); };
  loop::Value mean = loop::Value::constant(0);
  if (form.centred) mean = rows.keep(sum_of_row(rows, x) * per_element);
  const auto centred = [&](Places at) { return form.centred ? x(at) - mean : x(at); };
  const loop::Value squares = sum_of_row(rows, [&](Places at) { return centred(at) * centred(at); });
  const loop::Value variance = squares * per_element + loop::Value::constant(form.epsilon);
  const loop::Value inverse = rows.keep(loop::Value::constant(1) / square_root(variance));
  rows.store_each(1, form.y.buffer, [&](Places at) {
    loop::Value value = centred(at) * inverse;
    if (form.scale) value = value * load_of(*form.scale, at[2]);
    if (form.shift) value = value + load_of(*form.shift, at[3]);
    return value;
  });
  return {mean, inverse};
}

/// The operands of such an operator: the input, output, scale and shift.
Result<Standardised> operands_of(const Call& call, KernelBuilder& builder, float epsilon) {
  Standardised form;
  TAMIS_ASSIGN(form.x, builder.input(call, 0));
  TAMIS_TRY(check_operand(call, form.x));
  TAMIS_ASSIGN(form.scale, builder.input(call, 1));
  TAMIS_TRY(check_operand(call, *form.scale));
  if (call.optional_input(2) != nullptr) {
    TAMIS_ASSIGN(form.shift, builder.input(call, 2));
    TAMIS_TRY(check_operand(call, *form.shift));
  }
  TAMIS_ASSIGN(form.y, builder.output(call, 0));
  TAMIS_ASSIGN(form.epsilon, call.number("epsilon", epsilon));
  return form;
}

/// LayerNormalization and RMSNormalization: all axes from one on.
Status layer_normalization(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(Standardised form, operands_of(call, builder, 1e-5F));
  form.centred = call.node().type == "LayerNormalization";
  const size_t rank = form.x.shape.size();
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", -1));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, rank));
  std::vector<std::optional<Operand>> statistics(2);
  for (size_t i = 0; i < statistics.size(); ++i)
    if (builder.wants(call, i + 1)) {
      TAMIS_ASSIGN(statistics[i], builder.output(call, i + 1));
    }
  const std::vector<int64_t> none(rank, 0);
  const auto steps_of = [&](const std::optional<Operand>& operand) {
    return operand ? broadcast_steps(*operand, rank) : none;
  };
  const std::vector<std::vector<int64_t>> steps{form.x.steps,
                                                form.y.steps,
                                                steps_of(form.scale),
                                                steps_of(form.shift),
                                                steps_of(statistics[0]),
                                                steps_of(statistics[1])};
  Space space{{}, std::vector<int64_t>(steps.size(), 0)};
  for (size_t i = 0; i < rank; ++i) {
    Axis each{form.x.shape[i], {}, i >= axis};
    for (const std::vector<int64_t>& operand : steps) each.steps.push_back(operand[i]);
    space.axes.push_back(std::move(each));
    if (i >= axis) form.count *= static_cast<double>(form.x.shape[i]);
  }
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost, [&](Rows& rows) {
    const auto [of_mean, of_inverse] = standardise(rows, form);
    loop::Value mean = of_mean;
    loop::Value inverse = of_inverse;
    if (statistics[0]) rows.store(4, statistics[0]->buffer, [&](Places) { return mean; });
    if (statistics[1]) rows.store(5, statistics[1]->buffer, [&](Places) { return inverse; });
  });
  return {};
}

/// InstanceNormalization, and GroupNormalization: the places of each channel, or of neighbouring channels.
Status group_normalization(const Call& call, KernelBuilder& builder) {
  constexpr int64_t kScalesByChannel = 21;
  const bool by_instance = call.node().type == "InstanceNormalization";
  TAMIS_ASSIGN(Standardised form, operands_of(call, builder, 1e-5F));
  const Shape& x = form.x.shape;
  TAMIS_ASSIGN(const int64_t groups, call.integer("num_groups", x[1]));
  const bool by_channel = by_instance || call.opset() >= kScalesByChannel;
  const int64_t members = x[1] / groups;
  // The scale and the shift are alike: one for each channel, or for each group.
  const int64_t of_member = by_channel ? 1 : 0;
  const int64_t of_group = by_channel ? members : 1;
  const auto along_channels = [&](int64_t places, int64_t times, int64_t parameter, bool reduced) {
    return Axis{places, {form.x.steps[1] * times, form.y.steps[1] * times, parameter, parameter}, reduced};
  };
  Space space{{}, std::vector<int64_t>(4, 0)};
  space.axes.push_back({x[0], {form.x.steps[0], form.y.steps[0], 0, 0}});
  space.axes.push_back(along_channels(groups, members, of_group, false));
  space.axes.push_back(along_channels(members, 1, of_member, true));
  form.count = static_cast<double>(members);
  for (size_t i = 2; i < x.size(); ++i) {
    space.axes.push_back({x[i], {form.x.steps[i], form.y.steps[i], 0, 0}, true});
    form.count *= static_cast<double>(x[i]);
  }
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost,
             [&](Rows& rows) { standardise(rows, form); });
  return {};
}

// LRN.

struct LrnForm {
  int64_t size = 1;
  double alpha = 0;
  double beta = 0;
  double bias = 0;
};

Result<LrnForm> lrn_form(const Call& call) {
  LrnForm form;
  TAMIS_ASSIGN(form.size, call.integer("size", 1));
  TAMIS_ASSIGN(form.alpha, call.number("alpha", 1e-4F));
  TAMIS_ASSIGN(form.beta, call.number("beta", 0.75F));
  TAMIS_ASSIGN(form.bias, call.number("bias", 1));
  form.alpha /= static_cast<double>(form.size);
  return form;
}

/// x to the power of -beta, x above 0.
loop::Value inverse_power(const loop::Value& x, double beta) {
  const loop::Value one = loop::Value::constant(1);
  if (beta == 0.5) return one / square_root(x);
  if (beta == 0.75) return one / (square_root(x) * square_root(square_root(x)));
  if (beta == 1) return one / x;
  return exponential(logarithm(x) * loop::Value::constant(-beta));
}

/// Channels that have the same neighbours inside the input are computed together, as places of a pool.
Status lrn(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const LrnForm form, lrn_form(call));
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_TRY(check_operand(call, x));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  const int64_t before = (form.size - 1) / 2;
  const int64_t channels = x.shape[1];
  const auto first_of = [&](int64_t channel) { return std::max<int64_t>(channel - before, 0); };
  const auto end_of = [&](int64_t channel) { return std::min(channel - before + form.size, channels); };
  for (int64_t channel = 0; channel < channels;) {
    const int64_t neighbours = end_of(channel) - first_of(channel);
    int64_t end = channel + 1;
    while (end < channels && end_of(end) - first_of(end) == neighbours &&
           first_of(end) - first_of(channel) == end - channel)
      ++end;
    // The operands are y, the first neighbour of x, and x itself.
    Space space{{}, {channel * y.steps[1], first_of(channel) * x.steps[1], channel * x.steps[1]}};
    for (size_t i = 0; i < x.shape.size(); ++i)
      space.axes.push_back({i == 1 ? end - channel : x.shape[i], {y.steps[i], x.steps[i], x.steps[i]}});
    space.axes.push_back({neighbours, {0, x.steps[1], 0}, true});
    Rows::make(builder, space, LanesAlong::kept, [&](Rows& rows) {
      const loop::Value squares = sum_of_row(rows, [&](Places at) {
        const loop::Value one = load_of(x, at[1]);
        return one * one;
      });
      const loop::Value base = loop::Value::multiply_add(squares, loop::Value::constant(form.alpha),
                                                         loop::Value::constant(form.bias));
      rows.store(0, y.buffer, [&](Places at) { return load_of(x, at[2]) * inverse_power(base, form.beta); });
    });
    channel = end;
  }
  return {};
}

constexpr std::array kNormalizationGenerators{
    Generator{"GroupNormalization", nullptr, group_normalization},
    Generator{"InstanceNormalization", nullptr, group_normalization},
    Generator{"LRN", nullptr, lrn},
    Generator{"LayerNormalization", nullptr, layer_normalization},
    Generator{"LogSoftmax", nullptr, softmax},
    Generator{"RMSNormalization", nullptr, layer_normalization},
    Generator{"Softmax", nullptr, softmax},
};

}  // namespace

std::span<const Generator> normalization_generators() { return kNormalizationGenerators; }

}  // namespace tamis::network

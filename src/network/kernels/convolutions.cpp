#include "network/kernels/generators.h"
#include "network/kernels/products.h"
#include "network/kernels/values.h"
#include "network/operators/convolve.h"

#include <array>
#include <numeric>
#include <utility>

namespace tamis::network {
namespace {

constexpr int64_t kMostPhases = 256;  ///< nests of a transposed convolution

/// The input of a convolution with its padding, if it has any.
struct Padded {
  std::string buffer;
  std::vector<int64_t> steps;  ///< along the axes of the input
  int64_t offset = 0;          ///< of the element at 0 of each axis of the input
};

/// How many elements before and behind an axis a window reaches.
struct Reach {
  int64_t before = 0;
  int64_t behind = 0;
};

/// A copy of an input with zeros around it, where windows reach beyond it; in its own physical order.
Padded padded(KernelBuilder& builder, const Operand& x, const std::vector<Reach>& reaches) {
  const bool fits = std::all_of(reaches.begin(), reaches.end(),
                                [](const Reach& reach) { return reach.before == 0 && reach.behind == 0; });
  if (fits) return {x.buffer, x.steps, 0};
  Padded copy{{}, std::vector<int64_t>(x.shape.size(), 1), 0};
  int64_t step = 1;
  for (size_t i = x.order.size(); i-- > 0;) {
    const size_t axis = x.order[i];
    const Reach reach = axis < 2 ? Reach{} : reaches[axis - 2];
    copy.steps[axis] = step;
    copy.offset += reach.before * step;
    step *= x.shape[axis] + reach.before + reach.behind;
  }
  copy.buffer = builder.workspace(step, x.element);
  builder.add(store_everywhere(
      {{{step, {1}}}, {0}}, copy.buffer,
      [&](std::span<const loop::Affine>) { return loop::Value::constant(0, x.element); }, builder.shape()));
  Space inside{{}, {copy.offset, 0}};
  for (size_t i = 0; i < x.shape.size(); ++i)
    inside.axes.push_back({x.shape[i], {copy.steps[i], x.steps[i]}});
  builder.add(store_everywhere(
      inside, copy.buffer, [&](std::span<const loop::Affine> places) { return load_of(x, places[1]); },
      builder.shape()));
  return copy;
}

struct ConvolutionOperands {
  Operand x;
  Operand w;
  std::optional<Operand> bias;
  Operand y;
};

Result<ConvolutionOperands> convolution_operands(const Call& call, KernelBuilder& builder) {
  ConvolutionOperands operands;
  TAMIS_ASSIGN(operands.x, builder.input(call, 0));
  if (operands.x.element != loop::Element::float32)
    return without_generator(call, call.node().type + " of " + loop::to_string(operands.x.element));
  TAMIS_ASSIGN(operands.w, builder.input(call, 1));
  if (call.optional_input(2) != nullptr) {
    TAMIS_ASSIGN(operands.bias, builder.input(call, 2));
  }
  TAMIS_ASSIGN(operands.y, builder.output(call, 0));
  return operands;
}

/// A product that adds the bias, whose operands are y, the input, the weights and the bias.
Product biased_product(const ConvolutionOperands& operands, const Padded& x) {
  Product product{{{}, {0, x.offset, 0, 0}}, operands.y.buffer, x.buffer, operands.w.buffer, nullptr};
  product.finish = [bias = operands.bias](const loop::Value& sum, std::span<const loop::Affine> places) {
    return bias ? sum + load_of(*bias, places[3]) : sum;
  };
  return product;
}

/// Taps along spatial axes in the order in which the input lies, so that sums go through it in its order.
std::vector<size_t> axes_in_memory(const Operand& x) {
  std::vector<size_t> axes;
  for (const size_t axis : x.order)
    if (axis > 0) axes.push_back(axis);
  return axes;
}

Status conv(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const ConvolutionOperands operands, convolution_operands(call, builder));
  TAMIS_ASSIGN(const Convolution form, convolution_of(call, 0, 1));
  const Operand& y = operands.y;
  if (y.elements() == 0) return {};
  std::vector<Reach> reaches;
  for (const WindowAxis& axis : form.window)
    reaches.push_back(
        {axis.pad_begin,
         std::max<int64_t>((axis.output - 1) * axis.stride + axis.span() - axis.pad_begin - axis.input, 0)});
  const Padded x = padded(builder, operands.x, reaches);
  Product product = biased_product(operands, x);
  for (size_t i = 0; i < form.window.size(); ++i)
    product.space.offsets[kProductLeft] -= form.window[i].pad_begin * x.steps[i + 2];
  const int64_t inputs = form.inputs / form.groups;
  const int64_t outputs = form.outputs / form.groups;
  const std::vector<int64_t>& w = operands.w.steps;
  auto& axes = product.space.axes;
  axes.push_back({form.batch, {y.steps[0], x.steps[0], 0, 0}});
  axes.push_back({form.groups, {outputs * y.steps[1], inputs * x.steps[1], outputs * w[0], outputs}});
  axes.push_back({outputs, {y.steps[1], 0, w[0], 1}});
  for (size_t i = 0; i < form.window.size(); ++i)
    axes.push_back({form.window[i].output, {y.steps[i + 2], form.window[i].stride * x.steps[i + 2], 0, 0}});
  for (const size_t axis : axes_in_memory(operands.x)) {
    if (axis == 1) {
      axes.push_back({inputs, {0, x.steps[1], w[1], 0}, true});
    } else {
      const WindowAxis& window = form.window[axis - 2];
      axes.push_back({window.kernel, {0, window.dilation * x.steps[axis], w[axis], 0}, true});
    }
  }
  add_product(builder, std::move(product));
  return {};
}

// ConvTranspose: places of the output that lie a stride apart have the same taps, so each such phase is a
// convolution of stride 1.

/// The places of a phase along an axis, and the taps that reach them. Of place q (the output at first + q *
/// stride) tap t (the kernel at first_tap + t * tap_step) comes from the input at from + q - t * from_step.
struct Phase {
  int64_t first = 0;
  int64_t places = 0;
  int64_t first_tap = 0;
  int64_t tap_step = 1;
  int64_t taps = 0;
  int64_t from = 0;
  int64_t from_step = 1;
};

Phase phase_of(const WindowAxis& axis, int64_t first) {
  Phase phase{first, (axis.input - first + axis.stride - 1) / axis.stride};
  const int64_t common = std::gcd(axis.stride, axis.dilation);
  phase.tap_step = axis.stride / common;
  phase.from_step = axis.dilation / common;
  const auto reaches = [&](int64_t tap) {
    return (first + axis.pad_begin - tap * axis.dilation) % axis.stride == 0;
  };
  while (phase.first_tap < axis.kernel && !reaches(phase.first_tap)) ++phase.first_tap;
  if (phase.first_tap >= axis.kernel) return phase;
  phase.taps = (axis.kernel - 1 - phase.first_tap) / phase.tap_step + 1;
  phase.from = (first + axis.pad_begin - phase.first_tap * axis.dilation) / axis.stride;
  return phase;
}

std::vector<Phase> phases_of(const WindowAxis& axis) {
  std::vector<Phase> phases;
  for (int64_t first = 0; first < std::min(axis.stride, axis.input); ++first)
    phases.push_back(phase_of(axis, first));
  return phases;
}

/// How far the taps of all phases reach beyond the input, which has `axis.output` elements.
Reach reach_of(const WindowAxis& axis, const std::vector<Phase>& phases) {
  Reach reach;
  for (const Phase& phase : phases) {
    if (phase.taps == 0) continue;
    reach.before = std::max(reach.before, (phase.taps - 1) * phase.from_step - phase.from);
    reach.behind = std::max(reach.behind, phase.from + phase.places - axis.output);
  }
  return reach;
}

/// The product of one phase along each axis. Where no tap reaches its places, they get the bias alone.
void add_phase(KernelBuilder& builder, const ConvolutionOperands& operands, const Padded& x,
               const Convolution& form, const std::vector<Phase>& phases) {
  Product product = biased_product(operands, x);
  const Operand& y = operands.y;
  const std::vector<int64_t>& w = operands.w.steps;
  const int64_t inputs = form.inputs / form.groups;
  const int64_t outputs = form.outputs / form.groups;
  std::vector<Axis>& axes = product.space.axes;
  std::vector<int64_t>& offsets = product.space.offsets;
  axes.push_back({form.batch, {y.steps[0], x.steps[0], 0, 0}});
  axes.push_back({form.groups, {outputs * y.steps[1], inputs * x.steps[1], inputs * w[0], outputs}});
  axes.push_back({outputs, {y.steps[1], 0, w[1], 1}});
  bool reached = true;
  for (size_t i = 0; i < phases.size(); ++i) {
    const Phase& phase = phases[i];
    axes.push_back({phase.places, {y.steps[i + 2] * form.window[i].stride, x.steps[i + 2], 0, 0}});
    offsets[kProductOutput] += phase.first * y.steps[i + 2];
    offsets[kProductLeft] += phase.from * x.steps[i + 2];
    offsets[kProductRight] += phase.first_tap * w[i + 2];
    reached = reached && phase.taps > 0;
  }
  if (!reached) {
    builder.add(store_everywhere(
        product.space, y.buffer,
        [&](std::span<const loop::Affine> places) {
          return product.finish(loop::Value::constant(0), places);
        },
        builder.shape()));
    return;
  }
  axes.push_back({inputs, {0, x.steps[1], w[0], 0}, true});
  for (size_t i = 0; i < phases.size(); ++i)
    axes.push_back(
        {phases[i].taps, {0, -phases[i].from_step * x.steps[i + 2], phases[i].tap_step * w[i + 2], 0}, true});
  add_product(builder, std::move(product));
}

Status conv_transpose(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const ConvolutionOperands operands, convolution_operands(call, builder));
  TAMIS_ASSIGN(const Convolution form, transposed_convolution_of(call));
  if (operands.y.elements() == 0) return {};
  std::vector<std::vector<Phase>> all{{}};
  std::vector<Reach> reaches;
  for (const WindowAxis& axis : form.window) {
    const std::vector<Phase> phases = phases_of(axis);
    reaches.push_back(reach_of(axis, phases));
    std::vector<std::vector<Phase>> longer;
    for (const std::vector<Phase>& before : all)
      for (const Phase& phase : phases) {
        longer.push_back(before);
        longer.back().push_back(phase);
      }
    all = std::move(longer);
    if (static_cast<int64_t>(all.size()) > kMostPhases)
      return without_generator(call, "a ConvTranspose of so large strides");
  }
  const Padded x = padded(builder, operands.x, reaches);
  for (const std::vector<Phase>& phases : all) add_phase(builder, operands, x, form, phases);
  return {};
}

constexpr std::array kConvolutionGenerators{
    Generator{"Conv", nullptr, conv},
    Generator{"ConvTranspose", nullptr, conv_transpose},
};

}  // namespace

std::span<const Generator> convolution_generators() { return kConvolutionGenerators; }

}  // namespace tamis::network

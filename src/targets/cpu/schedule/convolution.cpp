#include "targets/cpu/schedule/convolution.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

/// Pixels that are treated alike and lie side by side need no rows and columns.
void join_pixels(Convolution& conv) {
  const bool pointwise = !conv.volume && conv.kernel_h == 1 && conv.kernel_w == 1 && conv.stride_h == 1 &&
                         conv.stride_w == 1 && !conv.padded() && conv.groups == 1 && !conv.depthwise;
  if (!pointwise || conv.layout != Layout::nhwc) return;
  conv.pixels = true;
  conv.h = conv.out_h = conv.n * conv.h * conv.w;
  conv.n = conv.w = conv.out_w = 1;
}

/// One axis of a transposed convolution.
struct TransposedAxis {
  int64_t input, output, kernel, stride, pad;
};

/// What a phase has of an axis.
struct AxisPhase {
  int64_t outputs, taps, pad, pad_end;
  Stride output, tap;
};

/// The phase of the output rows `first`, `first` + stride, ...: row y of them is row stride * (y + whole) +
/// rest of what a transposed convolution without cutting gives, to which input row y + whole - t comes
/// through row rest + stride * t of the kernel.
AxisPhase phase_of(const TransposedAxis& axis, int64_t first) {
  const int64_t whole = (first + axis.pad) / axis.stride;
  const int64_t rest = (first + axis.pad) % axis.stride;
  AxisPhase phase;
  phase.outputs = (axis.output - first + axis.stride - 1) / axis.stride;
  // A stride above the kernel leaves phases without a row: these have one of zeros.
  phase.taps = rest < axis.kernel ? (axis.kernel - rest + axis.stride - 1) / axis.stride : 1;
  phase.pad = phase.taps - 1 - whole;
  phase.pad_end = phase.outputs - phase.pad + phase.taps - 1 - axis.input;
  phase.output = {first, axis.stride};
  phase.tap = {rest + axis.stride * (phase.taps - 1), -axis.stride};
  return phase;
}

std::vector<AxisPhase> axis_phases(const TransposedAxis& axis) {
  std::vector<AxisPhase> phases;
  for (int64_t first = 0; first < std::min(axis.stride, axis.output); ++first)
    phases.push_back(phase_of(axis, first));
  return phases;
}

int64_t most_taps(const std::vector<AxisPhase>& phases) {
  int64_t most = 0;
  for (const AxisPhase& phase : phases) most = std::max(most, phase.taps);
  return most;
}

/// Each phase is a program of its own: beyond this many, compiling them takes too long.
constexpr int64_t kMostPhases = 64;

Result<Convolution> describe_transposed(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  if (!is_real(workload.type))
    return unsupported("target cpu has no conv2d_transpose of int8; write type=float32, or --target vta");
  if (shape.groups != 1)
    return unsupported(
        fmt::format("target cpu has no conv2d_transpose in groups, and this one has {}; its groups by "
                    "themselves are {} with "
                    "ci={},co={}",
                    shape.groups, shape.groups, shape.ci / shape.groups, shape.co / shape.groups));
  if (std::min(shape.stride_h, output_height(workload)) * std::min(shape.stride_w, output_width(workload)) >
      kMostPhases)
    return unsupported(fmt::format(
        "target cpu computes a conv2d_transpose in one part for each row and column of the stride, "
        "at most {}; the stride is {}x{}",
        kMostPhases, shape.stride_h, shape.stride_w));
  const std::vector<Convolution> phases = phases_of(workload);
  Convolution largest = phases.front();
  largest.phase.reset();
  for (const Convolution& phase : phases) {
    largest.out_h = std::max(largest.out_h, phase.out_h);
    largest.out_w = std::max(largest.out_w, phase.out_w);
    largest.kernel_h = std::max(largest.kernel_h, phase.kernel_h);
    largest.kernel_w = std::max(largest.kernel_w, phase.kernel_w);
    largest.pad_h = std::max(largest.pad_h, phase.pad_h);
    largest.pad_w = std::max(largest.pad_w, phase.pad_w);
    largest.pad_bottom = std::max(largest.pad_bottom, phase.pad_bottom);
    largest.pad_right = std::max(largest.pad_right, phase.pad_right);
  }
  return largest;
}

void set_depth(Convolution& conv, const Workload& workload) {
  const ConvShape& shape = workload.shape;
  conv.volume = true;
  conv.d = shape.d;
  conv.out_d = output_depth(workload);
  conv.kernel_d = shape.kernel_d;
  conv.stride_d = shape.stride_d;
  conv.pad_d = shape.pad_d;
  conv.pad_back = shape.pad_back();
  conv.dilation_d = shape.dilation_d;
}

/// An index or the extents of a layout with the plane before the rows.
template <class T>
std::vector<T> with_plane(Layout layout, std::vector<T> places, const T& plane) {
  places.insert(places.begin() + (layout == Layout::nhwc ? 1 : 2), plane);
  return places;
}

}  // namespace

Result<Convolution> describe(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  Convolution conv;
  conv.type = workload.type;
  conv.layout = workload.layout;
  conv.epilogue = workload.epilogue;
  if (workload.op == Operator::dense) {
    conv.layout = Layout::nhwc;
    conv.h = conv.out_h = shape.n;
    conv.ci = shape.ci;
    conv.co = shape.co;
    conv.pixels = true;
    return conv;
  }
  if (workload.op == Operator::conv2d_transpose) return describe_transposed(workload);
  if (workload.op == Operator::separable_conv2d) return describe(separable_parts(workload).depthwise);
  if (workload.op == Operator::conv3d) set_depth(conv, workload);
  if (workload.op != Operator::conv3d && workload.op != Operator::conv2d &&
      workload.op != Operator::grouped_conv2d && workload.op != Operator::depthwise_conv2d)
    return unsupported(fmt::format("target cpu has no {}", to_string(workload.op)));
  conv.depthwise = workload.op == Operator::depthwise_conv2d;
  conv.n = shape.n;
  conv.groups = conv.depthwise ? 1 : shape.groups;
  conv.ci = shape.ci / conv.groups;
  conv.co = shape.co / conv.groups;
  conv.h = shape.h;
  conv.w = shape.w;
  conv.out_h = output_height(workload);
  conv.out_w = output_width(workload);
  conv.kernel_h = shape.kernel_h;
  conv.kernel_w = shape.kernel_w;
  conv.stride_h = shape.stride_h;
  conv.stride_w = shape.stride_w;
  conv.pad_h = shape.pad_h;
  conv.pad_w = shape.pad_w;
  conv.pad_bottom = shape.pad_bottom();
  conv.pad_right = shape.pad_right();
  conv.dilation_h = shape.dilation_h;
  conv.dilation_w = shape.dilation_w;
  const int64_t block = conv.layout == Layout::nchw16c ? kLayoutBlock : 1;
  if (conv.groups > 1 && (conv.ci % block != 0 || conv.co % block != 0))
    return unsupported("target cpu has no blocked layout for groups whose channels are not a multiple of 16");
  join_pixels(conv);
  return conv;
}

std::vector<Convolution> phases_of(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  Convolution conv;
  conv.type = workload.type;
  conv.layout = workload.layout;
  conv.epilogue = workload.epilogue;
  conv.n = shape.n;
  conv.ci = shape.ci;
  conv.co = shape.co;
  conv.h = shape.h;
  conv.w = shape.w;
  const int64_t height = output_height(workload);
  const int64_t width = output_width(workload);
  const std::vector<AxisPhase> rows =
      axis_phases(TransposedAxis{shape.h, height, shape.kernel_h, shape.stride_h, shape.pad_h});
  const std::vector<AxisPhase> columns =
      axis_phases(TransposedAxis{shape.w, width, shape.kernel_w, shape.stride_w, shape.pad_w});
  std::vector<Convolution> phases;
  for (const AxisPhase& row : rows)
    for (const AxisPhase& column : columns) {
      conv.out_h = row.outputs;
      conv.out_w = column.outputs;
      conv.kernel_h = row.taps;
      conv.kernel_w = column.taps;
      conv.pad_h = row.pad;
      conv.pad_w = column.pad;
      conv.pad_bottom = row.pad_end;
      conv.pad_right = column.pad_end;
      conv.phase = Phase{static_cast<int64_t>(phases.size()),
                         static_cast<int64_t>(rows.size() * columns.size()),
                         height,
                         width,
                         shape.kernel_h,
                         shape.kernel_w,
                         most_taps(rows),
                         most_taps(columns),
                         row.output,
                         column.output,
                         row.tap,
                         column.tap};
      phases.push_back(conv);
    }
  return phases;
}

std::string Phase::suffix() const { return fmt::format("_{}", number); }

std::vector<Affine> input_index(const Convolution& conv, const Affine& n, const Affine& z, const Affine& y,
                                const Affine& x, const Affine& channel) {
  std::vector<Affine> index = layout_index(conv.layout, n, y, x, channel);
  return conv.volume ? with_plane(conv.layout, std::move(index), z) : index;
}

std::vector<Affine> output_index(const Convolution& conv, const Affine& n, const Affine& z, const Affine& y,
                                 const Affine& x, const Affine& channel) {
  if (conv.volume) return input_index(conv, n, z, y, x, channel);
  if (!conv.phase) return layout_index(conv.layout, n, y, x, channel);
  return layout_index(conv.layout, n, conv.phase->output_y.at(y), conv.phase->output_x.at(x), channel);
}

std::pair<Affine, Affine> divide(const Affine& channel, int64_t block) {
  Affine multiple(channel.constant() / block);
  Affine rest(channel.constant() % block);
  for (const Affine::Term& term : channel.terms()) {
    Affine& part = term.factor % block == 0 ? multiple : rest;
    part += (&part == &multiple ? term.factor / block : term.factor) * Affine::variable(term.loop);
  }
  return {multiple, rest};
}

std::vector<Affine> layout_index(Layout layout, const Affine& n, const Affine& y, const Affine& x,
                                 const Affine& channel) {
  switch (layout) {
    case Layout::nchw:
      return {n, channel, y, x};
    case Layout::nhwc:
      return {n, y, x, channel};
    case Layout::nchw16c: {
      const auto [block, lane] = divide(channel, kLayoutBlock);
      return {n, block, y, x, lane};
    }
  }
  return {};
}

std::vector<int64_t> layout_extents(Layout layout, int64_t n, int64_t h, int64_t w, int64_t channels) {
  switch (layout) {
    case Layout::nchw:
      return {n, channels, h, w};
    case Layout::nhwc:
      return {n, h, w, channels};
    case Layout::nchw16c:
      return {n, channels / kLayoutBlock, h, w, kLayoutBlock};
  }
  return {};
}

std::vector<Buffer> argument_buffers(const Convolution& conv, Buffer weights, bool corrected) {
  const Element element = element_of(conv.type);
  const int64_t ci = conv.ci * conv.groups;
  const int64_t co = conv.co * conv.groups;
  std::vector<int64_t> inputs = layout_extents(conv.layout, conv.n, conv.h, conv.w, ci);
  if (conv.volume) inputs = with_plane(conv.layout, std::move(inputs), conv.d);
  std::vector<Buffer> buffers = {{"input", element, std::move(inputs)}, std::move(weights)};
  if (corrected) buffers.push_back({"corrections", Element::int32, {co}});
  if (conv.epilogue.bias) buffers.push_back({"bias", sum_element_of(conv.type), {co}});
  std::vector<int64_t> outputs =
      layout_extents(conv.layout, conv.n, conv.phase ? conv.phase->output_h : conv.out_h,
                     conv.phase ? conv.phase->output_w : conv.out_w, co);
  if (conv.volume) outputs = with_plane(conv.layout, std::move(outputs), conv.out_d);
  if (conv.epilogue.residual) buffers.push_back({"residual", element, outputs});
  buffers.push_back({"output", element, outputs, Storage::argument, true});
  return buffers;
}

}  // namespace tamis::cpu

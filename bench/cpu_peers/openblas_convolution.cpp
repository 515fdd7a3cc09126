#include "cpu_peers/openblas.h"

#include <algorithm>

#include <cblas.h>
#include <fmt/format.h>

namespace tamis::peers {
namespace {

/// A convolution being computed: its sizes, and where everything lies.
struct Convolution {
  ConvShape shape;
  Epilogue epilogue;
  int64_t height, width;              ///< of the output
  std::vector<float> input, weights;  ///< weights as the layout's product wants them
  std::vector<float> bias, output;
  std::vector<std::vector<float>> columns;  ///< im2col's matrix of each thread; empty where none is needed

  int64_t group_inputs() const { return shape.ci / shape.groups; }
  int64_t group_outputs() const { return shape.co / shape.groups; }
  /// Terms of one sum.
  int64_t depth() const { return group_inputs() * shape.kernel_h * shape.kernel_w; }
  /// Whether the input is im2col's matrix already.
  bool pointwise() const {
    return shape.kernel_h == 1 && shape.kernel_w == 1 && shape.stride_h == 1 && shape.stride_w == 1 &&
           shape.pad_h == 0 && shape.pad_w == 0 && shape.evenly_padded();
  }
};

/// Output rows [first, end) of one image and group.
struct Slice {
  int64_t n, group, first, end;
  int64_t pixels(const Convolution& conv) const { return (end - first) * conv.width; }
};

/// Output column x of a tap reads input column x * stride + offset, which lies inside the input for the
/// columns [first, end).
struct Tap {
  int64_t stride, offset, first, end;
};
Tap tap_of(const Convolution& conv, int64_t kx) {
  const int64_t stride = conv.shape.stride_w, offset = kx * conv.shape.dilation_w - conv.shape.pad_w;
  const int64_t first = offset >= 0 ? 0 : std::min((-offset + stride - 1) / stride, conv.width);
  const int64_t end = offset >= conv.shape.w ? 0 : (conv.shape.w - offset + stride - 1) / stride;
  return {stride, offset, first, std::clamp(end, first, conv.width)};
}

/// What one tap reads of an input row for an output row of `width` columns: zeros outside.
void copy_row(const Tap& tap, const float* row, int64_t width, float* target) {
  std::fill(target, target + tap.first, 0.0F);
  if (tap.stride == 1) {
    std::copy(row + tap.first + tap.offset, row + tap.end + tap.offset, target + tap.first);
  } else {
    for (int64_t x = tap.first; x < tap.end; ++x) target[x] = row[x * tap.stride + tap.offset];
  }
  std::fill(target + tap.end, target + width, 0.0F);
}

/// im2col for NCHW: one row for every channel and tap, one column for every output pixel of the slice.
void unfold_nchw(const Convolution& conv, const Slice& slice, float* matrix) {
  const ConvShape& shape = conv.shape;
  float* target = matrix;
  for (int64_t c = 0; c < conv.group_inputs(); ++c)
    for (int64_t ky = 0; ky < shape.kernel_h; ++ky)
      for (int64_t kx = 0; kx < shape.kernel_w; ++kx) {
        const Tap tap = tap_of(conv, kx);
        const int64_t channel = slice.n * shape.ci + slice.group * conv.group_inputs() + c;
        for (int64_t y = slice.first; y < slice.end; ++y, target += conv.width) {
          const int64_t row = y * shape.stride_h + ky * shape.dilation_h - shape.pad_h;
          if (row < 0 || row >= shape.h) {
            std::fill(target, target + conv.width, 0.0F);
          } else {
            copy_row(tap, conv.input.data() + (channel * shape.h + row) * shape.w, conv.width, target);
          }
        }
      }
}

/// im2col for NHWC: one row for every output pixel of the slice, in it every tap's channels.
void unfold_nhwc(const Convolution& conv, const Slice& slice, float* matrix) {
  const ConvShape& shape = conv.shape;
  const int64_t channels = conv.group_inputs();
  float* target = matrix;
  for (int64_t y = slice.first; y < slice.end; ++y)
    for (int64_t x = 0; x < conv.width; ++x)
      for (int64_t ky = 0; ky < shape.kernel_h; ++ky)
        for (int64_t kx = 0; kx < shape.kernel_w; ++kx, target += channels) {
          const int64_t row = y * shape.stride_h + ky * shape.dilation_h - shape.pad_h;
          const int64_t column = x * shape.stride_w + kx * shape.dilation_w - shape.pad_w;
          if (row < 0 || row >= shape.h || column < 0 || column >= shape.w) {
            std::fill(target, target + channels, 0.0F);
            continue;
          }
          const int64_t pixel = (slice.n * shape.h + row) * shape.w + column;
          std::copy_n(conv.input.data() + pixel * shape.ci + slice.group * channels, channels, target);
        }
}

void multiply_nchw(Convolution& conv, const Slice& slice, float* matrix) {
  const ConvShape& shape = conv.shape;
  const int64_t pixels = slice.pixels(conv), plane = conv.height * conv.width;
  const float* right = matrix;
  if (conv.pointwise()) {
    right = conv.input.data() + (slice.n * shape.ci + slice.group * conv.group_inputs()) * plane +
            slice.first * conv.width;
  } else {
    unfold_nchw(conv, slice, matrix);
  }
  const int64_t channel = slice.group * conv.group_outputs();
  float* output = conv.output.data() + (slice.n * shape.co + channel) * plane + slice.first * conv.width;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(conv.group_outputs()),
              static_cast<int>(pixels), static_cast<int>(conv.depth()), 1.0F,
              conv.weights.data() + channel * conv.depth(), static_cast<int>(conv.depth()), right,
              static_cast<int>(conv.pointwise() ? plane : pixels), 0.0F, output, static_cast<int>(plane));
  finish_rows(conv.epilogue, conv.bias.data() + channel, {output, conv.group_outputs(), pixels, plane});
}

void multiply_nhwc(Convolution& conv, const Slice& slice, float* matrix) {
  const ConvShape& shape = conv.shape;
  const int64_t pixels = slice.pixels(conv), pixel = (slice.n * conv.height + slice.first) * conv.width;
  const float* left = matrix;
  if (conv.pointwise()) {
    left = conv.input.data() + pixel * shape.ci + slice.group * conv.group_inputs();
  } else {
    unfold_nhwc(conv, slice, matrix);
  }
  const int64_t channel = slice.group * conv.group_outputs();
  float* output = conv.output.data() + pixel * shape.co + channel;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(pixels),
              static_cast<int>(conv.group_outputs()), static_cast<int>(conv.depth()), 1.0F, left,
              static_cast<int>(conv.pointwise() ? shape.ci : conv.depth()), conv.weights.data() + channel,
              static_cast<int>(shape.co), 0.0F, output, static_cast<int>(shape.co));
  finish_columns(conv.epilogue, conv.bias.data() + channel, {output, pixels, conv.group_outputs(), shape.co});
}

/// OIHW weights as NHWC's product wants them, ahead of time: [ky][kx][channel of the group][co].
std::vector<float> pack_weights(const Convolution& conv, const std::vector<float>& weights) {
  const int64_t taps = conv.shape.kernel_h * conv.shape.kernel_w;
  std::vector<float> packed(weights.size());
  size_t element = 0;
  for (int64_t o = 0; o < conv.shape.co; ++o)
    for (int64_t c = 0; c < conv.group_inputs(); ++c)
      for (int64_t tap = 0; tap < taps; ++tap)
        packed[static_cast<size_t>((tap * conv.group_inputs() + c) * conv.shape.co + o)] = weights[element++];
  return packed;
}

std::shared_ptr<Convolution> make_convolution(const Task& task, Layout layout) {
  auto conv = std::make_shared<Convolution>();
  const Workload& workload = task.workload;
  conv->shape = workload.shape;
  conv->epilogue = workload.epilogue;
  conv->height = output_height(workload);
  conv->width = output_width(workload);
  conv->input = change_layout(task.input(), input_shape(workload), workload.layout, layout);
  conv->weights = layout == Layout::nhwc ? pack_weights(*conv, task.weights()) : task.weights();
  conv->bias = task.bias();
  conv->output.resize(task.data.output.size());
  conv->columns.resize(static_cast<size_t>(task.threads));
  if (!conv->pointwise())
    for (auto& columns : conv->columns)
      columns.resize(static_cast<size_t>(conv->depth() * conv->height * conv->width));
  return conv;
}

/// Each thread takes some of the output rows: it unfolds, multiplies and finishes them.
void convolve(Convolution& conv, Layout layout, int threads) {
  openblas_set_num_threads(1);
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int thread = 0; thread < threads; ++thread) {
    const int64_t first = conv.height * thread / threads, end = conv.height * (thread + 1) / threads;
    float* matrix = conv.columns[static_cast<size_t>(thread)].data();
    for (int64_t n = 0; n < conv.shape.n && first < end; ++n)
      for (int64_t group = 0; group < conv.shape.groups; ++group)
        (layout == Layout::nhwc ? multiply_nhwc : multiply_nchw)(conv, {n, group, first, end}, matrix);
  }
}

/// A convolution by im2col and sgemm, then a pass for bias and clip.
class OpenblasConvolution final : public OpenblasPeer {
 public:
  OpenblasConvolution(std::string name, Layout layout) : OpenblasPeer(std::move(name)), layout_(layout) {}

  Result<PreparedCall> prepare(const Task& task) const override {
    const Operator op = task.workload.op;
    if (op != Operator::conv2d && op != Operator::grouped_conv2d && op != Operator::depthwise_conv2d)
      return unsupported(fmt::format("{} is for convolutions", name()));
    const std::shared_ptr<Convolution> conv = make_convolution(task, layout_);
    PreparedCall call;
    call.implementation = openblas_implementation(conv->pointwise() ? "sgemm" : "im2col and sgemm");
    call.run = [conv, layout = layout_, threads = task.threads] { convolve(*conv, layout, threads); };
    call.output = [conv, layout = layout_, workload = task.workload] {
      return change_layout(conv->output, output_shape(workload), layout, workload.layout);
    };
    return call;
  }

 private:
  Layout layout_;
};

}  // namespace

Peers openblas_convolutions() {
  Peers peers;
  peers.push_back(std::make_unique<OpenblasConvolution>("openblas nchw", Layout::nchw));
  peers.push_back(std::make_unique<OpenblasConvolution>("openblas nhwc", Layout::nhwc));
  return peers;
}

}  // namespace tamis::peers

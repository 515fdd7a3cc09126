#include "network/operators/convolve.h"

#include "network/operators/wide.h"

#include <span>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

std::span<const int64_t> spatial(const Shape& shape) { return std::span(shape).subspan(2); }

/// Errors: where X and W are no arrays of the same rank with spatial dimensions, or `kernel_shape` is not
/// W's.
Status check_ranks(const Call& call, const Shape& x, const Shape& w) {
  if (x.size() < 3 || w.size() != x.size())
    return call.invalid("its input of shape " + to_string(x) + " and weights of shape " + to_string(w) +
                        " must have the same rank, at least 3");
  TAMIS_ASSIGN(const auto kernel, call.integer_list("kernel_shape"));
  const std::span<const int64_t> of_weights = spatial(w);
  if (kernel && Shape(of_weights.begin(), of_weights.end()) != *kernel)
    return call.invalid("attribute \"kernel_shape\" is " + to_string(*kernel) +
                        ", but the weights are of shape " + to_string(w));
  return {};
}

Result<int64_t> groups_of(const Call& call, int64_t channels, std::string_view of_what) {
  TAMIS_ASSIGN(const int64_t groups, call.integer("group", 1));
  if (groups < 1 || channels % groups != 0)
    return call.invalid("its " + std::to_string(channels) + " " + std::string(of_what) +
                        " are not divisible into " + std::to_string(groups) + " groups");
  return groups;
}

Shape with_spatial(int64_t batch, int64_t channels, const Shape& rest) {
  Shape shape{batch, channels};
  shape.insert(shape.end(), rest.begin(), rest.end());
  return shape;
}

/// The sizes of a convolution as places in memory.
struct Strides {
  explicit Strides(const Convolution& convolution)
      : groups(static_cast<size_t>(convolution.groups)),
        inputs(static_cast<size_t>(convolution.inputs) / groups),
        outputs(static_cast<size_t>(convolution.outputs) / groups),
        x(static_cast<size_t>(*element_count(inputs_of(convolution.window)))),
        y(static_cast<size_t>(*element_count(outputs_of(convolution.window)))),
        step(static_cast<size_t>(convolution.window.back().stride)) {
    for (const WindowAxis& axis : convolution.window) taps *= static_cast<size_t>(axis.kernel);
  }

  size_t groups;
  size_t inputs;   ///< of a group
  size_t outputs;  ///< of a group
  size_t x;        ///< elements of a channel of what the window slides over
  size_t y;        ///< places of the window
  size_t step;     ///< along the last axis
  size_t taps = 1;
};

}  // namespace

Result<Convolution> convolution_of(const Call& call, size_t x_index, size_t w_index) {
  TAMIS_ASSIGN(const Shape x, call.shape(x_index));
  TAMIS_ASSIGN(const Shape w, call.shape(w_index));
  TAMIS_TRY(check_ranks(call, x, w));
  TAMIS_ASSIGN(const int64_t groups, groups_of(call, w[0], "output channels"));
  if (x[1] % groups != 0 || x[1] / groups != w[1])
    return call.invalid("its input has " + std::to_string(x[1]) + " channels, but its weights take " +
                        std::to_string(w[1]) + " in each of " + std::to_string(groups) + " groups");
  TAMIS_ASSIGN(Window window, sliding_window(call, spatial(x), spatial(w), BothPaddings::refused));
  return Convolution{x[0], groups, x[1], w[0], std::move(window)};
}

Result<Convolution> transposed_convolution_of(const Call& call) {
  TAMIS_ASSIGN(const Shape x, call.shape(0));
  TAMIS_ASSIGN(const Shape w, call.shape(1));
  TAMIS_TRY(check_ranks(call, x, w));
  if (x[1] != w[0])
    return call.invalid("its input has " + std::to_string(x[1]) + " channels, but its weights take " +
                        std::to_string(w[0]));
  TAMIS_ASSIGN(const int64_t groups, groups_of(call, x[1], "input channels"));
  if (!element_count({w[1], groups})) return call.invalid("it has too many groups");
  TAMIS_ASSIGN(Window window, transposed_window(call, spatial(x), spatial(w)));
  return Convolution{x[0], groups, x[1], w[1] * groups, std::move(window)};
}

Shape output_shape(const Convolution& convolution) {
  return with_spatial(convolution.batch, convolution.outputs, outputs_of(convolution.window));
}

Shape transposed_output_shape(const Convolution& convolution) {
  return with_spatial(convolution.batch, convolution.outputs, inputs_of(convolution.window));
}

std::vector<double> convolve(const Convolution& convolution, const Array& x, const Array& w) {
  const Strides size(convolution);
  if (convolution.batch * convolution.outputs == 0) return {};
  const TapRuns runs(convolution.window);
  std::vector<double> image(size.inputs * size.x);
  std::vector<double> weights(size.inputs * size.taps);
  std::vector<double> y(static_cast<size_t>(convolution.batch * convolution.outputs) * size.y);
  double* plane = y.data();
  for (size_t part = 0; part < static_cast<size_t>(convolution.batch) * size.groups; ++part) {
    read_elements(x, part * image.size(), std::span(image));
    for (size_t output = 0; output < size.outputs; ++output, plane += size.y) {
      const size_t kernel = part % size.groups * size.outputs + output;
      read_elements(w, kernel * weights.size(), std::span(weights));
      for (size_t input = 0; input < size.inputs; ++input)
        runs.each([&](const TapRun& run) {
          add_scaled(plane + run.output, image.data() + input * size.x + run.input, size.step,
                     weights[input * size.taps + run.tap], run.count);
        });
    }
  }
  return y;
}

std::vector<double> convolve_transposed(const Convolution& convolution, const Array& x, const Array& w) {
  const Strides size(convolution);
  if (convolution.batch * convolution.outputs == 0) return {};
  const TapRuns runs(convolution.window);
  std::vector<double> channel(size.y);
  std::vector<double> weights(size.outputs * size.taps);
  std::vector<double> y(static_cast<size_t>(convolution.batch * convolution.outputs) * size.x);
  for (size_t part = 0; part < static_cast<size_t>(convolution.batch) * size.groups; ++part) {
    double* planes = y.data() + part * size.outputs * size.x;
    for (size_t input = 0; input < size.inputs; ++input) {
      read_elements(x, (part * size.inputs + input) * channel.size(), std::span(channel));
      const size_t kernel = part % size.groups * size.inputs + input;
      read_elements(w, kernel * weights.size(), std::span(weights));
      for (size_t output = 0; output < size.outputs; ++output)
        runs.each([&](const TapRun& run) {
          scatter_scaled(planes + output * size.x + run.input, size.step, channel.data() + run.output,
                         weights[output * size.taps + run.tap], run.count);
        });
    }
  }
  return y;
}

void add_to_channels(std::vector<double>& y, int64_t batch, const std::vector<double>& bias) {
  if (y.empty()) return;
  const size_t rest = y.size() / (static_cast<size_t>(batch) * bias.size());
  for (size_t i = 0; i < y.size() / rest; ++i)
    for (size_t j = 0; j < rest; ++j) y[i * rest + j] += bias[i % bias.size()];
}

}  // namespace tamis::network

#include "cpu_peers/task.h"

#include "tamis/workload.h"

#include <fmt/format.h>

namespace tamis::peers {

Result<Task> make_task(const Workload& workload, uint64_t seed, int threads) {
  if (workload.op == Operator::external || workload.type != DataType::float32)
    return unsupported(fmt::format(
        "{} is not a float32 workload, and only those can be compared with libraries; write type=float32",
        workload.name));
  if (workload.epilogue.activation != Activation::none || workload.epilogue.residual)
    return unsupported(
        fmt::format("{} has an activation or a residual, and libraries are called with bias and clip only; "
                    "leave them out",
                    workload.name));
  return Task{workload, make_data(workload, seed), threads};
}

ActivationShape input_shape(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  return {shape.n, shape.ci, shape.h * shape.w};
}

ActivationShape output_shape(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  return {shape.n, shape.co, output_height(workload) * output_width(workload)};
}

std::vector<float> change_layout(const std::vector<float>& values, const ActivationShape& shape, Layout from,
                                 Layout to) {
  if (from == to) return values;
  std::vector<float> changed(values.size());
  for (int64_t n = 0; n < shape.n; ++n)
    for (int64_t c = 0; c < shape.channels; ++c) {
      const ChannelPlace source = channel_place(from, shape.channels, shape.pixels, n, c);
      const ChannelPlace target = channel_place(to, shape.channels, shape.pixels, n, c);
      for (int64_t p = 0; p < shape.pixels; ++p)
        changed[static_cast<size_t>(target.first + p * target.step)] =
            values[static_cast<size_t>(source.first + p * source.step)];
    }
  return changed;
}

}  // namespace tamis::peers

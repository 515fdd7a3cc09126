#pragma once

#include "workload/data.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tamis {

/// The result of a workload computed in another way than reference_output: every input value is scattered to
/// the outputs that it reaches, in 64-bit sums that are wrapped to 32 bits at the end.
inline Tensor scattered_output(const Workload& workload, const WorkloadData& data) {
  const auto& input = data.input.values<int8_t>();
  const auto& weights = data.weights.values<int8_t>();
  const auto& biases = data.bias.values<int32_t>();
  const ConvShape& s = workload.shape;
  const int64_t height = output_height(workload), width = output_width(workload);
  const int64_t group_in = s.ci / s.groups, group_out = s.co / s.groups;
  const bool transposed = workload.op == Operator::conv2d_transpose;
  std::vector<int64_t> sums(static_cast<size_t>(s.n * s.co * height * width), 0);
  // The output position that an input position meets through a kernel position, or -1.
  const auto target = [&](int64_t in, int64_t k, int64_t stride, int64_t pad, int64_t limit) -> int64_t {
    if (transposed) {
      const int64_t out = in * stride - pad + k;
      return out >= 0 && out < limit ? out : -1;
    }
    const int64_t scaled = in + pad - k;
    return scaled >= 0 && scaled % stride == 0 && scaled / stride < limit ? scaled / stride : -1;
  };
  size_t position = 0;
  for (int64_t n = 0; n < s.n; ++n)
    for (int64_t c = 0; c < s.ci; ++c)
      for (int64_t y = 0; y < s.h; ++y)
        for (int64_t x = 0; x < s.w; ++x) {
          const int64_t value = input[position++];
          for (int64_t ky = 0; ky < s.kernel_h; ++ky)
            for (int64_t kx = 0; kx < s.kernel_w; ++kx) {
              const int64_t oy = target(y, ky, s.stride_h, s.pad_h, height);
              const int64_t ox = target(x, kx, s.stride_w, s.pad_w, width);
              if (oy < 0 || ox < 0) continue;
              for (int64_t o = c / group_in * group_out; o < (c / group_in + 1) * group_out; ++o) {
                const int64_t weight = ((o * group_in + c % group_in) * s.kernel_h + ky) * s.kernel_w + kx;
                sums[static_cast<size_t>(((n * s.co + o) * height + oy) * width + ox)] +=
                    value * weights[static_cast<size_t>(weight)];
              }
            }
        }
  std::vector<int8_t> output;
  for (size_t i = 0; i < sums.size(); ++i) {
    const auto channel = (i / static_cast<size_t>(height * width)) % static_cast<size_t>(s.co);
    // Floor division is the arithmetic shift.
    const int64_t wrapped = static_cast<int32_t>(static_cast<uint32_t>(sums[i]));
    const int64_t divisor = int64_t{1} << workload.epilogue.shift;
    const int64_t shifted = wrapped >= 0 ? wrapped / divisor : -((-wrapped + divisor - 1) / divisor);
    const auto biased = static_cast<int32_t>(static_cast<uint32_t>(shifted + biases[channel]));
    output.push_back(static_cast<int8_t>(
        std::min(std::max<double>(biased, workload.epilogue.clip_min), workload.epilogue.clip_max)));
  }
  return output;
}

}  // namespace tamis

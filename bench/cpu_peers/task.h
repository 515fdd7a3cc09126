#pragma once

#include "tamis/data.h"
#include "tamis/result.h"
#include "tamis/workload.h"

#include <cstdint>
#include <vector>

namespace tamis::peers {

/// One float32 workload with its data and the reference result that every peer must compute, and how many
/// threads a peer may use.
struct Task {
  Workload workload;
  WorkloadData data;
  int threads = 1;

  const std::vector<float>& input() const { return data.input.values<float>(); }
  const std::vector<float>& weights() const { return data.weights.values<float>(); }
  const std::vector<float>& bias() const { return data.bias.values<float>(); }
};

/// The task of a workload, its data drawn from the seed. Errors: unsupported for workloads that are not
/// float32, since no peer computes VTA's int8 epilogue, and for those with an activation or a residual.
Result<Task> make_task(const Workload& workload, uint64_t seed, int threads);

/// One side of a convolution: what its activations' layouts depend on.
struct ActivationShape {
  int64_t n, channels, pixels;
};
ActivationShape input_shape(const Workload& workload);
ActivationShape output_shape(const Workload& workload);

/// Activations in another layout.
std::vector<float> change_layout(const std::vector<float>& values, const ActivationShape& shape, Layout from,
                                 Layout to);

}  // namespace tamis::peers

#pragma once

#include "workload/workload.h"

#include <cstdint>
#include <vector>

namespace tamis {

/// Inputs of a workload and the output that a correct program computes from them; layouts as in ConvShape.
struct WorkloadData {
  std::vector<int8_t> input;    ///< NCHW
  std::vector<int8_t> weights;  ///< OIHW
  std::vector<int32_t> bias;    ///< co, zeros when the epilogue has none
  std::vector<int8_t> output;   ///< NCHW, the reference result
};

/// Random inputs from the seed with the reference result. Inputs and weights are drawn so that most outputs
/// lie inside the clip range, where a wrong accumulation shows. The workload must be valid; an external one
/// has no data of ours, so everything is empty. Thread safe.
WorkloadData make_data(const Workload& workload, uint64_t seed);

/// The reference result: the operator as its definition says, loop by loop, in wrapping int32 sums. The
/// workload must be valid and the vectors must have its sizes; the bias is ignored where the epilogue has
/// none. Thread safe.
std::vector<int8_t> reference_output(const Workload& workload, const std::vector<int8_t>& input,
                                     const std::vector<int8_t>& weights, const std::vector<int32_t>& bias);

}  // namespace tamis

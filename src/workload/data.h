#pragma once

#include "workload/tensor.h"
#include "workload/workload.h"

#include <cstdint>

namespace tamis {

/// Inputs of a workload and the output that a correct program computes from them. Elements are int8 or
/// float as the workload's type says; the bias is int32 for int8.
struct WorkloadData {
  Tensor input;          ///< as Workload::layout says; for a matmul A
  Tensor weights;        ///< OIHW; for a matmul B, the second operand
  Tensor bias;           ///< one per output channel (column of a matmul), zeros when the epilogue has none
  Tensor output;         ///< the reference result, as Workload::layout says
  double tolerance = 0;  ///< how far an element of a correct program's output may lie from `output`
};

/// Random inputs from the seed with the reference result. The workload must be valid; an external one has no
/// data of ours, so everything is empty. Workloads that differ in their layout only get the same data,
/// reordered. Thread safe.
///
/// int8: operands are drawn so that most outputs lie inside the clip range, where a wrong accumulation shows.
/// float32: operands and bias are uniform in [-1, 1].
WorkloadData make_data(const Workload& workload, uint64_t seed);

/// What reference_result gives.
struct Reference {
  Tensor output;
  double tolerance = 0;
};

/// The reference result: the operator as its definition says, in wrapping int32 sums for int8 and in sums of
/// doubles, rounded once, for float32. The workload must be valid and not external, and the tensors must have
/// its types and sizes; the bias is ignored where the epilogue has none. Thread safe.
///
/// The tolerance is 0 for int8. For float32 it is 2e-4 times the root mean square of the sums before the
/// epilogue (those with at least one product; padding alone has none), which is sqrt(K) / 3 for K products of
/// operands uniform in [-1, 1]. A correct program stays below: a float32 sum one after another errs by at
/// most 8e-6 of that root mean square for K = 4608 and 3e-5 for K = 25088, Winograd's F(4x4, 3x3), whose
/// transformations amplify rounding (Lavin and Gray, 2015), by 6e-5 for 512 channels. A wrong one shows: a
/// single missing product is 1/4 on average, 1e-2 of the root mean square for K = 4608
/// (tests/workload/tolerance_test.cpp).
Reference reference_result(const Workload& workload, const Tensor& input, const Tensor& weights,
                           const Tensor& bias);

}  // namespace tamis

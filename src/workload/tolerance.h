#pragma once

namespace tamis {

/// How far a float32 output may lie from the reference, in units of the root mean square of the sums before
/// the epilogue: reference_result (tamis/data.h) says why.
inline constexpr double kRelativeTolerance = 2e-4;

}  // namespace tamis

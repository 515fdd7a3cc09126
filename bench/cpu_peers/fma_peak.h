#pragma once

namespace tamis::peers {

/// Arithmetic rates in GFLOP/s; a multiply-add counts as two operations.
struct FmaRate {
  double fastest = 0;  ///< the peak: the best of many short stretches
  double typical = 0;  ///< their median: below the peak where somebody else uses a core, or the clock is slow
};

/// Measures for about two milliseconds what the arithmetic units can do: independent fused multiply-adds on
/// registers alone, with the widest vectors that the processor has (AVX-512 or AVX2), on `threads` threads at
/// once. Both rates are 0 on a processor that has neither, as on any but x86-64.
FmaRate measure_fma_rate(int threads);

/// The vectors that the rate is measured with: `AVX-512`, `AVX2` or `none`.
const char* fma_vectors();

}  // namespace tamis::peers

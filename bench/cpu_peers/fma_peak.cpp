#include "cpu_peers/fma_peak.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tamis::peers {
namespace {

// Enough independent sums to hide the latency of a multiply-add (4 cycles, 2 a cycle), with some to spare.
constexpr int kSums = 12;
constexpr int64_t kTurns = 10'000;
constexpr size_t kStretches = 51;

#if defined(__x86_64__)
__attribute__((target("avx512f"))) float multiply_add_512() {
  __m512 sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = _mm512_set1_ps(static_cast<float>(i));
  const __m512 factor = _mm512_set1_ps(0.5F), term = _mm512_set1_ps(1.0F);
  for (int64_t turn = 0; turn < kTurns; ++turn) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = _mm512_fmadd_ps(sums[i], factor, term);
  }
  __m512 total = sums[0];
  for (int i = 1; i < kSums; ++i) total = _mm512_add_ps(total, sums[i]);
  return _mm512_cvtss_f32(total);
}

__attribute__((target("avx2,fma"))) float multiply_add_256() {
  __m256 sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = _mm256_set1_ps(static_cast<float>(i));
  const __m256 factor = _mm256_set1_ps(0.5F), term = _mm256_set1_ps(1.0F);
  for (int64_t turn = 0; turn < kTurns; ++turn) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = _mm256_fmadd_ps(sums[i], factor, term);
  }
  __m256 total = sums[0];
  for (int i = 1; i < kSums; ++i) total = _mm256_add_ps(total, sums[i]);
  return _mm256_cvtss_f32(total);
}

#endif

/// A loop of multiply-adds and how many floats one of its vectors has.
struct Loop {
  const char* vectors;
  float (*run)();
  int lanes;
};

Loop widest_loop() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {"AVX-512", multiply_add_512, 16};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {"AVX2", multiply_add_256, 8};
#endif
  return {"none", nullptr, 0};
}

}  // namespace

const char* fma_vectors() { return widest_loop().vectors; }

FmaRate measure_fma_rate(int threads) {
  const Loop loop = widest_loop();
  if (loop.run == nullptr) return {};
  std::array<double, kStretches> rates{};
  for (double& rate : rates) {
    double slowest_ns = 0;
#pragma omp parallel num_threads(threads) reduction(max : slowest_ns)
    {
#pragma omp barrier
      const auto begin = std::chrono::steady_clock::now();
      volatile float kept = loop.run();
      static_cast<void>(kept);
      slowest_ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
    }
    rate = 2.0 * kSums * loop.lanes * static_cast<double>(kTurns) * threads / slowest_ns;
  }
  std::sort(rates.begin(), rates.end());
  return {rates.back(), rates[kStretches / 2]};
}

}  // namespace tamis::peers

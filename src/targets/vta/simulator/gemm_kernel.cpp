#include "targets/vta/simulator/gemm_kernel.h"

#include "base/cpu_clones.h"
#include "targets/vta/simulator/stale_writes.h"

#include <algorithm>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tamis::vta {
namespace {

/// Calls visit(dst, src, wgt) for every micro-op of the nest, and pass() before every pass over the uops.
template <class Pass, class Visit>
inline __attribute__((always_inline)) void for_each_uop(const GemmInstruction& gemm, const Uop* uops,
                                                        Pass pass, Visit visit) {
  const uint32_t count = gemm.uop_end - gemm.uop_begin;
  for (uint64_t y = 0; y < gemm.iter_out; ++y) {
    for (uint64_t x = 0; x < gemm.iter_in; ++x) {
      const uint64_t dst = y * gemm.dst_factor_out + x * gemm.dst_factor_in;
      const uint64_t src = y * gemm.src_factor_out + x * gemm.src_factor_in;
      const uint64_t wgt = y * gemm.wgt_factor_out + x * gemm.wgt_factor_in;
      pass();
      for (uint32_t u = 0; u < count; ++u) visit(dst + uops[u].dst, src + uops[u].src, wgt + uops[u].wgt);
    }
  }
}

void reset(const GemmInstruction& gemm, const Uop* uops, const TensorMemories& memories) {
  const int64_t lanes = memories.lanes();
  for_each_uop(
      gemm, uops, [] {},
      [&](uint64_t dst, uint64_t, uint64_t) { std::fill_n(memories.acc + dst * lanes, lanes, 0); });
}

/// acc = from + inp x wgt^T for one element, of any shape. Sums wrap around, so they are made of unsigned
/// numbers.
inline void multiply(const TensorMemories& memories, const int32_t* from, uint64_t dst, uint64_t src,
                     uint64_t wgt) {
  const int64_t block = memories.block, lanes = memories.lanes();
  for (int64_t b = 0; b < memories.batch; ++b) {
    const int8_t* inp = memories.inp + src * lanes + b * block;
    for (int64_t o = 0; o < block; ++o) {
      const int8_t* row = memories.wgt + (wgt * block + o) * block;
      int32_t sum = 0;  // at most 2^8 products of 2^14: no overflow
      for (int64_t i = 0; i < block; ++i) sum += int32_t{inp[i]} * row[i];
      const int64_t lane = b * block + o;
      const auto total = static_cast<int32_t>(static_cast<uint32_t>(from[lane]) + static_cast<uint32_t>(sum));
      memories.acc[dst * lanes + lane] = total;
      memories.out[dst * lanes + lane] = static_cast<int8_t>(total);
    }
  }
}

void accumulate_stale(const GemmInstruction& gemm, const Uop* uops, const TensorMemories& memories) {
  const int64_t lanes = memories.lanes();
  StaleWrites writes(lanes);
  std::vector<int32_t> from(static_cast<size_t>(lanes));
  for_each_uop(
      gemm, uops, [&] { writes.drain(); },
      [&](uint64_t dst, uint64_t src, uint64_t wgt) {
        const int32_t* current = memories.acc + dst * lanes;
        std::copy_n(writes.read(dst, current), lanes, from.begin());
        writes.remember(dst, current);
        multiply(memories, from.data(), dst, src, wgt);
      });
}

/// Design::hls computes the sum, writes it to out, and 0 to acc.
void reset_with_sum(const GemmInstruction& gemm, const Uop* uops, const TensorMemories& memories) {
  const int64_t lanes = memories.lanes();
  const auto inp_mask = static_cast<uint64_t>(memories.inp_elements - 1);
  const auto wgt_mask = static_cast<uint64_t>(memories.wgt_elements - 1);
  StaleWrites writes(lanes);
  std::vector<int32_t> from(static_cast<size_t>(lanes));
  for_each_uop(
      gemm, uops, [&] { writes.drain(); },
      [&](uint64_t dst, uint64_t src, uint64_t wgt) {
        int32_t* current = memories.acc + dst * lanes;
        std::copy_n(writes.read(dst, current), lanes, from.begin());
        writes.remember(dst, current);
        multiply(memories, from.data(), dst, src & inp_mask, wgt & wgt_mask);
        std::fill_n(current, lanes, 0);
      });
}

TAMIS_CLONES void accumulate_any(const GemmInstruction& gemm, const Uop* uops,
                                 const TensorMemories& memories) {
  for_each_uop(
      gemm, uops, [] {},
      [&](uint64_t dst, uint64_t src, uint64_t wgt) {
        multiply(memories, memories.acc + dst * memories.lanes(), dst, src, wgt);
      });
}

#if defined(__x86_64__)
#define TAMIS_AVX2 inline __attribute__((target("avx2"), always_inline))

/// The products of a row of 16 weights with 16 inputs, summed to eight partial sums.
TAMIS_AVX2 __m256i row_products(__m256i inputs, const int8_t* row) {
  return _mm256_madd_epi16(inputs,
                           _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row))));
}

/// The dot products of 16 inputs with eight rows of 16 weights.
TAMIS_AVX2 __m256i eight_rows(__m256i inputs, const int8_t* rows) {
  const __m256i a = _mm256_hadd_epi32(row_products(inputs, rows), row_products(inputs, rows + 16));
  const __m256i b = _mm256_hadd_epi32(row_products(inputs, rows + 32), row_products(inputs, rows + 48));
  const __m256i c = _mm256_hadd_epi32(row_products(inputs, rows + 64), row_products(inputs, rows + 80));
  const __m256i d = _mm256_hadd_epi32(row_products(inputs, rows + 96), row_products(inputs, rows + 112));
  const __m256i ab = _mm256_hadd_epi32(a, b), cd = _mm256_hadd_epi32(c, d);
  return _mm256_add_epi32(_mm256_permute2x128_si256(ab, cd, 0x20), _mm256_permute2x128_si256(ab, cd, 0x31));
}

/// Low bytes of 16 int32.
TAMIS_AVX2 __m128i low_bytes(__m256i first, __m256i second) {
  const __m256i mask = _mm256_set1_epi32(0xff);
  const __m256i words = _mm256_packus_epi32(_mm256_and_si256(first, mask), _mm256_and_si256(second, mask));
  const __m256i ordered = _mm256_permute4x64_epi64(words, 0xd8);
  return _mm_packus_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
}

/// One row of a batch: acc[16] += inp[16] x wgt[16][16]^T.
TAMIS_AVX2 void multiply_16(const int8_t* inp, const int8_t* wgt, int32_t* acc, int8_t* out) {
  const __m256i inputs = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(inp)));
  auto* sums = reinterpret_cast<__m256i*>(acc);
  const __m256i first = _mm256_add_epi32(_mm256_loadu_si256(sums), eight_rows(inputs, wgt));
  const __m256i second = _mm256_add_epi32(_mm256_loadu_si256(sums + 1), eight_rows(inputs, wgt + 128));
  _mm256_storeu_si256(sums, first);
  _mm256_storeu_si256(sums + 1, second);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), low_bytes(first, second));
}

// Written without for_each_uop: gcc does not inline intrinsics of a wider instruction set into a lambda.
__attribute__((target("avx2"))) void accumulate_16(const GemmInstruction& gemm, const Uop* uops,
                                                   const TensorMemories& memories) {
  const uint32_t count = gemm.uop_end - gemm.uop_begin;
  const int64_t lanes = memories.lanes();
  for (uint64_t y = 0; y < gemm.iter_out; ++y) {
    for (uint64_t x = 0; x < gemm.iter_in; ++x) {
      int32_t* acc = memories.acc + (y * gemm.dst_factor_out + x * gemm.dst_factor_in) * lanes;
      int8_t* out = memories.out + (y * gemm.dst_factor_out + x * gemm.dst_factor_in) * lanes;
      const int8_t* inp = memories.inp + (y * gemm.src_factor_out + x * gemm.src_factor_in) * lanes;
      const int8_t* wgt = memories.wgt + (y * gemm.wgt_factor_out + x * gemm.wgt_factor_in) * 256;
      for (uint32_t u = 0; u < count; ++u) {
        const int64_t dst = uops[u].dst * lanes, src = uops[u].src * lanes;
        for (int64_t b = 0; b < lanes; b += 16)
          multiply_16(inp + src + b, wgt + uops[u].wgt * uint64_t{256}, acc + dst + b, out + dst + b);
      }
    }
  }
}

// GCC 12 takes the operands that its own AVX-512 intrinsics leave undefined for uninitialised.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#define TAMIS_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

/// A loop of a GEMM: how often, and how far each round moves.
struct Rounds {
  uint64_t count, dst, src, wgt;
};

/// As accumulate_16. The instruction multiplies unsigned bytes with signed ones: inputs are taken 128 higher,
/// and what that adds is taken off. Where one of the loops does not move in wgt, it is innermost and the
/// weights stay in registers: sums do not depend on their order.
TAMIS_VNNI void accumulate_packed(const GemmInstruction& gemm, const Uop* uops,
                                  const TensorMemories& memories) {
  Rounds outer{gemm.iter_out, gemm.dst_factor_out, gemm.src_factor_out, gemm.wgt_factor_out};
  Rounds inner{gemm.iter_in, gemm.dst_factor_in, gemm.src_factor_in, gemm.wgt_factor_in};
  if (outer.wgt == 0 && (inner.wgt != 0 || outer.count > inner.count)) std::swap(outer, inner);
  const uint32_t count = gemm.uop_end - gemm.uop_begin;
  const int64_t lanes = memories.lanes();
  const PackedWeights& weights = *memories.packed;
  const __m128i raise = _mm_set1_epi8(static_cast<char>(0x80));
  const uint64_t same_weights = inner.wgt == 0 ? inner.count : 1;  // rounds in a row
  for (uint64_t y = 0; y < outer.count; ++y) {
    for (uint64_t first = 0; first < inner.count; first += same_weights) {
      for (uint32_t u = 0; u < count; ++u) {
        const uint64_t wgt = uops[u].wgt + y * outer.wgt + first * inner.wgt;
        const int8_t* words = weights.words(wgt);
        const __m512i words_0 = _mm512_loadu_si512(words), words_1 = _mm512_loadu_si512(words + 64);
        const __m512i words_2 = _mm512_loadu_si512(words + 128), words_3 = _mm512_loadu_si512(words + 192);
        const __m512i start =
            _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_loadu_si512(weights.offsets(wgt)));
        uint64_t dst = (uops[u].dst + y * outer.dst + first * inner.dst) * lanes;
        uint64_t src = (uops[u].src + y * outer.src + first * inner.src) * lanes;
        for (uint64_t x = 0; x < same_weights; ++x, dst += inner.dst * lanes, src += inner.src * lanes) {
          for (int64_t b = 0; b < lanes; b += 16) {
            int32_t* acc = memories.acc + dst + b;
            const auto* row = reinterpret_cast<const __m128i*>(memories.inp + src + b);
            const __m512i inputs = _mm512_broadcast_i32x4(_mm_xor_si128(_mm_loadu_si128(row), raise));
            // Two sums that wait neither for each other nor for the accumulator.
            __m512i even = _mm512_dpbusd_epi32(start, _mm512_shuffle_epi32(inputs, _MM_PERM_AAAA), words_0);
            __m512i odd = _mm512_dpbusd_epi32(_mm512_setzero_si512(),
                                              _mm512_shuffle_epi32(inputs, _MM_PERM_BBBB), words_1);
            even = _mm512_dpbusd_epi32(even, _mm512_shuffle_epi32(inputs, _MM_PERM_CCCC), words_2);
            odd = _mm512_dpbusd_epi32(odd, _mm512_shuffle_epi32(inputs, _MM_PERM_DDDD), words_3);
            const __m512i sums = _mm512_add_epi32(_mm512_loadu_si512(acc), _mm512_add_epi32(even, odd));
            _mm512_storeu_si512(acc, sums);
            _mm_storeu_si128(reinterpret_cast<__m128i*>(memories.out + dst + b), _mm512_cvtepi32_epi8(sums));
          }
        }
      }
    }
  }
}

/// One block for accumulate_packed(): a matrix of 16 x 4 words of four bytes is transposed.
TAMIS_VNNI void pack_block(const int8_t* block, int8_t* words, int32_t* offsets) {
  const __m512i rows_0 = _mm512_loadu_si512(block), rows_4 = _mm512_loadu_si512(block + 64);
  const __m512i rows_8 = _mm512_loadu_si512(block + 128), rows_12 = _mm512_loadu_si512(block + 192);
  const __m512i ones = _mm512_set1_epi8(1);
  // The first word of eight rows; each further group of words lies one place on.
  __m512i places = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
  __m512i sums = _mm512_setzero_si512();
  for (int64_t group = 0; group < 4; ++group) {
    const __m512i upper = _mm512_permutex2var_epi32(rows_0, places, rows_4);
    const __m512i lower = _mm512_permutex2var_epi32(rows_8, places, rows_12);
    const __m512i column = _mm512_inserti64x4(upper, _mm512_castsi512_si256(lower), 1);
    _mm512_storeu_si512(words + 64 * group, column);
    sums = _mm512_dpbusd_epi32(sums, ones, column);
    places = _mm512_add_epi32(places, _mm512_set1_epi32(1));
  }
  _mm512_storeu_si512(offsets, _mm512_slli_epi32(sums, 7));
}
#pragma GCC diagnostic pop
#endif

/// Whether the CPU has the instructions of accumulate_packed().
bool has_dot_products() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

bool has_fast_kernel(const TensorMemories& memories) {
#if defined(__x86_64__)
  return memories.block == 16 && __builtin_cpu_supports("avx2");
#else
  (void)memories;
  return false;
#endif
}

}  // namespace

PackedWeights::PackedWeights(int64_t depth, int64_t block) {
  if (block != 16 || !has_dot_products()) return;
  words_.resize(static_cast<size_t>(depth) * 256);
  offsets_.resize(static_cast<size_t>(depth) * 16);
}

void PackedWeights::update(const int8_t* wgt, uint64_t index, uint64_t count) {
#if defined(__x86_64__)
  for (uint64_t element = index; element < index + count; ++element)
    pack_block(wgt + element * 256, words_.data() + element * 256, offsets_.data() + element * 16);
#else
  (void)wgt, (void)index, (void)count;  // empty
#endif
}

void run_gemm(const GemmInstruction& gemm, const Uop* uops, const TensorMemories& memories,
              const ComputeRules& rules) {
  if (gemm.reset && rules.design == Design::hls) return reset_with_sum(gemm, uops, memories);
  if (gemm.reset) return reset(gemm, uops, memories);
  if (rules.stale()) return accumulate_stale(gemm, uops, memories);
#if defined(__x86_64__)
  if (memories.packed != nullptr && !memories.packed->empty()) return accumulate_packed(gemm, uops, memories);
  if (has_fast_kernel(memories)) return accumulate_16(gemm, uops, memories);
#endif
  accumulate_any(gemm, uops, memories);
}

}  // namespace tamis::vta

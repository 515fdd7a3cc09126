#pragma once

#include "base/cpu_clones.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tamis {

/// Numbers worked on at once: as many as a register of AVX-512 holds. Arithmetic on them is arithmetic on
/// each; the compiler uses as wide registers as the processor has (TAMIS_WIDE_CLONES), and as none of them
/// fuses operations, results are the same everywhere.
constexpr size_t kLanes = 16;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));
using WholeLanes = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));

// What wide registers hold has no calling convention that every processor shares, so functions take
// references and are always inlined.
#define TAMIS_LANES inline __attribute__((always_inline)) void

TAMIS_LANES load(Lanes& lanes, const float* from) { std::memcpy(&lanes, from, sizeof lanes); }
TAMIS_LANES store(const Lanes& lanes, float* to) { std::memcpy(to, &lanes, sizeof lanes); }

/// The same of numbers of which `count` are left: what is more than that is 0, and is not stored.
TAMIS_LANES load(Lanes& lanes, const float* from, size_t count) {
  if (count >= kLanes) return load(lanes, from);
  lanes = Lanes{};
  std::memcpy(&lanes, from, count * sizeof(float));
}
TAMIS_LANES store(const Lanes& lanes, float* to, size_t count) {
  std::memcpy(to, &lanes, count < kLanes ? count * sizeof(float) : sizeof lanes);
}

/// The square roots of numbers from 0 on, to about 1e-7 of them.
TAMIS_LANES take_square_root(Lanes& x) {
  // Newton's method for 1 / sqrt(x); the first guess halves the exponent (Lomont 2003, "Fast inverse square
  // root").
  WholeLanes bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits = 0x5f3759df - (bits >> 1);
  Lanes inverse;
  std::memcpy(&inverse, &bits, sizeof inverse);
  for (int step = 0; step < 3; ++step) inverse *= 1.5F - 0.5F * x * inverse * inverse;
  x *= inverse;
}

/// e^-x of numbers from 0 on, to about 1e-6 of it where that is above 1e-9; what is below 1e-37 is as good as
/// 0.
TAMIS_LANES take_negative_exponential(Lanes& x) {
  constexpr float kMostBinary = 125;
  Lanes binary = x * 1.44269504F;
  binary = binary < kMostBinary ? binary : Lanes{} + kMostBinary;
  const WholeLanes whole = __builtin_convertvector(binary + 0.5F, WholeLanes);
  const Lanes rest = __builtin_convertvector(whole, Lanes) - binary;  // within 0.5 of 0
  // The series of 2^rest.
  x = 1 + rest * (0.693147181F +
                  rest * (0.240226507F + rest * (0.0555041087F +
                                                 rest * (0.00961812911F +
                                                         rest * (0.00133335581F + rest * 0.000154035304F)))));
  const WholeLanes bits = (127 - whole) << 23;
  Lanes power;
  std::memcpy(&power, &bits, sizeof power);
  x *= power;
}

/// The natural logarithms of normal numbers above 0, to about 1e-7 or 1e-7 of it.
TAMIS_LANES take_logarithm(Lanes& x) {
  // The number is 2^whole times what lies between the square roots of 1/2 and 2.
  WholeLanes bits;
  std::memcpy(&bits, &x, sizeof bits);
  const WholeLanes whole = (bits - 0x3f3504f3) >> 23;
  bits -= whole << 23;
  Lanes rest;
  std::memcpy(&rest, &bits, sizeof rest);
  const Lanes t = (rest - 1) / (rest + 1);
  const Lanes square = t * t;
  x = 0.693147181F * __builtin_convertvector(whole, Lanes) +
      2 * t * (1 + square * (1.0F / 3 + square * (0.2F + square * (1.0F / 7 + square * (1.0F / 9)))));
}

/// The normal distribution, to about 1e-6 (Abramowitz and Stegun 1964, 7.1.26).
TAMIS_LANES take_normal_distribution(Lanes& z) {
  const Lanes x = (z < 0 ? -z : z) * 0.707106781F;
  const Lanes t = 1 / (1 + 0.3275911F * x);
  Lanes beyond = x * x;
  take_negative_exponential(beyond);
  beyond *=
      0.5F * t *
      (0.254829592F + t * (-0.284496736F + t * (1.421413741F + t * (-1.453152027F + t * 1.061405429F))));
  z = z < 0 ? beyond : 1 - beyond;
}

/// 1 / (1 + e^-x), to about 1e-6.
TAMIS_LANES take_logistic(Lanes& x) {
  Lanes decay = x < 0 ? -x : x;
  take_negative_exponential(decay);
  const Lanes above = 1 / (1 + decay);
  x = x < 0 ? 1 - above : above;
}

#undef TAMIS_LANES

}  // namespace tamis

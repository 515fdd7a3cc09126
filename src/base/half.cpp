#include "base/half.h"

#include <bit>
#include <cmath>
#include <limits>

namespace tamis {
namespace {

constexpr uint32_t kSign = 0x80000000;
constexpr uint16_t kHalfInfinity = 0x7c00, kHalfNan = 0x7e00;
constexpr int kDroppedBits = 13;          // of the fraction of a float32
constexpr int kExponentDifference = 112;  // between the biases of the exponents
constexpr float kFirstInfinite = 65520;   // halfway between the largest float16 and what would be next
constexpr float kLeastNormal = 0x1p-14F;

}  // namespace

uint16_t float16_bits(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits & kSign) >> 16);
  const float size = std::abs(value);
  if (std::isnan(value)) return sign | kHalfNan;
  if (size >= kFirstInfinite) return sign | kHalfInfinity;
  // Below the normal numbers all float16 are multiples of 2^-24, to which this rounds.
  if (size < kLeastNormal)
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(size * 0x1p24F)));
  const uint32_t magnitude = bits & ~kSign;
  const uint32_t half_less = (1U << (kDroppedBits - 1)) - 1;
  const uint32_t odd = (magnitude >> kDroppedBits) & 1;
  const uint32_t rounded = (magnitude + half_less + odd) >> kDroppedBits;
  return static_cast<uint16_t>(sign | (rounded - (kExponentDifference << 10)));
}

float float16_value(uint16_t bits) {
  const uint32_t sign = (bits & 0x8000U) << 16;
  const uint32_t magnitude = bits & 0x7fffU;
  if (magnitude >= kHalfInfinity)
    return std::bit_cast<float>(sign | 0x7f800000U | (magnitude << kDroppedBits));
  const float size = std::bit_cast<float>(magnitude << kDroppedBits) * 0x1p112F;
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(size));
}

uint16_t bfloat16_bits(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40U);
  return static_cast<uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

float bfloat16_value(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

}  // namespace tamis

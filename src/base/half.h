#pragma once

#include <cstdint>

namespace tamis {

/// The bits of the float16 (IEEE 754's binary16) nearest to a number; of two as near the one whose last bit
/// is 0. What lies beyond its range becomes infinite, and what is not a number stays none.
uint16_t float16_bits(float value);
/// The number that the bits of a float16 say, exactly.
float float16_value(uint16_t bits);
/// As float16_bits and float16_value, for bfloat16, the upper half of a float32.
uint16_t bfloat16_bits(float value);
float bfloat16_value(uint16_t bits);

}  // namespace tamis

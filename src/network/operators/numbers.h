#pragma once

#include "network/graph/array.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamis::network {

/// Holds every integer of up to 64 bits, signed or not, and the sums of as many as an array has, exactly.
__extension__ using Wide = __int128;

/// Whether elements of a type are fractions: float32, float64, float16 or bfloat16.
bool holds_fractions(ElementType type);

/// The elements of any array as doubles: fractions exactly, integers beyond 2^53 to the nearest.
std::vector<double> to_doubles(const Array& array);
/// The elements of an array of integers or booleans (asserted), exactly.
std::vector<Wide> to_wide(const Array& array);

/// Doubles as elements of a type of fractions (asserted), rounded to it. They are as many as the shape has.
Array from_doubles(ElementType type, Shape shape, const std::vector<double>& values);
/// Integers as elements of a type of integers or booleans (asserted). Of those that do not fit, the lowest
/// bits, as all runtimes have it.
Array from_wide(ElementType type, Shape shape, const std::vector<Wide>& values);

/// Rounds doubles to a type of fractions: what a step of a computation does that the operator's text has in
/// this type.
void round_to(std::vector<double>& values, ElementType type);
/// A double cut to a type of integers. NaN and what does not fit give the least integer of the type, as
/// onnxruntime has it on x86-64.
Wide truncated(double value, ElementType type);
/// The nearest integer that a type of integers holds.
Wide saturated(Wide value, ElementType type);

/// The least and the largest integer of a type of integers or booleans (asserted).
Wide least(ElementType type);
Wide largest(ElementType type);
/// The least and the largest finite number of a type of fractions (asserted).
double least_fraction(ElementType type);
double largest_fraction(ElementType type);

/// `a * b`, of which the lowest 64 bits are right whatever overflows.
inline Wide low_product(Wide a, Wide b) {
  const uint64_t product = static_cast<uint64_t>(a) * static_cast<uint64_t>(b);
  return static_cast<Wide>(product);
}

}  // namespace tamis::network

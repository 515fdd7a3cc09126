#pragma once

#include "network/graph/array.h"
#include "network/operators/operator.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tamis::network {

// Sums are taken in few types, so that the loops over them are compiled once: elements of every type become
// doubles or integers of 64 bits before, and what comes out becomes elements again.

/// Elements from place `first` on, as many as `to` has. Those of 64 bits may lose their lowest bits.
void read_elements(const Array& array, size_t first, std::span<double> to);
/// The same of an array of integers, as the bits of two's complement, in which sums wrap around. Of an array
/// of fractions: a programming error, which gives zeros.
void read_elements(const Array& array, size_t first, std::span<uint64_t> to);
/// The only element of an array of one, as a float32.
float single_float(const Array& array);

/// Elements of any type from doubles, as many as the shape has: rounded where the type holds fractions; for
/// integers the values must be whole, and are cut to the lowest bits.
Array array_from(ElementType type, Shape shape, std::span<const double> values);
/// Elements of an integer type: the lowest bits.
Array array_from(ElementType type, Shape shape, std::span<const uint64_t> values);

/// Zeros of the types and shapes of outputs: what an operator gives that has nothing to compute, however
/// large the sizes of an array without elements are.
std::vector<Array> zeros_of(const std::vector<Fact>& outputs);

/// y[i] += factor * x[i * step] for `count` elements.
void add_scaled(double* y, const double* x, size_t step, double factor, size_t count);
void add_scaled(uint64_t* y, const uint64_t* x, size_t step, uint64_t factor, size_t count);
/// y[i * step] += factor * x[i] for `count` elements.
void scatter_scaled(double* y, size_t step, const double* x, double factor, size_t count);

}  // namespace tamis::network

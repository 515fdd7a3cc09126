#pragma once

#include "network/kernels/operator_program.h"

#include <cstddef>
#include <vector>

namespace tamis::network {

/// The two ways in which a library lays out a value: as ONNX has it, and with its channels, which are axis 1,
/// behind all others. They differ from rank 3 on.
enum class Order { plain, channels_last };

/// The axes of a value of this rank in an order: {0, 2, 3, 1}.
PhysicalOrder physical(Order order, size_t rank);
/// Whether a value of this shape lies the same in both: axes of one place do not count.
bool same_memory(const Shape& shape, const PhysicalOrder& a, const PhysicalOrder& b);
/// The order in which the output of a transpose lies where its elements stay where they are.
PhysicalOrder transposed_order(const PhysicalOrder& input, const std::vector<size_t>& permutation);
/// The elements of an array in a physical order.
std::vector<std::byte> laid_out(const Array& array, const PhysicalOrder& order);

}  // namespace tamis::network

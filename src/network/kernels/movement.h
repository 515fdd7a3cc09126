#pragma once

#include "network/kernels/builder.h"

namespace tamis::network {

/// Adds nests that copy elements of the second operand of a space to the first.
void add_copy(KernelBuilder& builder, const Space& space, const Operand& to, const Operand& from);

/// For an operator that only says which element of its first input stands at each place, and does so for each
/// axis by itself: the indices along each axis of the input that those of the output take. `call` is run on
/// the places themselves. Errors: as the operator's; unsupported for an output whose shape is not known.
Result<std::vector<std::vector<int64_t>>> taken_indices(const Call& call);

}  // namespace tamis::network

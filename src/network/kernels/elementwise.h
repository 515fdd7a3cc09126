#pragma once

#include "network/kernels/builder.h"

#include <span>

namespace tamis::network {

/// Adds the loops that compute nodes element by element, all in one expression. Errors: as fused_program.
Status add_elementwise(std::span<const Node> nodes, KernelBuilder& builder);

}  // namespace tamis::network

#pragma once

#include "targets/gpu/schedule/contraction.h"
#include "targets/loop/program.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tamis::gpu {

/// Whether Winograd's algorithm computes it: a convolution of 3 x 3 taps in float32 with stride and
/// dilation 1.
bool suits_winograd(const Contraction& contraction);

/// Rows and columns of outputs of a tile of an algorithm of Winograd's.
int64_t winograd_tile(Algorithm algorithm);

/// The products of an algorithm of Winograd's, one for each element of a tile, as a contraction: outputs are
/// tiles side by side, in the layout of the convolution. Its input is the buffer `transformed`, its output
/// `products`.
Contraction winograd_product(const Contraction& contraction, Algorithm algorithm);

/// The program of a choice of an algorithm of Winograd's for what it suits: a launch that transforms the
/// input, those of the products, and one that transforms them and finishes. The weights are transformed ahead
/// (transform_weights). `tile_y` and `items_y` must be 1.
loop::Program schedule_winograd(const Contraction& contraction, const GpuChoices& choices,
                                const std::string& name);

/// The weights [co][ci][3][3] in float32 as such a program reads them, [element][ci][co] in float32, where
/// `tile` is winograd_tile(). Computed in double.
std::vector<std::byte> transform_weights(const std::byte* weights, int64_t co, int64_t ci, int64_t tile);

}  // namespace tamis::gpu

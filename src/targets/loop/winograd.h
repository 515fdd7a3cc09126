#pragma once

#include "targets/loop/program.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tamis::loop {

/// Rows of factors.
using Matrix = std::vector<std::vector<double>>;

/// Winograd's minimal filtering algorithm for tiles of m x m outputs and a 3 x 3 kernel:
/// output = A^T [ (G g G^T) * (B^T d B) ] A, with the product taken element by element (Lavin and Gray, "Fast
/// algorithms for convolutional neural networks", 2016; the matrices of stride 1 are theirs).
struct WinogradMatrices {
  int64_t m = 2;   ///< rows and columns of outputs of a tile
  Matrix input;    ///< B^T: as many rows as a tile of the input has
  Matrix weights;  ///< G
  Matrix output;   ///< A^T

  /// Rows and columns of inputs of a tile.
  [[nodiscard]] int64_t side() const { return static_cast<int64_t>(input.size()); }
};

/// F(2x2, 3x3) or F(4x4, 3x3) of stride 1, or F(2x2, 3x3) of stride 2, whatever m is.
WinogradMatrices winograd_matrices(int64_t m, int64_t stride);

/// The stages of left * x * left^T, appended to a nest: first left * x into the registers `half`, then the
/// rest into whatever `store` says for element (i, j). The registers have the extents [rows of left][columns
/// of left], and those of `lane` where it is given, which is their last index then.
void add_transform(
    Nest& nest, const Matrix& left, const std::string& half, const std::vector<Affine>& lane,
    const std::function<Value(const Affine& i, const Affine& j)>& load,
    const std::function<void(Stage& stage, const Affine& i, const Affine& j, const Value& value)>& store);

}  // namespace tamis::loop

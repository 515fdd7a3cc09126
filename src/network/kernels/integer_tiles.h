#pragma once

#include "network/kernels/builder.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tamis::network {

// Sums of products of bytes, as matrix products and convolutions have them: uint8 activations by int8 weights
// in int32, four products at once. Other bytes are brought to these by adding or subtracting 128.

/// Products that one step of a sum takes.
inline constexpr int64_t kProductsAtOnce = 4;

/// `number` of them so that whole groups of so many are filled.
constexpr int64_t filled(int64_t number, int64_t group) { return (number + group - 1) / group * group; }

/// Weights as tiles read them: [group][block of columns][step of the sums][column of the block][four of the
/// sum]. Where columns or sums end inside a block or a step, zeros follow.
struct PackedColumns {
  int64_t groups = 1;
  int64_t columns = 1;  ///< of a group
  int64_t steps = 1;    ///< of a sum, each of which takes four
  int64_t block = 16;   ///< columns of a block: whole vectors

  /// The layout for so many columns, in blocks that suit the registers.
  static PackedColumns of(int64_t groups, int64_t columns, int64_t steps, const LoopShape& shape);

  [[nodiscard]] int64_t blocks() const { return filled(columns, block) / block; }
  [[nodiscard]] int64_t block_bytes() const { return steps * block * kProductsAtOnce; }
  [[nodiscard]] int64_t group_bytes() const { return blocks() * block_bytes(); }
  [[nodiscard]] int64_t bytes() const { return groups * group_bytes(); }
};

/// Where weights come from: elements further in memory for the next group, column, and place of each sum.
/// The last sum is the one whose neighbouring places are multiplied at once.
struct WeightSource {
  const Operand* operand = nullptr;  ///< bytes; null for ones
  std::vector<Axis> groups;          ///< one step each; their places together are the groups, row-major
  int64_t column_step = 0;
  std::vector<Axis> sums;  ///< one step each
};

/// Adds nests that pack weights to memory of that name.
void add_packing(KernelBuilder& builder, When when, const WeightSource& source, const PackedColumns& layout,
                 const std::string& packed);

/// What sums need of a column of a group of weights.
struct ColumnTerms {
  using Place = std::pair<loop::Affine, loop::Affine>;  ///< group and column
  /// The zero point of shifted weights, of int32.
  std::function<loop::Value(const Place&)> zero_point;
  /// What is stored, from the number of products times the zero point, minus the sum of the weights.
  std::function<loop::Value(const loop::Value& term, const Place&)> finish;
};

/// Adds nests that store a number for each column of each group, to memory of int32.
void add_column_terms(KernelBuilder& builder, When when, const WeightSource& source,
                      const PackedColumns& layout, const ColumnTerms& columns, const std::string& terms);

/// The operands that tiles go along, in the order of the steps of their axes.
struct TileStep {
  static constexpr size_t activations = 0;
  static constexpr size_t result = 1;
  static constexpr size_t group = 2;    ///< the number of a group of weights
  static constexpr size_t channel = 3;  ///< the number of a column in all of the result's
  static constexpr size_t row = 4;      ///< the number of a row of the activations
  static constexpr size_t line = 5;     ///< the number of a row of a matrix
  static constexpr size_t count = 6;
};

/// Where the sum of a tile is. `column` is of the group.
struct TilePlace {
  loop::Affine group, column, channel, row, line;
};

/// Products of rows of activations and packed columns.
struct IntegerTiles {
  std::string activations;  ///< flat memory of uint8
  std::string weights;      ///< flat memory, packed
  PackedColumns layout;
  std::vector<Axis> outer;  ///< axes around rows, outermost first
  Axis rows;
  std::vector<Axis> sums;     ///< steps of sums, with one step each, of the activations
  int64_t last_products = 1;  ///< of the last of the sums: its steps take up to four of them
  std::string result;         ///< flat memory
  int64_t column_step = 1;    ///< of the result
  std::vector<int64_t> offsets = std::vector<int64_t>(TileStep::count, 0);
  std::function<loop::Value(const loop::Value& sum, const TilePlace&)> finish;
};

/// Adds the nests of the products.
void add_tiles(KernelBuilder& builder, const IntegerTiles& tiles);

}  // namespace tamis::network

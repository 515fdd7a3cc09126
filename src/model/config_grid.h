#pragma once

#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tamis {

/// One property of the configs of a grid, which takes few different values.
struct GridColumn {
  std::string name;             ///< of the knob, or of what else is told of the configs
  bool chosen = true;           ///< a knob's; else what is told of the configs, which no knob chose
  bool ordered = true;          ///< whether values have an order; those of a knob of names have none
  std::vector<double> values;   ///< one per level, ascending where ordered; a name's is its position
  std::vector<uint8_t> levels;  ///< one per config
};

/// A fixed list of configs of one space, column by column: as knobs have few values, models that judge the
/// whole list look up what they need by level. Positions in the list stand for the configs.
///
/// A number knob is one column, a split one for every factor but the outermost, which follows from the
/// others. Knobs of one value have none. Of more than kLevels values neighbouring ones share a level.
class ConfigGrid {
 public:
  static constexpr size_t kLevels = 255;

  /// The configs of these keys of the space.
  ConfigGrid(const Space& space, std::span<const ConfigKey> keys);
  /// Adds an ordered column of one number a config, which need not be a knob; one that is not finite counts
  /// as the largest. A column that is the same everywhere is left out.
  void add_column(std::string name, std::span<const double> numbers);

  size_t size() const { return size_; }
  const std::vector<GridColumn>& columns() const { return columns_; }

 private:
  size_t size_ = 0;
  std::vector<GridColumn> columns_;
};

/// How many times 2 divides an integer of at least 1: what vectors, memory banks and warps are aligned
/// to.
int factors_of_two(int64_t number);
/// The factors of two of every value, where all are integers of at least 1 and tell more than their
/// order does: powers of two alone do not. Else empty.
std::vector<double> alignments(const GridColumn& column);
/// The values on the scale on which equal distances mean about the same: logarithms where none is negative
/// (with 1 added where one is 0), else the values; moved to reach from 0 to 1.
std::vector<double> scaled_values(const GridColumn& column);

}  // namespace tamis

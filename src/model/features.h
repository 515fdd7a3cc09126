#pragma once

#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tamis {

/// Feature vectors of equal length, one per row, row by row: what models are fitted on.
struct FeatureMatrix {
  size_t columns = 0;
  std::vector<float> values;  ///< rows() * columns finite numbers

  size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
  std::span<const float> row(size_t position) const {
    return std::span<const float>(values).subspan(position * columns, columns);
  }
};

/// The number of features that append_knob_features gives every config of the space; at least 1.
size_t knob_feature_count(const Space& space);

/// Appends one row: the config as AutoTVM's `knob` features see it (autotvm/task/space.py,
/// get_flatten_feature). A number is itself, a split its factors from the outermost, a name its position in
/// the knob's list. A space without knobs has one constant feature. The matrix must be empty or hold rows of
/// the same space.
void append_knob_features(const Space& space, const Config& config, FeatureMatrix& matrix);
/// One such row for each config, by its key.
FeatureMatrix knob_features(const Space& space, std::span<const ConfigKey> keys);

/// How far the coordinates of ConfigCoordinates reach.
enum class CoordinateScale {
  shared,    ///< no two configs are further than 1 apart: each knob's share shrinks with the number of knobs
  each_one,  ///< every knob reaches from 0 to 1
};

/// Turns the configs of one space into points of which nearness means likeness. A knob of positive numbers
/// has one coordinate, the logarithm of the number; another knob of numbers the number itself; a split the
/// logarithm of every factor but the outermost, which follows from the others. Each is scaled so that the
/// knob's values reach from 0 to 1, and then by CoordinateScale. A name has one coordinate for each of its
/// values, so that two names are at distance 1. Knobs of one value have none. Immutable and so thread safe.
class ConfigCoordinates {
 public:
  explicit ConfigCoordinates(const Space& space, CoordinateScale scale = CoordinateScale::shared);
  /// The number of coordinates, at least 1.
  size_t size() const { return size_; }
  /// For every coordinate, which of the knobs with a choice it describes, counting from 0; 0 for the constant
  /// coordinate of a space without a choice.
  const std::vector<size_t>& groups() const { return groups_; }
  /// Appends the point of a config of the space as one row. A space without a choice has one constant
  /// coordinate.
  void append(const Config& config, FeatureMatrix& points) const;

 private:
  size_t size_ = 1;
  std::vector<size_t> groups_;
  std::vector<std::vector<std::vector<float>>> coordinates_;  ///< by knob and choice
};

}  // namespace tamis

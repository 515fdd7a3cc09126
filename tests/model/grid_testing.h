#pragma once

#include "model/config_grid.h"
#include "tamis/random.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamis {

/// 8 * 6 * 3 * 4 = 576 configs: powers of two, numbers with alignments, names, a split.
inline Space mixed_space() {
  return Space::create({number_knob("tile", {1, 2, 4, 8, 16, 32, 64, 128}),
                        number_knob("block", {8, 12, 16, 24, 31, 48}), name_knob("order", {"hw", "wh", "ho"}),
                        split_knob("rows", 6, 2)})
      .value();
}

/// A random choice of different configs of a space.
inline std::vector<ConfigKey> some_indexes(const Space& space, size_t count, uint64_t seed) {
  std::vector<ConfigKey> indexes;
  for (uint64_t index = 0; index < space.size(); ++index) indexes.push_back(index);
  Random random(seed);
  random.shuffle(indexes);
  indexes.resize(count);
  return indexes;
}

/// What a model expects at every config of a grid.
template <class Model>
std::vector<float> everywhere(const ConfigGrid& grid, const Model& model) {
  std::vector<float> expected;
  for (size_t i = 0; i < grid.size(); ++i) expected.push_back(model.at(i));
  return expected;
}

}  // namespace tamis

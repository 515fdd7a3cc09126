#pragma once

#include "base/random.h"
#include "space/space.h"

#include <cstdint>
#include <vector>

namespace tamis {

/// Steps from config to config by index, one knob at a time, as AutoTVM's random_walk: knob and value are
/// drawn until the value differs, so that a knob of many values moves a little more often than one of two.
/// Immutable and so thread safe.
class KnobWalk {
 public:
  /// `space` must outlive this.
  explicit KnobWalk(const Space& space);

  /// An allowed config that differs from the given one in one knob. The same config when no knob has two
  /// values, or when a hundred such configs in a row were outside the space; of an enumerated space then a
  /// neighbour that differs in as many knobs as it must (AllowedConfigs::neighbour).
  uint64_t step(uint64_t index, Random& random) const;

 private:
  const Space& space_;
  bool all_allowed_;               ///< whether every config of the product is in the space
  std::vector<uint64_t> strides_;  ///< of the knobs in the index
  bool movable_ = false;           ///< whether any knob has two values
};

}  // namespace tamis

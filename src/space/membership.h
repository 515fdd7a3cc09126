#pragma once

#include "space/space.h"

namespace tamis {

/// Whether a config has a value of the space for every knob, allowed or not: what comes from outside may not.
inline bool belongs(const Space& space, const Config& config) {
  if (config.choices.size() != space.knobs().size()) return false;
  for (size_t i = 0; i < config.choices.size(); ++i)
    if (config.choices[i] >= space.knobs()[i].values.size()) return false;
  return true;
}

}  // namespace tamis

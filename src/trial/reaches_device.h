#pragma once

#include "tamis/trial.h"

namespace tamis {

/// Whether a config with this verdict got past building, as far as the verdict alone tells: what counts as a
/// measurement where nothing more is recorded.
inline bool reaches_device(Verdict verdict) {
  return verdict != Verdict::rejected && verdict != Verdict::build_failed &&
         verdict != Verdict::build_timeout && verdict != Verdict::resource_exceeded;
}

}  // namespace tamis

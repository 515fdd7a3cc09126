#pragma once

#include "experiment/report/part.h"
#include "experiment/report/subject.h"

#include <span>

namespace tamis::report {

/// The best and the default configs of subjects under the limits of their machines, as the schema's
/// `rooflines`: one for each machine that the subjects' identities name. Roofs come from the identity alone:
/// those of VTA are known, of processors and GPUs a log tells no peaks, so that theirs have points only,
/// which `note` says. Left out are other objectives than latency, and operators whose arithmetic nobody
/// knows. Thread safe.
Part rooflines_of(std::span<const Subject> subjects);

}  // namespace tamis::report

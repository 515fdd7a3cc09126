#pragma once

#include "experiment/report/part.h"
#include "experiment/report/subject.h"

#include <cstddef>

namespace tamis::report {

/// Why no trial chose a value of a knob, where that is known: the schema's `unchosen` of a space. The first
/// reason that holds is told: declared constraints exclude every config with the value; a rule without a
/// valid trial covers every such config; there were so few trials that chance alone may miss it; the forest
/// behind the importance expects such configs to be worse. At most kUnchosen values, by knob and value.
///
/// `rules` and `importance` are what rules_of and importance_of gave for the same subject. Deterministic.
/// Thread safe.
Json unchosen_of(const Subject& subject, const Part& rules, const Part& importance);

/// The most values that unchosen_of tells about.
inline constexpr size_t kUnchosen = 200;

}  // namespace tamis::report

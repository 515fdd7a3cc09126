#pragma once

#include "experiment/report/part.h"
#include "experiment/report/subject.h"
#include "tamis/result.h"

#include <cstddef>

namespace tamis::report {

/// The rules that explain each verdict that occurs (model/rules.h), with a truth table for every condition:
/// an array of the schema's `rule`, the one that explains most further trials first. Missing where trials are
/// invalid and no rule is precise enough. Deterministic. Errors: invalid_input for trials of another
/// space. Thread safe.
Result<Part> rules_of(const Subject& subject);

/// The most combinations of values that a truth table has; a condition over more comes without one.
inline constexpr size_t kTruthTable = 65'536;

}  // namespace tamis::report

#pragma once

#include "base/result.h"
#include "task/target.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis {

/// The same target with further declared constraints on every space, given as formulas (space/expression.h).
/// Only the space differs: what a config builds to, and what a trial of it means, stays the same, and so do
/// spec and identity. Errors of its space(): those of the target, and invalid_input for a formula that is
/// wrong for the knobs of the workload.
std::unique_ptr<Target> constrain(std::unique_ptr<Target> target, std::vector<std::string> constraints);

}  // namespace tamis

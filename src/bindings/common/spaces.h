#pragma once

#include "tamis/result.h"
#include "tamis/space.h"

#include <span>
#include <string>
#include <vector>

namespace tamis::bindings {

/// A space of knobs and constraints as text, with its allowed configs enumerated where that is possible.
/// Errors: as Space::create and parse_constraints.
Result<Space> make_space(std::vector<Knob> knobs, std::span<const std::string> constraints);

}  // namespace tamis::bindings

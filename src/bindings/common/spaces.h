#pragma once

#include "tamis/result.h"
#include "tamis/space.h"

#include <span>
#include <string>
#include <vector>

namespace tamis::bindings {

/// A space of knobs, constraints as text and hints, with its allowed configs enumerated where that is
/// possible. Errors: as Space::create, parse_constraints and make_hint; invalid_input for too many hints.
Result<Space> make_space(std::vector<Knob> knobs, std::span<const std::string> constraints,
                         std::span<const NamedHint> likely_good = {});

}  // namespace tamis::bindings

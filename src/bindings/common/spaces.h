#pragma once

#include "tamis/result.h"
#include "tamis/space.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tamis::bindings {

/// A space of knobs and constraints as text, with its allowed configs enumerated where that is possible.
/// Errors: as Space::create and parse_constraints.
Result<Space> make_space(std::vector<Knob> knobs, std::span<const std::string> constraints);

/// How many configs a space allows; nothing where counting them would take too long.
std::optional<uint64_t> count_allowed(const Space& space);

}  // namespace tamis::bindings

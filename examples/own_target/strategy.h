// A strategy and an initializer from outside of tamis.
#pragma once

#include "tamis/strategy.h"

#include <memory>

namespace example {

/// Climbs: proposes the neighbours of the fastest config that is known, one knob changed by one step; random
/// configs where all of them are known. It begins with the corners of the space (Corners).
tamis::Result<std::unique_ptr<tamis::Strategy>> make_climb(const tamis::Task& task,
                                                           const tamis::SearchOptions& options);

/// An initializer that proposes the first and the last config of the space, where they are allowed.
tamis::Result<std::unique_ptr<tamis::Initializer>> make_corners(const tamis::Task& task,
                                                                const tamis::SearchOptions& options);

}  // namespace example

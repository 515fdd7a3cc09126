#pragma once

#include "tamis/space.h"

#include <string>

namespace tamis {

/// A formula (tamis/expression.h) that holds for this config of the space and for no other. Thread safe.
std::string config_formula(const Space& space, const Config& config);

}  // namespace tamis

#pragma once

#include "targets/cpu/loop/statement.h"

#include <optional>
#include <string>

namespace tamis::cpu {

/// The first access of a program that could lie outside its buffer, as a message that names it and the range
/// of its index; nothing when every access is inside. What a program that passes does not do is touch memory
/// that is not its own, whatever its data.
///
/// Indexes are affine and extents constant, so the ranges without conditions are exact. Each condition counts
/// by itself: it narrows its loop where it has only one, and bounds the index by their sum and difference.
std::optional<std::string> find_overrun(const LoweredProgram& program);

}  // namespace tamis::cpu

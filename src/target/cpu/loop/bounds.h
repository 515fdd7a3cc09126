#pragma once

#include "target/cpu/loop/statement.h"

#include <optional>
#include <string>

namespace tamis::cpu {

/// The first access of a program that could lie outside its buffer, as a message that names it and the range
/// of its index; nothing when every access is inside. What a program that passes does not do is touch memory
/// that is not its own, whatever its data.
///
/// Indexes are affine and extents constant, so the ranges are exact but for indexes in which a loop occurs
/// twice under a condition. Conditions count where they bound an index as a whole, or a single loop.
std::optional<std::string> find_overrun(const LoweredProgram& program);

}  // namespace tamis::cpu

#pragma once

#include "tamis/comparison.h"

#include <string>
#include <vector>

namespace tamis::cli {

/// What `replay` shows of the rows, which are not empty, for a terminal (UTF-8, plain text): a table of the
/// score that was asked for, under noise another one of what it did, and what the cells mean.
std::string draw(const std::vector<ComparisonRow>& rows, const ComparisonOptions& options);

}  // namespace tamis::cli

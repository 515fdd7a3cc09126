#pragma once

#include "cli/console.h"
#include "tamis/result.h"

#include <string>
#include <vector>

namespace tamis::cli {

/// Shows what a model holds: its inputs and outputs, its distinct tasks with how often each occurs, what is
/// not tuned and why, and what tamis cannot compute (exit code kBadInput then, after everything else was
/// shown). Errors: as network::read_model, resolve_options and network::resolve.
Result<int> show_model(const std::string& path, const std::vector<std::string>& shapes, bool as_json,
                       const Console& console);

}  // namespace tamis::cli

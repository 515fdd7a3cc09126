#pragma once

#include "base/json.h"
#include "experiment/report/session.h"

#include <span>
#include <string>
#include <vector>

namespace tamis::report {

/// How each number of a report was made, as the schema's `how`: what concerns these sessions alone. `notes`
/// are sentences on what was left out.
Json how_made(std::span<const ReportSession> sessions, const std::vector<std::string>& notes);

}  // namespace tamis::report

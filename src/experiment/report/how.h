#pragma once

#include "base/json.h"
#include "experiment/report/session.h"

#include <span>
#include <string>
#include <vector>

namespace tamis::report {

/// How each number of a report was made, as the schema's `how`: what concerns these sessions alone.
/// `left_out` are sentences on what was left out.
Json how_made(std::span<const ReportSession* const> sessions, const std::vector<std::string>& left_out);

}  // namespace tamis::report

#pragma once

#include "cpu_peers/summary.h"
#include "tamis/json_fwd.h"

#include <string>
#include <vector>

namespace tamis::peers {

/// One task as it is done: a line for the best form of each family (or for every form), with milliseconds,
/// GFLOP/s and share of the peak; then what was wrong or disturbed.
std::string draw_task(const TaskSummary& summary, bool all_forms);

/// Tamis against its opponents: a line for each task, and the means of each group. Empty where tamis was not
/// measured.
std::string draw_ratios(const std::vector<TaskSummary>& summaries);
std::string draw_means(const std::vector<GroupMean>& means);

/// Everything as one JSON document: tasks with every form, the means, and the versions of the libraries.
Json to_json(const std::vector<TaskSummary>& summaries, const std::vector<GroupMean>& means,
             const std::string& libraries);

}  // namespace tamis::peers

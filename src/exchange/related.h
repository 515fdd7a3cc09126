#pragma once

#include "base/result.h"
#include "trial/trial_set.h"

#include <string>
#include <vector>

namespace tamis {

/// The trials of other sessions or tables in a file: every session of a log of tamis, or one recorded table
/// (format/recorded_table.h), told apart by the content. Sessions without trials are left out. Errors: as
/// Log::open and read_recorded_table. Thread safe.
Result<std::vector<TrialSet>> read_related(const std::string& path);

/// Trials as they may be learnt from: in the order of proposal up to the first gap, where a session was cut
/// off, without those whose device was lost. A session that goes on later only adds to them at the end.
TrialSet related_trials(std::string name, Space space, std::vector<Trial> trials);

/// The trials of a recorded table, without features: replaying shows none either.
TrialSet related_trials(const TrialSet& table);

}  // namespace tamis

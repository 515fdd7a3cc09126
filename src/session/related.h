#pragma once

#include "base/result.h"
#include "format/recorded_table.h"
#include "log/log.h"
#include "search/strategy.h"

#include <span>
#include <string>
#include <vector>

namespace tamis {

/// The trials of other sessions or tables in a file: every session of a log of tamis, or one recorded table
/// (format/recorded_table.h), told apart by the content. Sessions without trials are left out. Errors: as
/// Log::open and read_recorded_table. Thread safe.
Result<std::vector<RelatedTrials>> read_related(const std::string& path);

/// Trials as they may be learnt from: in the order of proposal up to the first gap, where a session was cut
/// off, without those whose device was lost. A session that goes on later only adds to them at the end.
RelatedTrials related_trials(std::string name, Space space, std::vector<Trial> trials);

/// The trials of a recorded table, without features: replaying shows none either.
RelatedTrials related_trials(const RecordedTable& table);

/// What a session records of what it started from: for each of `related` the number of its trials and a
/// fingerprint of its space and trials, `COUNT:HEX COUNT:HEX ...`. Names do not matter. Empty for none.
std::string describe_related(std::span<const RelatedTrials> related);

/// The related trials as they were when a session recorded `learnt_from`: those of `related`, in their order,
/// that it names, each cut to the trials that it had then, since logs grow and suites gain layers. Errors:
/// not_found when they cannot be put together again.
Result<std::vector<RelatedTrials>> recall_related(std::span<const RelatedTrials> related,
                                                  const std::string& learnt_from);

}  // namespace tamis

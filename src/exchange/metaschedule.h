#pragma once

#include "tamis/formats.h"

namespace tamis {

/// Databases of MetaSchedule, TVM's tuner: `database_tuning_record.json`, a JSON record a line, as TVM 0.27's
/// JSONDatabase writes it. `database_workload.json` beside it tells workloads apart that look alike.
const Format& metaschedule_format();

/// Whether a text is the other file of such a database, the list of workloads.
bool looks_like_metaschedule_workloads(std::string_view text);

}  // namespace tamis

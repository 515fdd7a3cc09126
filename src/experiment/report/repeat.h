#pragma once

#include "tamis/log.h"

#include <string>

namespace tamis::report {

/// A command line that tries a config of a session again, as the schema's `repeat_command`; empty where the
/// log does not say enough for one, as of tables and of studies whose configs the caller ran.
std::string repeat_command(const SessionRecord& session);

}  // namespace tamis::report

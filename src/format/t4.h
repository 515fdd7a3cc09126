#pragma once

#include "base/result.h"
#include "format/recorded_table.h"

#include <string>

namespace tamis {

/// Reads a table in T4 format from its JSON text: what read_recorded_table does with one. `name` becomes the
/// table's name, `origin` names it in errors. Errors: corrupt with the row, counted from 1; unsupported as
/// read_recorded_table. Thread safe.
Result<RecordedTable> read_t4(const std::string& text, const std::string& name, const std::string& origin);

}  // namespace tamis

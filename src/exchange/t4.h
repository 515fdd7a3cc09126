#pragma once

#include "base/result.h"
#include "exchange/recorded_table.h"

#include <string>
#include <string_view>

namespace tamis {

/// The measurement of a T4 row that holds the verdict's word, which tells more than `invalidity` does; other
/// programs do not write it.
inline constexpr std::string_view kT4Verdict = "verdict";

/// Reads a table in T4 format from its JSON text: what read_recorded_table does with one. `name` becomes the
/// table's name, `origin` names it in errors. Errors: corrupt with the row, counted from 1; unsupported as
/// read_recorded_table. Thread safe.
Result<TrialSet> read_t4(const std::string& text, const std::string& name, const std::string& origin);

}  // namespace tamis

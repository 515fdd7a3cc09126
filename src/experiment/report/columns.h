#pragma once

#include "base/json.h"

#include <cstdint>
#include <span>

namespace tamis::report {

// Columns of the document of a report (web/schema/report.schema.json, `column`): little-endian elements in
// base64. Pure, so thread safe.

/// Numbers in the narrowest type that holds them all; where they are all equal, that one number.
Json whole_column(std::span<const uint32_t> values);
/// Times, ms, as differences: they fit 32 bits where trials that follow one another end within 24 days. A
/// difference that does not fit is cut off at the nearest that does.
Json time_column(std::span<const int64_t> times_ms);
/// Values of trials, in single precision unless one does not fit its range; NaN where there is none.
Json value_column(std::span<const double> values);
/// Lengths of time in single precision.
Json length_column(std::span<const float> lengths);

}  // namespace tamis::report

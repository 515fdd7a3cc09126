#pragma once

#include "base/result.h"
#include "exchange/autotvm.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// A line that could not be read.
struct SkippedLine {
  size_t line = 0;  ///< from 1
  std::string reason;
};

/// What an AutoTVM log holds.
struct AutotvmLog {
  std::vector<AutotvmRecord> records;  ///< in the order of the file
  std::vector<SkippedLine> skipped;    ///< lines that are no record, or one that a killed tuner cut off
};

/// Whether a text begins like an AutoTVM log of any version: comment lines (`#`) and empty ones, then a
/// record.
bool looks_like_autotvm(std::string_view text);

/// Reads every record of a log; comments and empty lines count for nothing, and a line that is damaged, cut
/// off or of an older version is skipped and told of. Errors: as the first line skipped, with its number,
/// where no record could be read; corrupt for a text without lines. Thread safe.
Result<AutotvmLog> read_autotvm_log(std::string_view text, const std::string& origin);

}  // namespace tamis

#pragma once

#include "exchange/autotvm_sets.h"
#include "exchange/stored_trials.h"

#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// What a log of AutoTVM holds, all in memory.
inline TrialFile read_autotvm(std::string_view text) {
  return trial_file_of(open_autotvm(text, "a.log", {}).value());
}

/// A log of these records.
inline std::string autotvm_text(const std::vector<AutotvmRecord>& records) {
  std::string text;
  for (const AutotvmRecord& record : records) text += write_autotvm_record(record) + "\n";
  return text;
}

}  // namespace tamis

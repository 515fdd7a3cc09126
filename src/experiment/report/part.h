#pragma once

#include "base/json.h"

#include <string>

namespace tamis::report {

/// One part of the document of a report, in the form that web/schema/report.schema.json gives it.
struct Part {  // NOLINT(bugprone-exception-escape): moving a Json checks an invariant, but throws nothing
  Json data;   ///< null where there is nothing to show
  std::string missing = {};  ///< where a reader would expect it and there is nothing: why, one sentence
  /// Where there is something: how it was made and what is left out of it, sentences; may be empty.
  std::string how = {};
};

}  // namespace tamis::report

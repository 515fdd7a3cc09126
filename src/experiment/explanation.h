#pragma once

#include "model/rules.h"
#include "tamis/json_fwd.h"

#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// Why trials of one space were not valid.
struct Explanation {
  struct OfVerdict {
    std::optional<Verdict> verdict;  ///< nothing: all but valid
    RuleSet rules;
  };
  std::string workload;
  std::string target;               ///< its spec; empty for a recorded table
  std::string target_identity;      ///< Task::identity(), likewise
  std::vector<OfVerdict> verdicts;  ///< those that occur
};

/// The rules with their support and precision, for a terminal (UTF-8, plain text).
std::string draw(const std::vector<Explanation>& explanations);
/// The formulas that exclude what the rules cover, a line each, for `--constraint`; one that excludes valid
/// trials is followed by a comment line that says so. Comments begin with `#`.
std::string draw_constraints(const std::vector<Explanation>& explanations);
/// The same as one JSON document (docs/reference/command-line has its members).
Json to_json(const std::vector<Explanation>& explanations);

}  // namespace tamis

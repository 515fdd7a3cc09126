#pragma once

#include "tamis/objective.h"
#include "tamis/space.h"
#include "tamis/trial.h"
#include "tamis/workload.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::report {

/// What the sessions of a report that differ in strategy and seed only have together: trials of one workload
/// in one space on one device by one objective. It is what rules, importance and programs are of.
struct Subject {
  size_t position = 0;  ///< among the document's `spaces`
  Workload workload;
  std::string target_spec = {};               ///< `vta`, or the format of a recorded table
  std::string target_identity = {};           ///< Task::identity() as text; empty where nobody knows
  Space space;                                ///< as the log keeps it: without constraints
  std::vector<std::string> constraints = {};  ///< the texts of the space's declared constraints
  Objective objective = {};
  /// What learns from trials gets at most kLearnt of them, evenly spread over each session in the order of
  /// proposal; lost devices are left out.
  std::vector<Trial> learnt = {};
  uint64_t trials = 0;  ///< how many trials its sessions have in all
  /// For each knob and each of its values, how many of all trials chose it.
  std::vector<std::vector<uint64_t>> chosen = {};
  std::optional<Trial> best = {};           ///< of all its sessions; nothing where none was valid
  std::optional<Trial> default_trial = {};  ///< what came of the default config, where that is known
};

/// The most trials of one subject that rules and importance learn from.
inline constexpr size_t kLearnt = 20'000;

}  // namespace tamis::report

#pragma once

#include "space/space.h"
#include "trial/finals.h"
#include "trial/trial.h"
#include "workload/workload.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// Trials of one workload on one target, wherever they come from: a session of a log, a recorded table,
/// another program's file, another layer of the network. A plain value; immutable sets are shared by threads.
///
/// Where sets of several spaces meet, knobs are matched by name and values by what they are, not by their
/// position.
struct TrialSet {
  Workload workload;            ///< its name is what people call the set
  std::string target_identity;  ///< what the trials were made on; empty where nobody knows
  Space space;                  ///< what the configs of the trials are configs of
  std::vector<Trial> trials;
  std::optional<Finals> finals = std::nullopt;  ///< up to date; nothing where there were none
};

/// A set of an external workload of this name, the name being all that is known of it.
TrialSet named_trials(std::string name, Space space, std::vector<Trial> trials);

/// How many trials are valid.
uint64_t count_valid(const TrialSet& set);
/// The least latency of a valid trial in ns; infinity when there is none.
double best_latency_ns(const TrialSet& set);
/// The winner of the finals, or the fastest trial; nothing when none was valid.
std::optional<Trial> best_trial(const TrialSet& set);

/// A recorded table is a set whose space lists exactly the configs that were tried, with one trial for each
/// in the order of Space::listed(). What came of a config of such a table; nullptr for one that was not
/// tried.
const Trial* find_recorded(const TrialSet& table, const Config& config);
/// A number that changes with the configs of a recorded table and what came of them, but not with its name.
uint64_t fingerprint_of(const TrialSet& table);

}  // namespace tamis

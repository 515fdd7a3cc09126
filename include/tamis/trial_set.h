#pragma once

#include "tamis/objective.h"
#include "tamis/space.h"
#include "tamis/trial.h"
#include "tamis/workload.h"

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
  Workload workload;                 ///< its name is what people call the set
  std::string target_spec = {};      ///< how their target is called: `vta`, or a format; empty: nobody knows
  std::string target_identity = {};  ///< what the trials were made on; empty where nobody knows
  Space space;                       ///< what the configs of the trials are configs of
  std::vector<Trial> trials;
  std::optional<Finals> finals = std::nullopt;  ///< up to date; nothing where there were none
  int64_t started_unix_ms = 0;  ///< wall clock when the first was proposed; 0 where nobody knows
  Objective objective = {};     ///< what the costs of the trials are of
  /// For people: what of the file that it was read from was left out, or taken once.
  std::vector<std::string> notes = {};
};

/// A set of an external workload of this name, the name being all that is known of it.
TrialSet named_trials(std::string name, Space space, std::vector<Trial> trials);

/// How many trials are valid.
uint64_t count_valid(const TrialSet& set);
/// The least cost of a valid trial; infinity when there is none.
double best_cost(const TrialSet& set);
/// The winner of the finals, or the fastest trial; nothing when none was valid.
std::optional<Trial> best_trial(const TrialSet& set);

/// The set with its best trial only; with none where none was valid.
TrialSet only_best(TrialSet set);

/// Trials as they may be learnt from: in the order of proposal up to the first gap, where a session was cut
/// off, without those whose device was lost. A session that goes on later only adds to them at the end.
TrialSet related_trials(std::string name, Space space, std::vector<Trial> trials);
/// The trials of a recorded table, without features: replaying shows none either.
TrialSet related_trials(const TrialSet& table);

/// A recorded table is a set whose space lists exactly the configs that were tried, with one trial for each
/// in the order of Space::listed(). What came of a config of such a table; nullptr for one that was not
/// tried, and of any other set.
const Trial* find_recorded(const TrialSet& table, const Config& config);
/// A number that changes with the configs of a recorded table and what came of them, but not with its name.
uint64_t fingerprint_of(const TrialSet& table);

}  // namespace tamis

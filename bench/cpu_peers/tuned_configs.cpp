#include "cpu_peers/tuned_configs.h"

#include "tamis/log.h"
#include "tamis/trial.h"

#include <fmt/format.h>

namespace tamis::peers {

Result<TunedConfigs> TunedConfigs::read(const std::string& log_path) {
  TAMIS_ASSIGN(const Log log, Log::open(log_path, LogMode::read));
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  TunedConfigs tuned;
  tuned.path_ = log_path;
  for (const SessionRecord& session : sessions) {
    TAMIS_ASSIGN(const std::vector<Trial> trials, log.trials(session.id));
    TAMIS_ASSIGN(std::optional<Finals> finals, log.finals(session.id));
    const std::optional<Trial> best = best_trial(trials, discard_if_stale(std::move(finals), trials.size()));
    if (!best) continue;
    const Entry entry = {session.knobs, best->config, best->cost()};
    const auto [found, added] =
        tuned.best_.try_emplace({session.target_identity, to_spec(session.workload)}, entry);
    if (!added && entry.latency_ns < found->second.latency_ns) found->second = entry;
  }
  return tuned;
}

Result<Config> TunedConfigs::find(const std::string& target_identity, const Workload& workload,
                                  const Space& space) const {
  const auto found = best_.find({target_identity, to_spec(workload)});
  if (found == best_.end())
    return not_found(fmt::format("{} has no valid trial of {} for `{}`; tune it there with `--log {}`", path_,
                                 to_spec(workload), target_identity, path_));
  if (found->second.knobs != knobs_to_text(space))
    return unsupported(fmt::format("{} was tuned in {} with other knobs than it has now; tune it again",
                                   to_spec(workload), path_));
  return found->second.config;
}

}  // namespace tamis::peers

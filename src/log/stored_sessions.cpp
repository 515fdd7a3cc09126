#include "log/stored_sessions.h"

#include "base/text.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

namespace tamis {

Result<std::vector<SessionRecord>> select_sessions(const Log& log, const SessionFilter& filter) {
  TAMIS_ASSIGN(const std::vector<SessionRecord> all, log.sessions());
  if (all.empty()) return not_found(fmt::format("{} holds no session yet", log.path()));
  std::vector<SessionRecord> chosen;
  std::vector<std::string_view> names;
  for (const SessionRecord& session : all) {
    names.emplace_back(session.workload.name);
    const bool wanted = (filter.workload.empty() || session.workload.name == filter.workload) &&
                        (filter.session == 0 || session.id == filter.session);
    if (wanted) chosen.push_back(session);
  }
  if (!chosen.empty()) return chosen;
  if (filter.session != 0)
    return not_found(fmt::format("{} has no session {}{}; it has 1 to {}", log.path(), filter.session,
                                 filter.workload.empty() ? "" : " of " + filter.workload, all.back().id));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return not_found(fmt::format("{} has no workload \"{}\"{}", log.path(), filter.workload,
                               did_you_mean(filter.workload, names)));
}

TrialSet trial_set_of(const SessionRecord& record, Space space, std::vector<Trial> trials) {
  return {record.workload,   record.target_spec, record.target_identity, std::move(space),
          std::move(trials), std::nullopt,       record.started_unix_ms, record.objective};
}

Result<TrialSet> load_session(const Log& log, const SessionRecord& record) {
  TAMIS_ASSIGN(Space space, space_from_text(record.knobs));
  TAMIS_ASSIGN(std::vector<Trial> trials, log.trials(record.id));
  TAMIS_ASSIGN(std::optional<Finals> finals, log.finals(record.id));
  TrialSet set = trial_set_of(record, std::move(space), std::move(trials));
  set.finals = discard_if_stale(std::move(finals), set.trials.size());
  return set;
}

Result<Counts> count_trials(const Log& log, const SessionRecord& record) {
  TAMIS_ASSIGN(const std::vector<TrialCount> all, log.counts(record.id));
  Counts counts;
  for (const TrialCount& some : all) counts.add(some);
  return counts;
}

namespace {

/// A session's best trial, and its finals where it has some that are up to date.
struct Winner {
  std::optional<Trial> trial;
  std::optional<Finals> finals = std::nullopt;
};

/// The finals of a session, unless something was tried since.
Result<std::optional<Finals>> current_finals(const Log& log, const SessionRecord& record) {
  TAMIS_ASSIGN(std::optional<Finals> finals, log.finals(record.id));
  if (!finals) return finals;
  TAMIS_ASSIGN(const Counts counts, count_trials(log, record));
  return discard_if_stale(std::move(finals), counts.trials);
}

Result<Winner> winner_of(const Log& log, const SessionRecord& record) {
  TAMIS_ASSIGN(std::vector<Trial> known, log.fastest(record.id, 1));
  TAMIS_ASSIGN(std::optional<Finals> finals, current_finals(log, record));
  if (const Finalist* winner = finals ? finals->winner() : nullptr) {
    TAMIS_ASSIGN(std::optional<Trial> trial, log.trial(record.id, winner->number));
    if (trial) known.push_back(std::move(*trial));
  }
  std::optional<Trial> best = best_trial(known, finals);
  return Winner{std::move(best), std::move(finals)};
}

double mean_cost(const Trial& trial) {
  return std::accumulate(trial.costs.begin(), trial.costs.end(), 0.0) /
         static_cast<double>(trial.costs.size());
}

/// The first of the valid trials with the least mean; nothing without a valid one.
Result<Winner> best_by_mean(const Log& log, const SessionRecord& session) {
  std::optional<Trial> best;
  TAMIS_TRY(log.visit_trials(session.id, [&](std::vector<Trial>& trials) {
    for (Trial& trial : trials)
      if (trial.verdict == Verdict::valid && !trial.costs.empty() &&
          (!best || mean_cost(trial) < mean_cost(*best)))
        best = std::move(trial);
    return Status();
  }));
  return Winner{std::move(best)};
}

}  // namespace

Result<std::optional<Trial>> best_of(const Log& log, const SessionRecord& record) {
  TAMIS_ASSIGN(Winner winner, winner_of(log, record));
  return std::move(winner.trial);
}

Result<std::vector<BestRow>> find_best(const Log& log, const SessionFilter& filter, RankBy by) {
  const auto rank = [by](const Trial& trial) { return by == RankBy::mean ? mean_cost(trial) : trial.cost(); };
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, select_sessions(log, filter));
  std::vector<BestRow> rows;
  std::map<std::tuple<std::string, std::string, std::string>, size_t> row_of;
  for (const SessionRecord& session : sessions) {
    TAMIS_ASSIGN(Winner best, by == RankBy::mean ? best_by_mean(log, session) : winner_of(log, session));
    if (!best.trial) continue;
    TAMIS_ASSIGN(Space space, space_from_text(session.knobs));
    const auto [found, added] = row_of.try_emplace(
        {session.target_identity, to_spec(session.workload), to_string(session.objective)}, rows.size());
    const bool better = !added && rank(*best.trial) < rank(rows[found->second].trial);
    if (!added && !better) continue;
    BestRow row{session, std::move(space), std::move(*best.trial)};
    if (best.finals) row.evidence = weigh_evidence(*best.finals);
    if (added)
      rows.push_back(std::move(row));
    else
      rows[found->second] = std::move(row);
  }
  return rows;
}

bool is_log(const std::string& path) {
  constexpr std::string_view kBegin = "SQLite format 3";
  std::string begin(kBegin.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  return file.read(begin.data(), static_cast<std::streamsize>(begin.size())) && begin == kBegin;
}

bool looks_like_log(const std::string& path) {
  return is_log(path) || std::ifstream(path, std::ios::binary).peek() == std::ifstream::traits_type::eof();
}

}  // namespace tamis

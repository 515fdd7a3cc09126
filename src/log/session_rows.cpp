#include "log/session_rows.h"

#include "base/json.h"
#include "base/text.h"
#include "log/numbers.h"
#include "log/schema.h"
#include "log/trial_reader.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tamis {
namespace {

using sqlite::Database;
using sqlite::Statement;

Result<uint64_t> parse_seed(std::string_view text) {
  uint64_t seed = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (code != std::errc() || end != text.data() + text.size())
    return corrupt(fmt::format("\"{}\" is not a seed", text));
  return seed;
}

/// Latencies, of which nearly all sessions are, need no words.
std::string objective_to_text(const Objective& objective) {
  return objective == Objective{} ? std::string() : to_json(objective).dump();
}

Result<Objective> parse_stored_objective(std::string_view text) {
  if (text.empty()) return Objective{};
  TAMIS_ASSIGN(const Json json, parse_json(std::string(text), "its objective"));
  return objective_from_json(json, "its objective");
}

Result<SessionRecord> read_row(const Statement& row) {
  SessionRecord session;
  session.id = row.integer(0);
  session.target_spec = row.text(1);
  session.target_identity = row.text(2);
  TAMIS_ASSIGN(const Json workload, parse_json(row.text(4), "its workload"));
  TAMIS_ASSIGN(session.workload, workload_from_json(workload, "its workload"));
  session.workload.name = row.text(3);
  session.knobs = std::string(row.text(5));
  session.space_fingerprint = row.text(6);
  session.strategy = row.text(7);
  session.initializer = row.text(8);
  TAMIS_ASSIGN(session.seed, parse_seed(row.text(9)));
  session.batch = static_cast<uint64_t>(row.integer(10));
  session.started_unix_ms = row.integer(11);
  session.learnt_from = row.text(12);
  session.constraints = row.text(13);
  session.generation = static_cast<uint64_t>(row.integer(14));
  session.with_default = row.integer(15) != 0;
  TAMIS_ASSIGN(session.objective, parse_stored_objective(row.text(16)));
  session.hints = row.text(17);
  return session;
}

/// An older log that is only read lacks the column.
const char* objective_column(int64_t version) { return version < kObjectiveSince ? "''" : "objective"; }

Error damaged(const Database& database, int64_t session, const Error& error) {
  return corrupt(fmt::format("{}: session {} is damaged: {}", database.path(), session, error.message));
}

Status insert_finals(const Database& database, int64_t session, const Finals& finals) {
  TAMIS_ASSIGN(Statement insert,
               database.prepare(
                   "INSERT INTO finals (session, after_trials, place, number, verdict, runs, latencies_ns, "
                   "message, device, finished_unix_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  std::string latencies;
  for (size_t place = 0; place < finals.finalists.size(); ++place) {
    const Finalist& finalist = finals.finalists[place];
    write_numbers(finalist.costs, latencies);
    insert.bind(0, session);
    insert.bind(1, static_cast<int64_t>(finals.after_trials));
    insert.bind(2, static_cast<int64_t>(place));
    insert.bind(3, static_cast<int64_t>(finalist.number));
    insert.bind(4, to_string(finalist.verdict));
    insert.bind(5, static_cast<int64_t>(finalist.runs));
    insert.bind(6, latencies);
    insert.bind(7, finalist.message);
    insert.bind(8, finals.device);
    insert.bind(9, finals.finished_unix_ms);
    TAMIS_TRY(insert.run());
  }
  return {};
}

/// What is wrong with the row, or nothing.
const char* read_final(const Statement& row, const Objective& objective, Finals& finals) {
  finals.after_trials = static_cast<uint64_t>(row.integer(0));
  finals.device = row.text(6);
  finals.finished_unix_ms = row.integer(7);
  Finalist& finalist = finals.finalists.emplace_back();
  finalist.number = static_cast<uint64_t>(row.integer(1));
  const Result<Verdict> verdict = parse_verdict(row.text(2));
  if (!verdict.ok()) return "an unknown verdict";
  finalist.verdict = *verdict;
  finalist.runs = static_cast<uint64_t>(row.integer(3));
  if (!read_numbers(row.text(4), finalist.costs)) return "costs that are not a list of numbers";
  if (finalist.costs.empty() == (finalist.verdict == Verdict::valid))
    return "costs that do not fit their verdict";
  finalist.message = row.text(5);
  refuse_cost(finalist, objective);
  return nullptr;
}

}  // namespace

Result<int64_t> add_session_row(const Database& database, const SessionRecord& session) {
  TAMIS_ASSIGN(
      Statement insert,
      database.prepare("INSERT INTO sessions (target_spec, target_identity, workload_name, workload, knobs, "
                       "space_fingerprint, strategy, initializer, seed, batch, started_unix_ms, learnt_from, "
                       "constraints, generation, with_default, objective, hints) VALUES (?, ?, ?, ?, ?, ?, "
                       "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  const std::string workload = to_json(session.workload).dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string seed = std::to_string(session.seed);
  insert.bind(0, session.target_spec);
  insert.bind(1, session.target_identity);
  insert.bind(2, session.workload.name);
  insert.bind(3, workload);
  insert.bind(4, session.knobs);
  insert.bind(5, session.space_fingerprint);
  insert.bind(6, session.strategy);
  insert.bind(7, session.initializer);
  insert.bind(8, seed);
  insert.bind(9, static_cast<int64_t>(session.batch));
  insert.bind(10, session.started_unix_ms);
  insert.bind(11, session.learnt_from);
  insert.bind(12, session.constraints);
  insert.bind(13, static_cast<int64_t>(session.generation));
  insert.bind(14, static_cast<int64_t>(session.with_default));
  const std::string objective = objective_to_text(session.objective);
  insert.bind(15, objective);
  insert.bind(16, session.hints);
  TAMIS_TRY(insert.run());
  return database.last_row_id();
}

Result<std::vector<SessionRecord>> read_session_rows(const Database& database, int64_t after) {
  TAMIS_ASSIGN(const int64_t version, database.integer("PRAGMA user_version"));
  TAMIS_ASSIGN(Statement rows,
               database.prepare(fmt::format(
                   "SELECT id, target_spec, target_identity, workload_name, workload, knobs, "
                   "space_fingerprint, strategy, initializer, seed, batch, started_unix_ms, {}, {}, {}, {} "
                   "FROM sessions WHERE id > ? ORDER BY id",
                   // An older log that is only read lacks the columns.
                   version < 2 ? "'', '[]'" : "learnt_from, constraints",
                   version < kGenerationSince ? "1, 0" : "generation, with_default",
                   objective_column(version), version < kHintsSince ? "''" : "hints")));
  rows.bind(0, after);
  std::vector<SessionRecord> sessions;
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) return sessions;
    Result<SessionRecord> session = read_row(rows);
    if (!session.ok()) return damaged(database, rows.integer(0), session.error());
    sessions.push_back(std::move(*session));
  }
}

Result<std::vector<SessionEnd>> read_session_ends(const Database& database) {
  // A look into the index for each session; grouped, SQLite would walk over all trials.
  TAMIS_ASSIGN(Statement rows,
               database.prepare("SELECT id, (SELECT max(number) FROM trials WHERE session = sessions.id) "
                                "FROM sessions ORDER BY id"));
  std::vector<SessionEnd> ends;
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) return ends;
    ends.push_back({rows.integer(0), rows.is_null(1) ? 0 : static_cast<uint64_t>(rows.integer(1)) + 1});
  }
}

Result<const TrialFrame*> SessionRows::frame_of(const Database& database, int64_t session) {
  if (const auto found = frames_.find(session); found != frames_.end()) return &found->second;
  TAMIS_ASSIGN(const int64_t version, database.integer("PRAGMA user_version"));
  TAMIS_ASSIGN(Statement row, database.prepare(fmt::format("SELECT knobs, {} FROM sessions WHERE id = ?",
                                                           objective_column(version))));
  row.bind(0, session);
  TAMIS_ASSIGN(const bool exists, row.step());
  if (!exists)
    return not_found(fmt::format("{}: there is no session {} in this log", database.path(), session));
  Result<Space> space = space_from_text(row.text(0));
  if (!space.ok()) return damaged(database, session, space.error());
  Result<Objective> objective = parse_stored_objective(row.text(1));
  if (!objective.ok()) return damaged(database, session, objective.error());
  return &frames_.emplace(session, TrialFrame{std::move(*space), std::move(*objective)}).first->second;
}

Status add_ask_row(const Database& database, int64_t session, const AskRecord& ask) {
  TAMIS_ASSIGN(
      Statement insert,
      database.prepare("INSERT INTO asks (session, first, asked, given, learnt) VALUES (?, ?, ?, ?, ?)"));
  std::string learnt;
  write_numbers(ask.learnt, learnt);
  insert.bind(0, session);
  insert.bind(1, static_cast<int64_t>(ask.first));
  insert.bind(2, static_cast<int64_t>(ask.asked));
  insert.bind(3, static_cast<int64_t>(ask.given));
  insert.bind(4, learnt);
  Status inserted = insert.run();
  if (!inserted.ok() && database.error_code() == SQLITE_CONSTRAINT_PRIMARYKEY)
    return invalid_input(fmt::format("{}: session {} was already asked for its config {}", database.path(),
                                     session, ask.first));
  return inserted;
}

Result<std::vector<AskRecord>> read_ask_rows(const Database& database, int64_t session) {
  std::vector<AskRecord> asks;
  TAMIS_ASSIGN(const int64_t version, database.integer("PRAGMA user_version"));
  if (version < kAsksSince) return asks;  // an older log that is only read
  TAMIS_ASSIGN(Statement rows, database.prepare("SELECT first, asked, given, learnt FROM asks "
                                                "WHERE session = ? ORDER BY first"));
  rows.bind(0, session);
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) return asks;
    AskRecord& ask = asks.emplace_back();
    ask.first = static_cast<uint64_t>(rows.integer(0));
    ask.asked = static_cast<uint64_t>(rows.integer(1));
    ask.given = static_cast<uint64_t>(rows.integer(2));
    if (rows.integer(0) < 0 || rows.integer(2) < 1 || rows.integer(1) < rows.integer(2) ||
        !read_numbers(rows.text(3), ask.learnt))
      return corrupt(fmt::format("{}: session {} has an ask that no tamis wrote; the log is damaged",
                                 database.path(), session));
  }
}

Status add_final_rows(Database& database, int64_t session, const Finals& finals) {
  TAMIS_TRY(database.execute("BEGIN IMMEDIATE"));
  Status added = insert_finals(database, session, finals);
  if (!added.ok() && database.error_code() == SQLITE_CONSTRAINT_PRIMARYKEY)
    added = invalid_input(fmt::format("{}: session {} already has finals after {}", database.path(), session,
                                      counted(finals.after_trials, "trial")));
  return end_transaction(database, std::move(added));
}

Result<std::optional<Finals>> read_final_rows(const Database& database, int64_t session,
                                              const Objective& objective,
                                              std::optional<uint64_t> after_trials) {
  TAMIS_ASSIGN(const int64_t version, database.integer("PRAGMA user_version"));
  if (version < kFinalsSince) return std::optional<Finals>();  // an older log that is only read
  TAMIS_ASSIGN(Statement rows,
               database.prepare("SELECT after_trials, number, verdict, runs, latencies_ns, message, device, "
                                "finished_unix_ms FROM finals WHERE session = ?1 AND after_trials = "
                                "ifnull(?2, (SELECT max(after_trials) FROM finals WHERE session = ?1)) "
                                "ORDER BY place"));
  rows.bind(0, session);
  if (after_trials) rows.bind(1, static_cast<int64_t>(*after_trials));
  std::optional<Finals> finals;
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) {
      // One that failed after all is not ahead of those that are valid.
      if (finals)
        std::stable_partition(finals->finalists.begin(), finals->finalists.end(),
                              [](const Finalist& one) { return one.verdict == Verdict::valid; });
      return finals;
    }
    if (!finals) finals.emplace();
    if (const char* wrong = read_final(rows, objective, *finals); wrong != nullptr)
      return corrupt(fmt::format("{}: a final of session {} has {}; the log is damaged", database.path(),
                                 session, wrong));
  }
}

}  // namespace tamis

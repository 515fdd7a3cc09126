#include "log/session_rows.h"

#include "base/json.h"
#include "log/schema.h"

#include <charconv>

#include <fmt/format.h>

namespace tamis {
namespace {

using sqlite::Database;
using sqlite::Statement;

Result<uint64_t> parse_seed(std::string_view text) {
  uint64_t seed = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (code != std::errc() || end != text.data() + text.size())
    return corrupt(fmt::format("\"{}\" is no seed", text));
  return seed;
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
  return session;
}

Error damaged(const Database& database, int64_t session, const Error& error) {
  return corrupt(fmt::format("{}: session {} is damaged: {}", database.path(), session, error.message));
}

}  // namespace

Result<int64_t> add_session_row(const Database& database, const SessionRecord& session) {
  TAMIS_ASSIGN(
      Statement insert,
      database.prepare(
          "INSERT INTO sessions (target_spec, target_identity, workload_name, workload, knobs, "
          "space_fingerprint, strategy, initializer, seed, batch, started_unix_ms, learnt_from, "
          "constraints, generation, with_default) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
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
  TAMIS_TRY(insert.run());
  return database.last_row_id();
}

Result<std::vector<SessionRecord>> read_session_rows(const Database& database) {
  TAMIS_ASSIGN(const int64_t version, database.integer("PRAGMA user_version"));
  TAMIS_ASSIGN(Statement rows,
               database.prepare(fmt::format(
                   "SELECT id, target_spec, target_identity, workload_name, workload, knobs, "
                   "space_fingerprint, strategy, initializer, seed, batch, started_unix_ms, {}, {} "
                   "FROM sessions ORDER BY id",
                   // An older log that is only read lacks the columns.
                   version < 2 ? "'', '[]'" : "learnt_from, constraints",
                   version < kGenerationSince ? "1, 0" : "generation, with_default")));
  std::vector<SessionRecord> sessions;
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) return sessions;
    Result<SessionRecord> session = read_row(rows);
    if (!session.ok()) return damaged(database, rows.integer(0), session.error());
    sessions.push_back(std::move(*session));
  }
}

Result<const Space*> SessionRows::space_of(const Database& database, int64_t session) {
  if (const auto found = spaces_.find(session); found != spaces_.end()) return &found->second;
  TAMIS_ASSIGN(Statement row, database.prepare("SELECT knobs FROM sessions WHERE id = ?"));
  row.bind(0, session);
  TAMIS_ASSIGN(const bool exists, row.step());
  if (!exists)
    return not_found(fmt::format("{}: there is no session {} in this log", database.path(), session));
  Result<Space> space = space_from_text(row.text(0));
  if (!space.ok()) return damaged(database, session, space.error());
  return &spaces_.emplace(session, std::move(*space)).first->second;
}

}  // namespace tamis

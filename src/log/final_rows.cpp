#include "log/final_rows.h"

#include "log/numbers.h"
#include "log/schema.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace tamis {
namespace {

using sqlite::Database;
using sqlite::Statement;

Status insert_rows(const Database& database, int64_t session, const Finals& finals) {
  TAMIS_ASSIGN(Statement insert,
               database.prepare(
                   "INSERT INTO finals (session, after_trials, place, number, verdict, runs, latencies_ns, "
                   "message, device, finished_unix_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  std::string latencies;
  for (size_t place = 0; place < finals.finalists.size(); ++place) {
    const Finalist& finalist = finals.finalists[place];
    write_numbers(finalist.latencies_ns, latencies);
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
const char* read_row(const Statement& row, Finals& finals) {
  finals.after_trials = static_cast<uint64_t>(row.integer(0));
  finals.device = row.text(6);
  finals.finished_unix_ms = row.integer(7);
  Finalist& finalist = finals.finalists.emplace_back();
  finalist.number = static_cast<uint64_t>(row.integer(1));
  const Result<Verdict> verdict = parse_verdict(row.text(2));
  if (!verdict.ok()) return "an unknown verdict";
  finalist.verdict = *verdict;
  finalist.runs = static_cast<uint64_t>(row.integer(3));
  if (!read_numbers(row.text(4), finalist.latencies_ns)) return "latencies that are no list of numbers";
  if (finalist.latencies_ns.empty() == (finalist.verdict == Verdict::valid))
    return "latencies that do not fit their verdict";
  finalist.message = row.text(5);
  return nullptr;
}

}  // namespace

Status add_final_rows(Database& database, int64_t session, const Finals& finals) {
  TAMIS_TRY(database.execute("BEGIN IMMEDIATE"));
  Status added = insert_rows(database, session, finals);
  if (!added.ok() && database.error_code() == SQLITE_CONSTRAINT_PRIMARYKEY)
    added = invalid_input(fmt::format("{}: session {} already has finals after {} trials", database.path(),
                                      session, finals.after_trials));
  return end_transaction(database, std::move(added));
}

Result<std::optional<Finals>> read_final_rows(const Database& database, int64_t session,
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
    if (!more) return finals;
    if (!finals) finals.emplace();
    if (const char* wrong = read_row(rows, *finals); wrong != nullptr)
      return corrupt(fmt::format("{}: a final of session {} has {}; the log is damaged", database.path(),
                                 session, wrong));
  }
}

}  // namespace tamis

#include "log/ask_rows.h"

#include "log/numbers.h"
#include "log/schema.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace tamis {

using sqlite::Database;
using sqlite::Statement;

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

}  // namespace tamis

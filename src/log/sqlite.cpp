#include "log/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace tamis::sqlite {
namespace {

/// How long a call waits for another process that holds a lock.
constexpr int kBusyMs = 10'000;

Error error_of(sqlite3* handle, const std::string& path) {
  const int code = sqlite3_errcode(handle) & 0xff;  // the extended part is in the text
  const char* said = sqlite3_errmsg(handle);
  switch (code) {
    case SQLITE_FULL:
      return io_error(
          fmt::format("{}: the disk is full; nothing that was reported is lost. Make room and resume", path));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return io_error(
          fmt::format("{}: another process has been writing to this log for {} s; end it or use another log",
                      path, kBusyMs / 1000));
    case SQLITE_READONLY:
      return io_error(fmt::format("{}: this log cannot be written ({}); check its permissions", path, said));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return corrupt(fmt::format(
          "{}: this log is damaged ({}); `sqlite3 FILE .recover` may save what is readable", path, said));
    case SQLITE_CONSTRAINT:
      return invalid_input(fmt::format("{}: {}", path, said));
    default:
      return io_error(fmt::format("{}: {}", path, said));
  }
}

/// A path as SQLite's URIs want it.
std::string uri(const std::string& path, std::string_view query) {
  std::string text = "file:";
  for (const char c : path)
    text += c == '%' || c == '?' || c == '#' ? fmt::format("%{:02x}", static_cast<unsigned char>(c))
                                             : std::string(1, c);
  return text.append(query);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::bind(int parameter, int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter + 1, value);
}

void Statement::bind(int parameter, std::string_view value) {
  // An empty view may hold nullptr, which SQLite would take for NULL.
  const char* data = value.data() == nullptr ? "" : value.data();
  sqlite3_bind_text64(statement_.get(), parameter + 1, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind_null(int parameter) { sqlite3_bind_null(statement_.get(), parameter + 1); }

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* handle = sqlite3_db_handle(statement_.get());
  return error_of(handle, sqlite3_db_filename(handle, "main"));
}

Status Statement::run() {
  const Result<bool> row = step();
  reset();
  return row.ok() ? Status() : Status(row.error());
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (data == nullptr) return {};
  return {data, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<Database> Database::open(const std::string& path, OpenMode mode) {
  const int flags =
      (mode == OpenMode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
      SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* handle = nullptr;
  const std::string name = uri(path, mode == OpenMode::read_immutable ? "?immutable=1" : "");
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  if (handle == nullptr) return io_error(fmt::format("{}: there is not enough memory to open it", path));
  Database database(handle, path);
  if (code != SQLITE_OK) return error_of(handle, path);
  // SQLite opens for reading what it may not write, and would only say so at the first trial.
  if (mode == OpenMode::read_write && sqlite3_db_readonly(handle, "main") == 1)
    return io_error(fmt::format("{}: this log cannot be written; check its permissions", path));
  sqlite3_busy_timeout(handle, kBusyMs);
  return database;
}

Status Database::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return error_of(handle_.get(), path_);
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return error_of(handle_.get(), path_);
  Statement statement;
  statement.statement_.reset(raw);
  return statement;
}

Result<int64_t> Database::integer(const char* sql) const {
  TAMIS_ASSIGN(Statement statement, prepare(sql));
  TAMIS_ASSIGN(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

Result<std::string> Database::text(const char* sql) const {
  TAMIS_ASSIGN(Statement statement, prepare(sql));
  TAMIS_ASSIGN(const bool row, statement.step());
  return row ? std::string(statement.text(0)) : std::string();
}

int64_t Database::last_row_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

int Database::error_code() const { return sqlite3_extended_errcode(handle_.get()); }

Status end_transaction(Database& database, Status made) {
  if (made.ok()) made = database.execute("COMMIT");
  // SQLite may have rolled back by itself, and the first error is the one to tell.
  if (!made.ok()) (void)database.execute("ROLLBACK");
  return made;
}

}  // namespace tamis::sqlite

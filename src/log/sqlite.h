#pragma once

#include "tamis/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace tamis::sqlite {

/// A prepared statement. Parameters and columns count from 0 here, unlike in SQLite. Must not outlive its
/// database.
class Statement {
 public:
  Statement() = default;
  Statement(Statement&&) noexcept = default;
  Statement& operator=(Statement&&) noexcept = default;

  void bind(int parameter, int64_t value);
  /// The text must stay as it is until the statement is reset.
  void bind(int parameter, std::string_view value);
  void bind_null(int parameter);
  /// Whether there is a row. Errors: as Database::execute.
  Result<bool> step();
  /// Runs a statement that has no rows and makes it ready for the next run.
  Status run();
  void reset();

  bool is_null(int column) const;
  int64_t integer(int column) const;
  /// Valid until the next step.
  std::string_view text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

enum class OpenMode {
  read,            ///< SQLite never writes the database itself
  read_immutable,  ///< for files that nobody can change: neither locks nor side files
  read_write,      ///< created when missing
};

/// A connection. Errors of all calls: corrupt for a damaged file, invalid_input for a violated constraint, io
/// for all else; messages name the file. Not thread safe.
class Database {
 public:
  static Result<Database> open(const std::string& path, OpenMode mode);
  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) noexcept = default;

  Status execute(const char* sql);
  Result<Statement> prepare(std::string_view sql) const;
  /// The value that a pragma or query of one number gives.
  Result<int64_t> integer(const char* sql) const;
  Result<std::string> text(const char* sql) const;
  int64_t last_row_id() const;
  /// SQLite's extended code of the last call that failed.
  int error_code() const;
  const std::string& path() const { return path_; }

 private:
  Database(sqlite3* handle, std::string path) : path_(std::move(path)), handle_(handle) {}
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// Ends a transaction that was begun and made so much: with COMMIT if all went well, else with ROLLBACK and
/// the first error.
Status end_transaction(Database& database, Status made);

}  // namespace tamis::sqlite

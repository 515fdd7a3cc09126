#include "log/schema.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tamis {
namespace {

using sqlite::Database;
using sqlite::OpenMode;

// Every column is explained in docs/reference/log-schema.md; a change here needs a new kLogSchemaVersion.
constexpr const char* kTables = R"(
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  target_spec TEXT NOT NULL,
  target_identity TEXT NOT NULL,
  workload_name TEXT NOT NULL,
  workload TEXT NOT NULL,
  knobs TEXT NOT NULL,
  space_fingerprint TEXT NOT NULL,
  strategy TEXT NOT NULL,
  initializer TEXT NOT NULL,
  seed TEXT NOT NULL,
  batch INTEGER NOT NULL,
  started_unix_ms INTEGER NOT NULL,
  learnt_from TEXT NOT NULL DEFAULT '',
  constraints TEXT NOT NULL DEFAULT '[]',
  generation INTEGER NOT NULL DEFAULT 1,
  with_default INTEGER NOT NULL DEFAULT 0,
  objective TEXT NOT NULL DEFAULT '',
  hints TEXT NOT NULL DEFAULT ''
);
CREATE TABLE feature_names (
  id INTEGER PRIMARY KEY,
  names TEXT NOT NULL UNIQUE
);
CREATE TABLE trials (
  session INTEGER NOT NULL REFERENCES sessions (id),
  number INTEGER NOT NULL,
  config INTEGER NOT NULL,
  choices TEXT NOT NULL,
  verdict TEXT NOT NULL,
  measured INTEGER NOT NULL,
  latencies_ns TEXT NOT NULL,
  feature_names INTEGER REFERENCES feature_names (id),
  features TEXT NOT NULL,
  message TEXT NOT NULL,
  device TEXT NOT NULL,
  proposer TEXT NOT NULL,
  build_ns INTEGER NOT NULL,
  run_ns INTEGER NOT NULL,
  finished_unix_ms INTEGER NOT NULL,
  code_hash TEXT NOT NULL DEFAULT '',
  same_code_as INTEGER,
  PRIMARY KEY (session, number)
) WITHOUT ROWID;
)";
constexpr const char* kFinalsTable = R"(
CREATE TABLE finals (
  session INTEGER NOT NULL REFERENCES sessions (id),
  after_trials INTEGER NOT NULL,
  place INTEGER NOT NULL,
  number INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  runs INTEGER NOT NULL,
  latencies_ns TEXT NOT NULL,
  message TEXT NOT NULL,
  device TEXT NOT NULL,
  finished_unix_ms INTEGER NOT NULL,
  PRIMARY KEY (session, after_trials, place)
) WITHOUT ROWID;
)";
constexpr const char* kAsksTable = R"(
CREATE TABLE asks (
  session INTEGER NOT NULL REFERENCES sessions (id),
  first INTEGER NOT NULL,
  asked INTEGER NOT NULL,
  given INTEGER NOT NULL,
  learnt TEXT NOT NULL,
  PRIMARY KEY (session, first)
) WITHOUT ROWID;
)";
constexpr const char* kNetworkTables = R"(
CREATE TABLE networks (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  tasks INTEGER NOT NULL,
  started_unix_ms INTEGER NOT NULL
);
CREATE TABLE network_layers (
  network INTEGER NOT NULL REFERENCES networks (id),
  place INTEGER NOT NULL,
  session INTEGER NOT NULL REFERENCES sessions (id),
  occurrences INTEGER NOT NULL,
  first_part INTEGER NOT NULL,
  second_part INTEGER NOT NULL,
  PRIMARY KEY (network, place)
) WITHOUT ROWID;
)";

/// What makes each older version the next one; the first row belongs to version 1.
constexpr std::array kMigrations = {
    "ALTER TABLE sessions ADD COLUMN learnt_from TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE sessions ADD COLUMN constraints TEXT NOT NULL DEFAULT '[]';",
    kFinalsTable,
    kAsksTable,
    "ALTER TABLE sessions ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE sessions ADD COLUMN with_default INTEGER NOT NULL DEFAULT 0;",
    "ALTER TABLE sessions ADD COLUMN objective TEXT NOT NULL DEFAULT '';",
    "ALTER TABLE sessions ADD COLUMN hints TEXT NOT NULL DEFAULT '';",
    "ALTER TABLE trials ADD COLUMN code_hash TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE trials ADD COLUMN same_code_as INTEGER;",
    kNetworkTables};
static_assert(kMigrations.size() + 1 == kLogSchemaVersion);

enum class FileState { missing, empty, log };

constexpr size_t kHeaderBytes = 100;
constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr size_t kUserVersionAt = 60;  // https://www.sqlite.org/fileformat2.html, "The Database Header"
constexpr size_t kApplicationIdAt = 68;

uint32_t big_endian(const char* bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

Status check_version(const std::string& path, uint32_t application, uint32_t version) {
  if (application != kLogApplicationId)
    return corrupt(fmt::format(
        "{}: this SQLite file is not a log of tamis; it is left as it is. Name another file", path));
  if (version > kLogSchemaVersion)
    return unsupported(
        fmt::format("{}: this log has schema version {}, made by a newer tamis; this one reads up to {}. "
                    "It is left as it is",
                    path, version, kLogSchemaVersion));
  if (version == 0) return corrupt(fmt::format("{}: this log has no schema version", path));
  return {};
}

Result<FileState> inspect(const std::string& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code))
    return io_error(fmt::format("{}: this is a directory", path));
  if (std::filesystem::exists(path, code) && !std::filesystem::is_regular_file(path, code))
    return io_error(
        fmt::format("{}: this is a device or a pipe; a log is a file on a disk. Name another file", path));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!file && errno == ENOENT) return FileState::missing;
  if (!file) return io_error(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  std::array<char, kHeaderBytes> header{};
  const size_t count = std::fread(header.data(), 1, header.size(), file.get());
  if (std::ferror(file.get()) != 0)
    return io_error(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  if (count == 0) return FileState::empty;
  if (count < kHeaderBytes || std::string_view(header.data(), kMagic.size()) != kMagic)
    return corrupt(
        fmt::format("{}: this is not a log of tamis; it is left as it is. Name another file", path));
  TAMIS_TRY(check_version(path, big_endian(&header[kApplicationIdAt]), big_endian(&header[kUserVersionAt])));
  return FileState::log;
}

/// Makes the tables unless they are there. Whoever loses the race between two processes that both create the
/// file finds them when its turn comes; a creation that was killed has left nothing, because it is one
/// transaction.
Status create_tables(Database& database) {
  TAMIS_ASSIGN(const int64_t version, database.integer("PRAGMA user_version"));
  if (version != 0) return {};
  TAMIS_TRY(database.execute("BEGIN IMMEDIATE"));
  TAMIS_ASSIGN(const int64_t tables, database.integer("SELECT count(*) FROM sqlite_schema"));
  Status made;
  if (tables == 0) {
    const std::string pragmas = fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};",
                                            kLogApplicationId, kLogSchemaVersion);
    made = database.execute(kTables);
    if (made.ok()) made = database.execute(kFinalsTable);
    if (made.ok()) made = database.execute(kAsksTable);
    if (made.ok()) made = database.execute(kNetworkTables);
    if (made.ok()) made = database.execute(pragmas.c_str());
  }
  return end_transaction(database, std::move(made));
}

/// Brings older tables up to date, in one transaction: a kill leaves them as they were.
Status migrate(Database& database) {
  TAMIS_ASSIGN(const int64_t before, database.integer("PRAGMA user_version"));
  if (before < 1 || before >= static_cast<int64_t>(kLogSchemaVersion)) return {};
  TAMIS_TRY(database.execute("BEGIN IMMEDIATE"));
  // Again, now that no other process can be at it.
  const Result<int64_t> version = database.integer("PRAGMA user_version");
  Status made = version.ok() ? Status() : Status(version.error());
  for (auto step = version.ok() ? static_cast<size_t>(*version) : kMigrations.size() + 1;
       made.ok() && step <= kMigrations.size(); ++step)
    made = database.execute(kMigrations[step - 1]);
  if (made.ok()) made = database.execute(fmt::format("PRAGMA user_version = {}", kLogSchemaVersion).c_str());
  return end_transaction(database, std::move(made));
}

Result<Database> open_to_write(const std::string& path) {
  TAMIS_ASSIGN(Database database, Database::open(path, OpenMode::read_write));
  TAMIS_TRY(database.execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"));
  TAMIS_TRY(create_tables(database));
  TAMIS_TRY(migrate(database));
  TAMIS_ASSIGN(const std::string mode, database.text("PRAGMA journal_mode = WAL"));
  if (mode != "wal")
    return io_error(
        fmt::format("{}: this file system does not allow SQLite's write-ahead log; use a local disk", path));
  TAMIS_ASSIGN(const int64_t application, database.integer("PRAGMA application_id"));
  TAMIS_ASSIGN(const int64_t version, database.integer("PRAGMA user_version"));
  TAMIS_TRY(check_version(path, static_cast<uint32_t>(application), static_cast<uint32_t>(version)));
  return database;
}

bool has_side_files(const std::string& path) {
  std::error_code code;
  return std::filesystem::exists(path + "-wal", code) || std::filesystem::exists(path + "-journal", code);
}

Result<Database> open_to_read(const std::string& path) {
  TAMIS_ASSIGN(Database database, Database::open(path, OpenMode::read));
  const Result<int64_t> probe = database.integer("SELECT count(*) FROM sessions");
  if (probe.ok()) return database;
  const int code = database.error_code() & 0xff;
  const bool cannot_share = code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
  if (!cannot_share || has_side_files(path)) return probe.error();
  // A medium that cannot be written cannot hold the index that readers and a writer share; but there is no
  // writer either.
  TAMIS_ASSIGN(Database immutable, Database::open(path, OpenMode::read_immutable));
  TAMIS_TRY(immutable.integer("SELECT count(*) FROM sessions"));
  return immutable;
}

}  // namespace

Result<Database> open_log_database(const std::string& path, LogMode mode) {
  TAMIS_ASSIGN(const FileState state, inspect(path));
  if (mode == LogMode::read_write) return open_to_write(path);
  if (state == FileState::missing) return not_found(fmt::format("{}: there is no such log", path));
  if (state == FileState::empty)
    return corrupt(fmt::format("{}: this file is empty, not a log of tamis", path));
  return open_to_read(path);
}

}  // namespace tamis

#pragma once

#include "log/sqlite.h"
#include "tamis/log.h"
#include "tamis/result.h"

#include <cstdint>
#include <string>

namespace tamis {

/// `tamS` in the application id of the database's header: how a log is told from any other SQLite file.
inline constexpr uint32_t kLogApplicationId = 0x74616d53;
/// The version of the schema that this release writes and reads (docs/reference/log-schema).
inline constexpr uint32_t kLogSchemaVersion = 9;
/// The version from which on a log has the table of finals.
inline constexpr int64_t kFinalsSince = 3;
/// The version from which on a log has the table of asks.
inline constexpr int64_t kAsksSince = 4;
/// The version from which on a log has the columns `generation` and `with_default`.
inline constexpr int64_t kGenerationSince = 5;
/// The version from which on a log has the column `objective`.
inline constexpr int64_t kObjectiveSince = 6;
/// The version from which on a log has the column `hints`.
inline constexpr int64_t kHintsSince = 7;
/// The version from which on a log has the columns `code_hash` and `same_code_as`.
inline constexpr int64_t kCodeSince = 8;
/// The version from which on a log has the tables of networks and their layers.
inline constexpr int64_t kNetworksSince = 9;

/// In the column `config` of a trial whose space is not countable: there a config has no index.
inline constexpr int64_t kNoIndex = -1;

/// Opens a log, creating its tables where the mode allows and bringing those of an older version up to date;
/// one of an older version that is only read stays as it is. A file that is not a log or a newer one is
/// recognised by its first 100 bytes, before SQLite is let near it, and so is never changed. Errors: as
/// Log::open.
Result<sqlite::Database> open_log_database(const std::string& path, LogMode mode);

}  // namespace tamis

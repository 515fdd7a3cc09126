#pragma once

#include "base/clock.h"
#include "log/sqlite.h"
#include "tamis/result.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tamis {

/// How long trials may be in the hands of the operating system alone, which a kill does not take back but a
/// power cut may.
inline constexpr std::chrono::milliseconds kSyncInterval{100};

/// What is waited for before a transaction counts as made.
enum class Waiting {
  usual,    ///< the disk, unless it was waited for less than kSyncInterval ago; then the operating system
  for_disk  ///< the disk
};

/// Decides for every transaction of a connection whether to wait for the disk: waiting takes from a tenth of
/// a millisecond to ten, which is nothing beside a measurement on a board and most of the time of trials that
/// take microseconds (docs/decisions/0009-when-trials-reach-the-disk). Not thread safe.
class Syncing {
 public:
  /// Sets the connection up for its next transaction, at a moment of the monotonic clock in ns; never inside
  /// one. Errors: as sqlite::Database.
  Status prepare(sqlite::Database& database, Waiting waiting, int64_t now_ns = monotonic_ns());

 private:
  Waiting set_ = Waiting::for_disk;  ///< what the connection is set to; at first as open_log_database sets it
  std::optional<int64_t> waited_ns_;  ///< when the disk was waited for last
};

/// Waits until all that was written is on disk. Errors: as sqlite::Database.
Status sync_now(sqlite::Database& database);

}  // namespace tamis

#include "log/syncing.h"

namespace tamis {

Status Syncing::prepare(sqlite::Database& database, Waiting waiting, int64_t now_ns) {
  constexpr int64_t kIntervalNs = std::chrono::nanoseconds(kSyncInterval).count();
  if (!waited_ns_ || now_ns - *waited_ns_ >= kIntervalNs) waiting = Waiting::for_disk;
  if (waiting == Waiting::for_disk) waited_ns_ = now_ns;
  if (waiting == set_) return {};
  // In WAL mode NORMAL leaves out the wait for the disk at the end of a transaction, and nothing else: the
  // file is whole after a power cut too (https://www.sqlite.org/pragma.html#pragma_synchronous).
  TAMIS_TRY(database.execute(waiting == Waiting::for_disk ? "PRAGMA synchronous = FULL"
                                                          : "PRAGMA synchronous = NORMAL"));
  set_ = waiting;
  return {};
}

Status sync_now(sqlite::Database& database) {
  // A checkpoint waits for the write-ahead log first; readers of other processes do not hold it up.
  return database.execute("PRAGMA wal_checkpoint(PASSIVE)");
}

}  // namespace tamis

#pragma once

#include "process/descriptor.h"
#include "tamis/data.h"
#include "tamis/result.h"
#include "tamis/task.h"
#include "tamis/workload.h"

#include <cstdint>
#include <mutex>
#include <utility>

namespace tamis {

/// The data of a task's workload in a file in memory that nobody can change any more: computed once by the
/// tuner, inherited by every worker process, so that a worker that is started anew does not compute the
/// reference result again. Thread safe.
class SharedData {
 public:
  /// Computes nothing yet.
  SharedData(SharedTask task, uint64_t seed) : task_(std::move(task)), seed_(seed) {}

  /// The file, computed when first asked for. -1 where there cannot be one; a worker then computes the data
  /// itself.
  int descriptor();

 private:
  SharedTask task_;
  uint64_t seed_;
  std::once_flag once_;
  FileDescriptor file_;
};

/// Writes data to a file in memory and seals it. Errors: io.
Result<FileDescriptor> write_shared_data(const Workload& workload, uint64_t seed, const WorkloadData& data);

/// Reads what write_shared_data wrote for this workload and seed, whatever the file's position. Errors: io;
/// corrupt for any other content.
Result<WorkloadData> read_shared_data(int fd, const Workload& workload, uint64_t seed);

}  // namespace tamis

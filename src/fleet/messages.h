#pragma once

#include "fleet/connection.h"
#include "fleet/layout.h"
#include "fleet/programs.h"
#include "fleet/signing.h"
#include "measure/protocol.h"
#include "tamis/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::fleet {

/// What a tuner gives away: configs to be tried one after the other on one device. The body holds `try`
/// messages of the worker protocol, one a line; the headers say what they are of.
struct Job {
  Stage stage = Stage::whole;
  std::string queue;
  std::string session;
  uint64_t id = 0;      ///< of the session, from 1
  uint64_t passes = 0;  ///< how often it was passed on (Assignment::passes)
  std::string task;     ///< the digest of its TaskRecord
  bool known = false;   ///< whether the tuner knows programs that ran already
  std::vector<TryMessage> tries;
  /// Of Stage::run: where the programs of the tries lie, and behind them that of the reference.
  std::vector<ProgramPlace> programs;
  /// The reference that tells unequal devices apart (Equality), for a device where it is due; after the
  /// tries.
  std::optional<TryMessage> reference;
};

/// The message of a job, signed.
Outgoing encode_job(const Job& job, const Key& key);
/// Errors: corrupt for what is no job; unsupported for one that is not signed with the key.
Result<Job> decode_job(const Incoming& message, const Key& key);

/// What a worker tells of.
enum class ReportKind {
  result,     ///< a `result` message of the worker protocol
  passed,     ///< the device is not to be believed, or was lost: another is to try the config
  unbuilt,    ///< the device only runs what others built, and the program is not there
  failed,     ///< a `failed` message: the worker cannot try configs of this task
  reference,  ///< a `result` of the job's reference
  event,      ///< something happened to the device (DeviceEvent)
};

/// What a worker tells a tuner of a part of a job.
struct Report {
  std::string session;
  ReportKind kind = ReportKind::result;
  uint64_t job = 0;
  uint64_t part = 0;  ///< which of the job's tries
  std::string device;
  ProgramPlace program = {};  ///< of a try that was only built
  std::string body;           ///< a message of the worker protocol, or JSON; of `passed` why
};

/// The message of a report, signed. The same part of the same job has the same id, so it is stored once.
Outgoing encode_report(const Report& report, const Key& key);
/// Errors: as decode_job.
Result<Report> decode_report(const Incoming& message, const Key& key);

}  // namespace tamis::fleet

#include "tamis/import.h"

#include "base/json.h"
#include "exchange/csv.h"
#include "exchange/stored_trials.h"
#include "log/stored_sessions.h"
#include "tamis/formats.h"
#include "tamis/random.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <span>
#include <unordered_map>

#include <fmt/format.h>

namespace tamis {
namespace {

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// How many trials are in memory at a time.
constexpr size_t kBatch = 8192;

/// Calls `take` with the trials of a set, a batch at a time, numbered from 0.
Status for_each_batch(const StoredSet& set, const std::function<Status(std::span<const Trial>)>& take) {
  std::vector<Trial> batch;
  const size_t count = set.trials->size();
  for (size_t begin = 0; begin < count; begin += kBatch) {
    batch.resize(std::min(kBatch, count - begin));
    for (size_t i = 0; i < batch.size(); ++i) {
      set.trials->read(begin + i, batch[i]);
      batch[i].number = begin + i;
    }
    TAMIS_TRY(take(batch));
  }
  return {};
}

SessionRecord record_of(const StoredSet& stored_set, const std::string& path) {
  const TrialSet& session = stored_set.head;
  SessionRecord record;
  record.target_spec = session.target_spec;
  record.target_identity = session.target_identity;
  record.workload = session.workload;
  record.objective = session.objective;
  record.knobs = knobs_to_text(session.space);
  record.space_fingerprint = session.space.fingerprint();
  record.strategy = kImportedStrategy;
  record.initializer = file_name(path);
  record.batch = 1;
  record.started_unix_ms = session.started_unix_ms;
  record.objective = session.objective;
  return record;
}

/// Whether a log gives back what is put into it: a session that it could not read would bar the way to all.
Status check_storable(const SessionRecord& record, const Space& space) {
  TAMIS_TRY(workload_from_json(to_json(record.workload), "its workload"));
  TAMIS_ASSIGN(const Space stored, space_from_text(record.knobs));
  if (stored.fingerprint() == space.fingerprint()) return {};
  return unsupported("a log cannot keep its knobs as they are");
}

bool same_origin(const SessionRecord& a, const SessionRecord& b) {
  return a.strategy == b.strategy && a.target_spec == b.target_spec &&
         a.target_identity == b.target_identity && a.workload == b.workload && a.objective == b.objective;
}

/// A number that two trials share when everything about them but their number is the same; values of knobs
/// count by what they are, so that trials of two spaces can be compared. Different trials practically never
/// share it.
uint64_t trial_identity(const Space& space, const Trial& trial) {
  std::string text;
  const auto out = std::back_inserter(text);
  // Lengths in front, so that no text can run into the next one.
  const auto add = [&](const std::string& part) { fmt::format_to(out, "{}:{}", part.size(), part); };
  for (size_t i = 0; i < space.knobs().size(); ++i) {
    add(space.knobs()[i].name);
    add(to_string(space.value(trial.config, i)));
  }
  fmt::format_to(out, "{} {}", to_string(trial.verdict), trial.measured);
  for (const double latency_ns : trial.costs) fmt::format_to(out, " {}", latency_ns);
  for (const auto& [name, value] : trial.features.values) {
    // CSV tables that an older release imported have their latency among the features too.
    if (name == kCsvLatency && value == trial.cost()) continue;
    add(name);
    fmt::format_to(out, "{}", value);
  }
  add(trial.message);
  add(trial.device);
  add(trial.proposer);
  fmt::format_to(out, "{} {} {}", trial.build_ns, trial.run_ns, trial.finished_unix_ms);
  return stable_hash(text);
}

/// What a log already holds of a workload.
struct Holding {
  std::unordered_map<uint64_t, uint64_t> trials;  ///< by trial_identity, how many
  int64_t session = 0;                            ///< the newest with the same space, 0 where there is none
  uint64_t next = 0;                              ///< the first free number of that session
};

Result<Holding> find_holding(const Log& log, const SessionRecord& record) {
  Holding holding;
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  for (const SessionRecord& session : sessions) {
    if (!same_origin(session, record)) continue;
    TAMIS_ASSIGN(const Space space, space_from_text(session.knobs));
    TAMIS_TRY(log.visit_trials(session.id, [&](const std::vector<Trial>& trials) {
      for (const Trial& trial : trials) ++holding.trials[trial_identity(space, trial)];
      return Status();
    }));
    if (session.space_fingerprint != record.space_fingerprint) continue;
    holding.session = session.id;
    TAMIS_ASSIGN(holding.next, log.end(session.id));
  }
  return holding;
}

/// The trials that the log does not hold, numbered to follow those of the session that they join. What a file
/// has twice, it may have twice.
std::vector<Trial> missing(const Space& space, std::span<const Trial> batch, Holding& holding) {
  std::vector<Trial> trials;
  for (const Trial& trial : batch) {
    const auto held =
        holding.trials.empty() ? holding.trials.end() : holding.trials.find(trial_identity(space, trial));
    if (held != holding.trials.end()) {
      if (--held->second == 0) holding.trials.erase(held);
      continue;
    }
    trials.push_back(trial);
    trials.back().number = holding.next++;
  }
  return trials;
}

Result<ImportedWorkload> import_session(Log& log, const SessionRecord& record, const StoredSet& session) {
  TAMIS_ASSIGN(Holding holding, find_holding(log, record));
  ImportedWorkload imported{0, record.workload.name, record.target_identity, 0, 0, 0};
  TAMIS_TRY(for_each_batch(session, [&](std::span<const Trial> batch) -> Status {
    const std::vector<Trial> trials = missing(session.head.space, batch, holding);
    imported.added += trials.size();
    imported.known += batch.size() - trials.size();
    for (const Trial& trial : trials) imported.valid += trial.verdict == Verdict::valid ? 1 : 0;
    if (trials.empty()) return {};
    if (imported.session == 0) imported.session = holding.session;
    if (imported.session == 0) {
      TAMIS_ASSIGN(imported.session, log.add_session(record));
    }
    return log.append(imported.session, trials);
  }));
  return imported;
}

Result<StoredFile> open_foreign(const std::string& path, const ReadOptions& options) {
  if (is_log(path))
    return unsupported(path + ": this is a log of tamis or another SQLite file; `tamis merge` joins logs");
  return open_trials(path, options);
}

Result<ImportReport> import_trials(Log& log, const std::string& path, StoredFile file) {
  ImportReport report{path, file.format, {}, std::move(file.skipped), file.left_out};
  for (StoredSet& session : file.sets) {
    const SessionRecord record = record_of(session, path);
    if (const Status storable = check_storable(record, session.head.space); !storable.ok()) {
      report.skipped.push_back(fmt::format("{}: {}", session.head.workload.name, storable.error().message));
      report.left_out += session.trials->size();
      continue;
    }
    TAMIS_ASSIGN(ImportedWorkload imported, import_session(log, record, session));
    report.workloads.push_back(std::move(imported));
    session.trials.reset();
  }
  return report;
}

}  // namespace

Result<ImportReport> import_file(Log& log, const std::string& path, const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_foreign(path, options));
  return import_trials(log, path, std::move(file));
}

Result<ImportReport> import_file(const std::string& log_path, const std::string& path,
                                 const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_foreign(path, options));
  TAMIS_ASSIGN(Log log, Log::open(log_path, LogMode::read_write));
  return import_trials(log, path, std::move(file));
}

}  // namespace tamis

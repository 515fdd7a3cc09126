#pragma once

#include "tamis/counts.h"
#include "tamis/objective.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial.h"
#include "tamis/workload.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tamis {

/// One run of tuning as the log keeps it: everything that its proposals depend on.
struct SessionRecord {
  int64_t id = 0;               ///< given by the log
  std::string target_spec;      ///< `vta`
  std::string target_identity;  ///< Task::identity() as text
  Workload workload;
  std::string knobs;  ///< JSON array of {"name", "kind", "values"}: makes the log readable without the target
  std::string space_fingerprint;  ///< Space::fingerprint()
  std::string strategy;
  std::string initializer;
  uint64_t seed = 0;
  uint64_t batch = 0;       ///< configs asked of the strategy at a time
  std::string learnt_from;  ///< what it started from (SessionOptions::related); empty: from nothing
  int64_t started_unix_ms = 0;
  std::string constraints = "[]";  ///< JSON array of the texts of the space's declared constraints
  /// Which proposals its strategy and initializer make (StrategyKind::generation plus what
  /// InitializerKind::generation exceeds 1 by): another one makes others.
  uint64_t generation = 1;
  bool with_default = false;  ///< whether its trial 0 is of the default config, which nobody proposed
  Objective objective = {};   ///< what the costs of its trials are of
  /// The hints that its strategy heeded (Space::hints), as JSON text; empty where there were none.
  std::string hints = {};
  friend bool operator==(const SessionRecord&, const SessionRecord&) = default;
};

/// Whether two logs have the same of a session, whatever number it has in each.
bool same_but_for_id(SessionRecord a, const SessionRecord& b);

/// One ask for configs of a session without batches: its loop is the caller's (tamis/study.h), or it is
/// asynchronous (SessionOptions::asynchronous). The asks of a session and its trials are all that its
/// proposals followed from.
struct AskRecord {
  uint64_t first = 0;            ///< Trial::number of the first config that was given
  uint64_t asked = 0;            ///< how many the strategy was asked for
  uint64_t given = 0;            ///< how many it gave, at least 1
  std::vector<uint32_t> learnt;  ///< numbers of the trials that were told since the ask before, ascending
  friend bool operator==(const AskRecord&, const AskRecord&) = default;
};

/// How far a session has come.
struct SessionEnd {
  int64_t id = 0;    ///< SessionRecord::id
  uint64_t end = 0;  ///< one more than the largest number of its trials, 0 where it has none
  friend bool operator==(const SessionEnd&, const SessionEnd&) = default;
};

/// A task of a network, and the session that tuned it.
struct NetworkLayer {
  uint64_t place = 0;        ///< among the tasks of the network, in the order in which they first run
  int64_t session = 0;       ///< SessionRecord::id
  uint64_t occurrences = 1;  ///< how often one run of the network runs it
  /// The tasks, by their places, in whose stead the network may run this one: each occurrence of it for one
  /// of both. Nothing for a task that the network cannot do without.
  std::optional<std::array<uint64_t, 2>> parts = std::nullopt;
  friend bool operator==(const NetworkLayer&, const NetworkLayer&) = default;
};

/// A network, or a suite, that was tuned as a whole.
struct NetworkRecord {
  int64_t id = 0;                         ///< given by the log
  std::string name;                       ///< of the model's file without its ending, or of the suite
  uint64_t tasks = 0;                     ///< how many it cannot do without, tuned or not
  int64_t started_unix_ms = 0;            ///< when it was tuned first
  std::vector<NetworkLayer> layers = {};  ///< by place: those that a session was opened for
  friend bool operator==(const NetworkRecord&, const NetworkRecord&) = default;
};

/// Takes trials that are good until it returns, and may take what they hold.
using TrialVisitor = std::function<Status(std::vector<Trial>& trials)>;

/// What a log was opened for.
enum class LogMode {
  read,        ///< must exist; never written, so a second process can read while tuning runs
  read_write,  ///< created when missing
};

/// The durable store of sessions and their trials: an SQLite database in WAL mode with a schema version.
///
/// append() returns only when its trials are out of this process, so nothing that was reported is lost by a
/// kill, and mostly when they are on disk: a power cut takes back at most trials that were appended within
/// 100 ms after others that are on disk. One writer at a time; any number of readers in other processes. Not
/// thread safe.
class Log {
 public:
  /// Errors: not_found (mode read), io, corrupt for a file that is not a log of tamis, unsupported for a
  /// newer schema.
  static Result<Log> open(const std::string& path, LogMode mode);
  Log(Log&&) noexcept;
  Log& operator=(Log&&) noexcept;
  ~Log();

  const std::string& path() const;
  /// Stores a new session and gives it an id. Errors: io.
  Result<int64_t> add_session(const SessionRecord& session);
  /// All sessions whose ids are above `after`, oldest first.
  Result<std::vector<SessionRecord>> sessions(int64_t after = 0) const;
  /// Stores trials of a session in one transaction; a trial number that the session already has is an error.
  Status append(int64_t session, std::span<const Trial> trials);
  /// The trials of a session by number. One that an older release logged as valid with a latency that cannot
  /// be (check_latency_ns) is run_failed, with the reason, here and below. Errors: corrupt when the file is
  /// damaged.
  Result<std::vector<Trial>> trials(int64_t session) const;
  /// Calls `visit` with the trials by number, some thousands at a time: for sessions that are too long to be
  /// held in memory. Errors: corrupt when the file is damaged; what `visit` returns, which ends it.
  Status visit_trials(int64_t session, const TrialVisitor& visit) const;
  /// The same from the trial of a number on, without reading those before it.
  Status visit_trials(int64_t session, uint64_t from, const TrialVisitor& visit) const;
  /// One more than the largest number of the session's trials, 0 where it has none; at once.
  Result<uint64_t> end(int64_t session) const;
  /// The same of all sessions, oldest first: what tells which of them have grown.
  Result<std::vector<SessionEnd>> ends() const;
  /// One trial, nothing where the session has none of this number. Errors: corrupt.
  Result<std::optional<Trial>> trial(int64_t session, uint64_t number) const;
  /// At most so many of the valid trials, by latency, and of equally fast ones the first tried first. Far
  /// quicker than trials() for a long session. Errors: corrupt.
  Result<std::vector<Trial>> fastest(int64_t session, size_t count) const;
  /// How many trials were logged as valid whose cost cannot be, or that have none: no tamis of 0.2 writes
  /// such ones, and trials() has them as failed. Errors: corrupt.
  Result<uint64_t> impossible(int64_t session) const;
  /// The trials counted, without reading them. Errors: corrupt.
  Result<std::vector<TrialCount>> counts(int64_t session) const;
  /// Waits until all that was appended is on disk. Errors: io.
  Status sync();
  /// Stores finals of a session in one transaction. Errors: invalid_input when it already has finals after as
  /// many trials, io.
  Status append(int64_t session, const Finals& finals);
  /// The newest finals of a session, nothing where it has none; whether they are up to date is told by
  /// discard_if_stale(). Errors: corrupt when the file is damaged.
  Result<std::optional<Finals>> finals(int64_t session) const;
  /// The finals of a session after so many trials, nothing where it has none. Errors: likewise.
  Result<std::optional<Finals>> finals(int64_t session, uint64_t after_trials) const;
  /// Stores an ask of a session. Errors: invalid_input when it already has one with this first number, io.
  Status append(int64_t session, const AskRecord& ask);
  /// The asks of a session in their order; none of one with batches. Errors: corrupt when the file is
  /// damaged.
  Result<std::vector<AskRecord>> asks(int64_t session) const;
  /// Stores a network with its layers in one transaction and gives it an id. Errors: invalid_input for two
  /// layers at one place and for a session that the log does not hold, io.
  Result<int64_t> add_network(const NetworkRecord& network);
  /// Stores a further layer of a network. Errors: likewise, and for a network that the log does not hold.
  Status append(int64_t network, const NetworkLayer& layer);
  /// All networks, oldest first. Errors: corrupt when the file is damaged.
  Result<std::vector<NetworkRecord>> networks() const;

 private:
  struct State;
  explicit Log(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The knobs of a space as SessionRecord keeps them.
std::string knobs_to_text(const Space& space);
/// The texts of the space's constraints as SessionRecord keeps them.
std::string constraints_to_text(const Space& space);
/// The space of a text that knobs_to_text wrote, without constraints. Errors: corrupt for anything else;
/// as Space::create.
Result<Space> space_from_text(std::string_view knobs);

}  // namespace tamis

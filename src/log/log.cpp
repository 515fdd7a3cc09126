#include "tamis/log.h"

#include "base/text.h"
#include "log/network_rows.h"
#include "log/schema.h"
#include "log/session_rows.h"
#include "log/sqlite.h"
#include "log/syncing.h"
#include "log/trial_reader.h"
#include "log/trial_writer.h"

#include <fmt/format.h>

namespace tamis {

struct Log::State {
  std::string path;
  sqlite::Database database;
  SessionRows sessions;
  std::optional<TrialWriter> writer;  // made at the first append
  bool writable = false;
  Syncing syncing = {};

  /// Before every transaction. Errors: internal for a log that was opened for reading.
  Status prepare_write(Waiting waiting);
  /// Of a session that the log may not hold: it then has neither trials nor finals.
  Result<Objective> objective_of(int64_t session);
};

Result<Objective> Log::State::objective_of(int64_t session) {
  const Result<const TrialFrame*> frame = sessions.frame_of(database, session);
  if (!frame.ok() && frame.error().kind == ErrorKind::not_found) return Objective{};
  if (!frame.ok()) return frame.error();
  return (*frame)->objective;
}

Status Log::State::prepare_write(Waiting waiting) {
  if (!writable) return Error{ErrorKind::internal, fmt::format("{}: this log was opened for reading", path)};
  return syncing.prepare(database, waiting);
}

Result<Log> Log::open(const std::string& path, LogMode mode) {
  TAMIS_ASSIGN(sqlite::Database database, open_log_database(path, mode));
  auto state = std::make_unique<State>(
      State{path, std::move(database), SessionRows(), std::nullopt, mode == LogMode::read_write});
  return Log(std::move(state));
}

Log::Log(std::unique_ptr<State> state) : state_(std::move(state)) {}
Log::Log(Log&&) noexcept = default;
Log& Log::operator=(Log&&) noexcept = default;
Log::~Log() = default;

const std::string& Log::path() const { return state_->path; }

Result<int64_t> Log::add_session(const SessionRecord& session) {
  TAMIS_TRY(state_->prepare_write(Waiting::for_disk));
  return add_session_row(state_->database, session);
}

Result<std::vector<SessionRecord>> Log::sessions(int64_t after) const {
  return read_session_rows(state_->database, after);
}

Status Log::append(int64_t session, std::span<const Trial> trials) {
  TAMIS_TRY(state_->prepare_write(Waiting::usual));
  if (trials.empty()) return {};
  TAMIS_ASSIGN(const TrialFrame* frame, state_->sessions.frame_of(state_->database, session));
  if (!state_->writer) {
    TAMIS_ASSIGN(state_->writer, TrialWriter::create(state_->database));
  }
  return state_->writer->append(state_->database, session, frame->space, trials);
}

Result<std::vector<Trial>> Log::trials(int64_t session) const {
  TAMIS_ASSIGN(const TrialFrame* frame, state_->sessions.frame_of(state_->database, session));
  return read_trial_rows(state_->database, session, *frame);
}

Status Log::visit_trials(int64_t session, const TrialVisitor& visit) const {
  TAMIS_ASSIGN(const TrialFrame* frame, state_->sessions.frame_of(state_->database, session));
  return visit_trial_rows(state_->database, session, *frame, 0, visit);
}

Status Log::visit_trials(int64_t session, uint64_t from, const TrialVisitor& visit) const {
  TAMIS_ASSIGN(const TrialFrame* frame, state_->sessions.frame_of(state_->database, session));
  return visit_trial_rows(state_->database, session, *frame, from, visit);
}

Result<uint64_t> Log::end(int64_t session) const { return end_of_trial_rows(state_->database, session); }

Result<std::vector<SessionEnd>> Log::ends() const { return read_session_ends(state_->database); }

Result<std::optional<Trial>> Log::trial(int64_t session, uint64_t number) const {
  TAMIS_ASSIGN(const TrialFrame* frame, state_->sessions.frame_of(state_->database, session));
  return read_trial_row(state_->database, session, *frame, number);
}

Result<std::vector<Trial>> Log::fastest(int64_t session, size_t count) const {
  TAMIS_ASSIGN(const TrialFrame* frame, state_->sessions.frame_of(state_->database, session));
  TAMIS_ASSIGN(const std::vector<uint64_t> numbers,
               fastest_trial_rows(state_->database, session, frame->objective, count));
  std::vector<Trial> trials;
  for (const uint64_t number : numbers) {
    TAMIS_ASSIGN(std::optional<Trial> trial, read_trial_row(state_->database, session, *frame, number));
    if (trial) trials.push_back(std::move(*trial));
  }
  return trials;
}

Result<uint64_t> Log::impossible(int64_t session) const {
  TAMIS_ASSIGN(const Objective objective, state_->objective_of(session));
  return count_impossible_rows(state_->database, session, objective);
}

Result<std::vector<TrialCount>> Log::counts(int64_t session) const {
  TAMIS_ASSIGN(const Objective objective, state_->objective_of(session));
  return count_trial_rows(state_->database, session, objective);
}

Status Log::sync() {
  if (!state_->writable) return {};
  return sync_now(state_->database);
}

Status Log::append(int64_t session, const Finals& finals) {
  TAMIS_TRY(state_->prepare_write(Waiting::for_disk));
  return add_final_rows(state_->database, session, finals);
}

Result<std::optional<Finals>> Log::finals(int64_t session) const {
  TAMIS_ASSIGN(const Objective objective, state_->objective_of(session));
  return read_final_rows(state_->database, session, objective, std::nullopt);
}

Result<std::optional<Finals>> Log::finals(int64_t session, uint64_t after_trials) const {
  TAMIS_ASSIGN(const Objective objective, state_->objective_of(session));
  return read_final_rows(state_->database, session, objective, after_trials);
}

Status Log::append(int64_t session, const AskRecord& ask) {
  TAMIS_TRY(state_->prepare_write(Waiting::usual));
  return add_ask_row(state_->database, session, ask);
}

Result<std::vector<AskRecord>> Log::asks(int64_t session) const {
  return read_ask_rows(state_->database, session);
}

Result<int64_t> Log::add_network(const NetworkRecord& network) {
  TAMIS_TRY(state_->prepare_write(Waiting::for_disk));
  return add_network_row(state_->database, network);
}

Status Log::append(int64_t network, const NetworkLayer& layer) {
  TAMIS_TRY(state_->prepare_write(Waiting::usual));
  return add_layer_row(state_->database, network, layer);
}

Result<std::vector<NetworkRecord>> Log::networks() const { return read_network_rows(state_->database); }

bool same_but_for_id(SessionRecord a, const SessionRecord& b) {
  a.id = b.id;
  return a == b;
}

}  // namespace tamis

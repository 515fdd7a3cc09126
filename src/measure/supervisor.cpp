#include "measure/supervisor.h"

#include "base/clock.h"
#include "process/spawn.h"

#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How much longer than the device the supervisor waits: a device that can tell that a program hangs says
/// more of it.
constexpr milliseconds kGrace{250};

/// A config on its way through a worker: where it is and since when.
struct Progression {
  Phase phase = Phase::building;
  int64_t phase_begin_ns = monotonic_ns();
  int64_t build_ns = 0;

  void enter(Phase next) {
    const int64_t now = monotonic_ns();
    if (phase == Phase::building && next == Phase::running) build_ns = now - phase_begin_ns;
    phase = next;
    phase_begin_ns = now;
  }
};

/// The trial of a config whose worker did not live to report it.
Trial lost_trial(const Progression& at, Verdict in_build, Verdict in_run, std::string message) {
  Trial trial;
  const bool running = at.phase == Phase::running;
  const int64_t elapsed = monotonic_ns() - at.phase_begin_ns;
  trial.verdict = running ? in_run : in_build;
  trial.measured = running;
  trial.message = std::move(message);
  trial.build_ns = running ? at.build_ns : elapsed;
  trial.run_ns = running ? elapsed : 0;
  trial.finished_unix_ms = unix_ms();
  return trial;
}

Trial died_trial(const Progression& at, const std::string& how) {
  const char* doing = at.phase == Phase::running ? "running" : "building";
  return lost_trial(at, Verdict::build_failed, Verdict::crashed,
                    fmt::format("the worker died while {}: {}", doing, how));
}

Trial timed_out_trial(const Progression& at, milliseconds build_deadline, milliseconds run_deadline) {
  const bool running = at.phase == Phase::running;
  return lost_trial(at, Verdict::build_timeout, Verdict::run_timeout,
                    fmt::format("{} took longer than {} ms and was killed", running ? "running" : "building",
                                (running ? run_deadline : build_deadline).count()));
}

Error start_error(const WorkerPlan& plan, ErrorKind kind, const std::string& what) {
  return {kind, fmt::format("the worker program {} did not start: {}", plan.program, what)};
}

/// Whether the first message of a worker lets it in.
Status check_ready(const WorkerPlan& plan, const Message& message) {
  if (const auto* failed = std::get_if<FailedMessage>(&message)) return failed->error;
  const auto* ready = std::get_if<ReadyMessage>(&message);
  if (ready == nullptr)
    return start_error(plan, ErrorKind::corrupt,
                       fmt::format("it answered \"{}\" to hello", name_of(message)));
  if (ready->version != kProtocolVersion)
    return start_error(
        plan, ErrorKind::unsupported,
        fmt::format("it speaks protocol version {} and tamis version {}; use both programs of one release",
                    ready->version, kProtocolVersion));
  if (ready->space_fingerprint != plan.space_fingerprint)
    return start_error(plan, ErrorKind::unsupported,
                       "its target has another space than this program's; use both programs of one release");
  return {};
}

}  // namespace

Result<bool> Supervisor::ensure_worker(const std::stop_token& stop) {
  if (worker_) return true;
  const int data = plan_.data ? plan_.data->descriptor() : -1;
  TAMIS_ASSIGN(auto worker, WorkerProcess::start(plan_.program, plan_.memory_limit_bytes, data));
  plan_.hello.data_descriptor = data >= 0 ? kInheritedDescriptor : -1;
  // A worker that ends before it reads this says why on its standard error, which the next lines report.
  const Status sent = worker->send(plan_.hello);
  WorkerEvent event = worker->wait(steady_clock::now() + plan_.start_deadline, stop);
  if (std::holds_alternative<Stopped>(event)) return worker->kill(), false;
  if (const auto* death = std::get_if<WorkerExit>(&event))
    return start_error(plan_, ErrorKind::io, death->describe());
  if (const auto* error = std::get_if<Error>(&event))
    return worker->kill(), start_error(plan_, ErrorKind::corrupt, error->message);
  if (std::holds_alternative<TimedOut>(event))
    return worker->kill(),
           start_error(plan_, ErrorKind::io,
                       fmt::format("it was not ready after {} ms", plan_.start_deadline.count()));
  TAMIS_TRY(check_ready(plan_, std::get<Message>(event)));
  TAMIS_TRY(sent);
  worker_ = std::move(worker);
  return true;
}

Result<std::optional<Trial>> Supervisor::try_config(const MeasureRequest& request,
                                                    const std::string& save_program,
                                                    const std::stop_token& stop) {
  TAMIS_ASSIGN(const bool ready, ensure_worker(stop));
  if (!ready) return std::optional<Trial>();
  worker_->clear_stderr();
  const TryMessage message{request.number, request.config, save_program, request.incumbent_ns};
  if (!worker_->send(message).ok()) {
    // It ended between two configs, which is the fault of neither, so the config starts over with a new one.
    discard_worker();
    TAMIS_ASSIGN(const bool again, ensure_worker(stop));
    if (!again) return std::optional<Trial>();
    TAMIS_TRY(worker_->send(message));
  }
  Result<std::optional<Trial>> trial = follow(request, stop);
  if (trial.ok() && trial->has_value()) {
    (*trial)->number = request.number;
    (*trial)->config = request.config;
    (*trial)->proposer = request.proposer;
  }
  return trial;
}

Result<std::optional<Trial>> Supervisor::follow(const MeasureRequest& request, const std::stop_token& stop) {
  Progression at;
  Deadline deadline = steady_clock::now() + plan_.build_deadline;
  for (;;) {
    WorkerEvent event = worker_->wait(deadline, stop);
    std::string malformed;
    if (auto* message = std::get_if<Message>(&event)) {
      auto* result = std::get_if<ResultMessage>(message);
      if (result != nullptr && result->trial.number == request.number)
        return std::optional<Trial>(std::move(result->trial));
      const auto* phase = std::get_if<PhaseMessage>(message);
      // Only forwards: a worker cannot give itself more time by announcing a phase twice.
      if (phase != nullptr && at.phase == Phase::building) {
        if (phase->phase == Phase::running) deadline = steady_clock::now() + plan_.run_deadline + kGrace;
        at.enter(phase->phase);
        continue;
      }
      if (const auto* failed = std::get_if<FailedMessage>(message)) return discard_worker(), failed->error;
      malformed = fmt::format("the message \"{}\" is out of turn", name_of(*message));
    }
    if (const auto* error = std::get_if<Error>(&event)) malformed = error->message;
    std::optional<Trial> trial;
    if (const auto* death = std::get_if<WorkerExit>(&event)) trial = died_trial(at, death->describe());
    if (std::holds_alternative<TimedOut>(event))
      trial = timed_out_trial(at, plan_.build_deadline, plan_.run_deadline);
    worker_->kill();
    if (!malformed.empty()) trial = died_trial(at, "it had to be killed, because " + malformed);
    discard_worker();
    return trial;
  }
}

}  // namespace tamis

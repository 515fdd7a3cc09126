#include "measure/supervisor.h"

#include "process/spawn.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// From the start of a worker to `ready`: the target may have to be opened, and data to be computed.
constexpr milliseconds kStartDeadline{120'000};
/// How much longer than the device the supervisor waits: a device that can tell that a program hangs says
/// more of it.
constexpr milliseconds kGrace{250};

Error stopped() { return {ErrorKind::interrupted, "a stop came first"}; }

Error start_error(const WorkerPlan& plan, ErrorKind kind, const std::string& what) {
  return {kind, fmt::format("the worker program {} did not start: {}", plan.program, what)};
}

/// Why a worker said nothing that could be read.
Error start_error(const WorkerPlan& plan, const WorkerEvent& event) {
  if (std::holds_alternative<Stopped>(event)) return stopped();
  if (const auto* exit = std::get_if<WorkerExit>(&event))
    return start_error(plan, ErrorKind::io, exit->describe());
  if (const auto* error = std::get_if<Error>(&event))
    return start_error(plan, ErrorKind::corrupt, error->message);
  return start_error(plan, ErrorKind::io,
                     fmt::format("it was not ready after {} ms", kStartDeadline.count()));
}

Error failure(const WorkerPlan& plan, const FailedMessage& failed) {
  if (!failed.unknown_target) return failed.error;
  return {failed.error.kind,
          fmt::format("the worker program {} does not know the target {} ({}): name a worker that does with "
                      "worker_path",
                      plan.program, plan.task->target().spec(), failed.error.message)};
}

/// Whether the first message of a worker lets it in.
Status check_ready(const WorkerPlan& plan, const Message& message) {
  if (const auto* failed = std::get_if<FailedMessage>(&message)) return failure(plan, *failed);
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

/// The trial of a config whose worker did not live to report it.
Result<Trial> unreported_trial(const WorkerPlan& plan, AttemptClock clock, const WorkerEvent& event,
                               const std::string& device) {
  if (std::holds_alternative<Stopped>(event)) return stopped();
  // Where a part of the program was running, that is what ended the worker, not a compiler.
  if (clock.phase() == Phase::launching && std::holds_alternative<WorkerExit>(event))
    clock.enter(Phase::running);
  const bool running = clock.phase() == Phase::running;
  const char* doing = running ? "running" : "building";
  Trial trial;
  trial.measured = running;
  trial.verdict = running ? Verdict::crashed : Verdict::build_failed;
  if (const auto* exit = std::get_if<WorkerExit>(&event)) {
    trial.message = fmt::format("the worker died while {}: {}", doing, exit->describe());
  } else if (const auto* malformed = std::get_if<Error>(&event)) {
    trial.message =
        fmt::format("the worker died while {}: it had to be killed, because {}", doing, malformed->message);
  } else {
    trial.verdict = running ? Verdict::run_timeout : Verdict::build_timeout;
    trial.message = fmt::format("{} took longer than {} ms and was killed", doing,
                                (running ? plan.options.run_deadline : plan.options.build_deadline).count());
  }
  clock.finish(trial, device);
  return trial;
}

/// Whether it is what came of the request: run, or, where a trial ran the `same` code, not.
bool is_result_of(const ResultMessage* result, const MeasureRequest& request, const Trial* same,
                  bool only_build) {
  if (result == nullptr || result->number != request.number) return false;
  const Trial& trial = result->trial;
  // What runs has costs, and what is only built has none.
  if (trial.verdict == Verdict::valid && same == nullptr && trial.costs.empty() != only_build) return false;
  const std::optional<uint64_t>& same_code_as = trial.same_code_as;
  return same == nullptr ? !same_code_as : same_code_as == same->number;
}

/// Whether a worker may announce the phase: each once, but for building, which it is in already.
bool comes_next(Phase phase, Phase reached) {
  if (phase == Phase::building) return reached == Phase::building;
  if (phase == Phase::running && reached == Phase::building) return true;
  return static_cast<int>(phase) == static_cast<int>(reached) + 1;
}

HelloMessage hello(const WorkerPlan& plan, int slot, int data) {
  HelloMessage message;
  message.target_spec = plan.task->target().spec();
  message.settings = plan.task->target().settings();
  message.workload = plan.task->workload();
  message.data_seed = plan.options.data_seed;
  message.slot = slot;
  message.data_descriptor = data >= 0 ? kInheritedDescriptor : -1;
  message.only_build = plan.options.only_build;
  return message;
}

}  // namespace

WorkerPlan::WorkerPlan(std::string worker_program, SharedTask of, const MeasureOptions& measure_options)
    : program(std::move(worker_program)),
      task(std::move(of)),
      options(measure_options),
      data(task, options.data_seed),
      space_fingerprint(knobs_fingerprint(task->space())) {}

Supervisor::Supervisor(std::shared_ptr<WorkerPlan> plan, int slot)
    : plan_(std::move(plan)),
      slot_(slot),
      device_(device_name(plan_->task->target(), static_cast<size_t>(slot))) {}

Status Supervisor::open(const std::stop_token& stop) {
  if (worker_) return {};
  const int data = plan_->options.only_build ? -1 : plan_->data.descriptor();
  const bool unbounded = plan_->task->target().traits().reserves_addresses && !plan_->options.only_build;
  TAMIS_ASSIGN(auto worker,
               WorkerProcess::start(plan_->program, unbounded ? 0 : plan_->options.memory_limit_bytes, data));
  // A worker that ends before it reads this says why on its standard error, which the next lines report.
  const Status sent = worker->send(hello(*plan_, slot_, data));
  const WorkerEvent event = worker->wait(steady_clock::now() + kStartDeadline, stop);
  const auto* message = std::get_if<Message>(&event);
  if (message == nullptr) {
    worker->kill();
    return start_error(*plan_, event);
  }
  TAMIS_TRY(check_ready(*plan_, *message));
  TAMIS_TRY(sent);
  worker_ = std::move(worker);
  return {};
}

Result<std::optional<Trial>> Supervisor::try_config(const MeasureRequest& request,
                                                    const std::stop_token& stop) {
  TimingGate::Pass pass(plan_->gate);
  if (!pass.enter(stop)) return stopped();
  const bool asks = !plan_->options.only_build && request.known != nullptr && !request.known->empty();
  if (!deliver({request.number, request.config, run_options(*plan_->task, plan_->options, request), asks})) {
    close();
    return std::optional<Trial>();
  }
  TAMIS_ASSIGN(Trial trial, follow(request, pass, stop));
  return std::optional<Trial>(std::move(trial));
}

/// Whether the worker could be given a config: it may have ended since the last one.
bool Supervisor::deliver(const TryMessage& message) {
  worker_->clear_stderr();
  return worker_->send(message).ok();
}

/// Waits for what becomes of the config that the worker was given.
Result<Trial> Supervisor::follow(const MeasureRequest& request, TimingGate::Pass& pass,
                                 const std::stop_token& stop) {
  AttemptClock clock;
  Phase reached = Phase::building;
  const Trial* same = nullptr;  // the trial that ran the same code
  Deadline deadline = steady_clock::now() + plan_->options.build_deadline;
  for (;;) {
    WorkerEvent event = worker_->wait(deadline, stop);
    auto* message = std::get_if<Message>(&event);
    if (message == nullptr) return end_worker(clock, event);
    if (auto* result = std::get_if<ResultMessage>(message);
        is_result_of(result, request, same, plan_->options.only_build)) {
      if (same != nullptr) take_over(result->trial, *same);
      if (result->last) close();
      return std::move(result->trial);
    }
    if (const auto* built = std::get_if<BuiltMessage>(message);
        built != nullptr && same == nullptr && clock.phase() == Phase::building && request.known != nullptr) {
      same = request.known->find(built->code_hash);
      // A worker that does not read this has ended, which the next event tells.
      (void)worker_->send(DecisionMessage{same_code(request, built->code_hash)});
      continue;
    }
    if (const auto* failed = std::get_if<FailedMessage>(message)) {
      close();
      return failure(*plan_, *failed);
    }
    const auto* phase = std::get_if<PhaseMessage>(message);
    // Only forwards: a worker cannot give itself more time by announcing a phase twice.
    if (phase == nullptr || !comes_next(phase->phase, reached) || same != nullptr)
      return end_worker(clock, corrupt(fmt::format("the message \"{}\" is out of turn", name_of(*message))));
    reached = phase->phase;
    if (reached == Phase::timing) {
      const int64_t asked_ns = monotonic_ns();
      if (!pass.stay_alone(stop)) return end_worker(clock, Stopped{});
      clock.leave_out(monotonic_ns() - asked_ns);
      (void)worker_->send(GoMessage{});  // as above
    }
    if (reached == Phase::running || reached == Phase::timing)
      deadline = steady_clock::now() + plan_->options.run_deadline + kGrace;
    clock.enter(reached);
  }
}

/// Ends a worker that has said no more of its config than this event.
Result<Trial> Supervisor::end_worker(const AttemptClock& clock, const WorkerEvent& event) {
  Result<Trial> trial = unreported_trial(*plan_, clock, event, device_);
  worker_->kill();
  close();
  return trial;
}

}  // namespace tamis

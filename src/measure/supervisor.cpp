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
/// So many programs a worker may run to have a result that others are compared with.
constexpr size_t kMostReferences = 16;

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

/// What a reference did to a worker that said no more.
std::string why_it_ended(const WorkerEvent& event) {
  if (const auto* exit = std::get_if<WorkerExit>(&event))
    return fmt::format("{}: its process ended, {}", to_string(Verdict::crashed), exit->describe());
  if (const auto* malformed = std::get_if<Error>(&event))
    return fmt::format("{}: its process had to be killed, because {}", to_string(Verdict::crashed),
                       malformed->message);
  return fmt::format("{}: it had not ended when its process was killed", to_string(Verdict::run_timeout));
}

/// Whether it is what came of the request: run, or, where a trial ran the `same` code, not.
bool is_result_of(const ResultMessage* result, const MeasureRequest& request, const Trial* same,
                  bool only_build) {
  if (result == nullptr || result->number != request.number) return false;
  const Trial& trial = result->trial;
  const bool keeps = request.keep != nullptr && trial.verdict == Verdict::valid;
  if (result->program.empty() == keeps) return false;
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

std::map<size_t, std::string> SharedReferences::failed() const {
  const std::scoped_lock lock(mutex_);
  return failed_;
}

void SharedReferences::add_failed(size_t number, const std::string& why) {
  const std::scoped_lock lock(mutex_);
  failed_.emplace(number, why);
}

bool SharedReferences::is_news(const std::string& notice) {
  const std::scoped_lock lock(mutex_);
  return told_.insert(notice).second;
}

/// How far a worker is with a config, as its messages tell.
struct Supervisor::Course {
  AttemptClock clock;
  Deadline deadline = kNever;
  Phase reached = Phase::building;
  const Trial* same = nullptr;      // the trial that ran the same code
  std::optional<size_t> reference;  // the program that runs now, to be compared with
  size_t next_reference = 0;        // the least number of the next one
  bool referred = false;            // there will be no other
  int64_t referring_ns = 0;         // since when it runs programs to be compared with
  bool reference_failed = false;    // so that the trial says nothing of its config
};

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
  TAMIS_TRY(check_program(request, plan_->options));
  if (request.keep != nullptr) request.keep->clear();  // nothing is left of an attempt before this one
  TimingGate::Pass pass(plan_->gate);
  if (!pass.enter(stop)) return stopped();
  // Every round but the last finds one reference more that is passed over from then on.
  for (size_t round = 0;; ++round) {
    if (round > 0) TAMIS_TRY(open(stop));
    Course course;
    Result<std::optional<Trial>> tried = try_once(request, course, pass, stop);
    if (!tried.ok() || !course.reference_failed || round == kMostReferences) return tried;
  }
}

/// Nothing where the worker had ended before it got the config.
Result<std::optional<Trial>> Supervisor::try_once(const MeasureRequest& request, Course& course,
                                                  TimingGate::Pass& pass, const std::stop_token& stop) {
  const bool asks = !only_builds(request) && request.known != nullptr && !request.known->empty();
  RunOptions options = run_options(*plan_->task, plan_->options, request);
  options.failed_references = plan_->references.failed();
  TryMessage message{request.number, request.config, std::move(options), asks};
  message.keeps = request.keep != nullptr;
  if (request.program != nullptr) message.program = *request.program;
  if (!deliver(message)) {
    close();
    return std::optional<Trial>();
  }
  TAMIS_ASSIGN(Trial trial, follow(request, course, pass, stop));
  return std::optional<Trial>(std::move(trial));
}

bool Supervisor::only_builds(const MeasureRequest& request) const {
  return plan_->options.only_build || request.keep != nullptr;
}

/// Whether the worker could be given a config: it may have ended since the last one.
bool Supervisor::deliver(const TryMessage& message) {
  worker_->clear_stderr();
  return worker_->send(message).ok();
}

/// Waits for what becomes of the config that the worker was given.
Result<Trial> Supervisor::follow(const MeasureRequest& request, Course& course, TimingGate::Pass& pass,
                                 const std::stop_token& stop) {
  course.deadline = steady_clock::now() + plan_->options.build_deadline;
  for (;;) {
    WorkerEvent event = worker_->wait(course.deadline, stop);
    auto* message = std::get_if<Message>(&event);
    if (message == nullptr) {
      if (course.reference && !std::holds_alternative<Stopped>(event))
        blame_reference(course, why_it_ended(event));
      return end_worker(course.clock, event);
    }
    if (auto* result = std::get_if<ResultMessage>(message);
        is_result_of(result, request, course.same, only_builds(request))) {
      if (course.reference)
        blame_reference(course,
                        fmt::format("{}: {}", to_string(result->trial.verdict), result->trial.message));
      if (course.same != nullptr) take_over(result->trial, *course.same);
      if (request.keep != nullptr) *request.keep = std::move(result->program);
      if (result->last) close();
      return std::move(result->trial);
    }
    const bool may_build = course.same == nullptr && course.clock.phase() == Phase::building;
    if (const auto* built = std::get_if<BuiltMessage>(message);
        built != nullptr && may_build && request.known != nullptr) {
      course.same = request.known->find(built->code_hash);
      // A worker that does not read this has ended, which the next event tells.
      (void)worker_->send(DecisionMessage{same_code(request, built->code_hash)});
      continue;
    }
    if (may_build && take_reference(*message, course)) continue;
    if (const auto* failed = std::get_if<FailedMessage>(message)) {
      close();
      return failure(*plan_, *failed);
    }
    const auto* phase = std::get_if<PhaseMessage>(message);
    // Only forwards: a worker cannot give itself more time by announcing a phase twice.
    if (phase == nullptr || !comes_next(phase->phase, course.reached) || course.same != nullptr)
      return end_worker(course.clock,
                        corrupt(fmt::format("the message \"{}\" is out of turn", name_of(*message))));
    course.reached = phase->phase;
    if (course.reached == Phase::timing) {
      const int64_t asked_ns = monotonic_ns();
      if (!pass.stay_alone(stop)) return end_worker(course.clock, Stopped{});
      course.clock.leave_out(monotonic_ns() - asked_ns);
      (void)worker_->send(GoMessage{});  // as above
    }
    if (course.reached == Phase::running || course.reached == Phase::timing)
      course.deadline = steady_clock::now() + plan_->options.run_deadline + kGrace;
    course.clock.enter(course.reached);
  }
}

/// Takes what a worker says of a program that it compares others with; whether it is that, and in its turn.
bool Supervisor::take_reference(const Message& message, Course& course) {
  const MeasureOptions& options = plan_->options;
  if (const auto* referring = std::get_if<ReferringMessage>(&message)) {
    if (course.referred || referring->number < course.next_reference || referring->number >= kMostReferences)
      return false;
    if (!course.reference) course.referring_ns = monotonic_ns();
    course.reference = referring->number;
    course.next_reference = referring->number + 1;
    course.deadline = steady_clock::now() + options.build_deadline + options.run_deadline + kGrace;
    return true;
  }
  const auto* referred = std::get_if<ReferredMessage>(&message);
  if (referred == nullptr || course.referred) return false;
  if (course.reference) course.clock.leave_out(monotonic_ns() - course.referring_ns);
  course.reference.reset();
  course.referred = true;
  course.deadline = steady_clock::now() + options.build_deadline;
  if (!referred->notice.empty() && plan_->references.is_news(referred->notice))
    notices_.push_back(referred->notice);
  return true;
}

void Supervisor::blame_reference(Course& course, const std::string& why) {
  plan_->references.add_failed(*course.reference, why);
  course.reference_failed = true;
}

/// Ends a worker that has said no more of its config than this event.
Result<Trial> Supervisor::end_worker(const AttemptClock& clock, const WorkerEvent& event) {
  Result<Trial> trial = unreported_trial(*plan_, clock, event, device_);
  worker_->kill();
  close();
  return trial;
}

}  // namespace tamis

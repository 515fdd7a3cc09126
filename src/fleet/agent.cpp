#include "base/clock.h"
#include "fleet/equality.h"
#include "fleet/known_elsewhere.h"
#include "fleet/layout.h"
#include "fleet/lease.h"
#include "fleet/messages.h"
#include "fleet/pool.h"
#include "fleet/programs.h"
#include "fleet/proof.h"
#include "fleet/pulse.h"
#include "fleet/records.h"
#include "fleet/workbench.h"
#include "tamis/fleet.h"
#include "tamis/space.h"
#include "tamis/version.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <list>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace tamis::fleet {
namespace {

using std::chrono::milliseconds;

/// How long a worker waits for a job before it looks what else there is to do.
constexpr milliseconds kIdle{500};
/// The same while failures are held back, which others wait for.
constexpr milliseconds kHolding{5};
/// How long results are offered to a server that is away, once the worker is to end.
constexpr milliseconds kLastWords{10'000};
/// How long a job waits before another worker gets it that this one could not begin.
constexpr milliseconds kHandedBack{50};

/// How long a worker takes no job after one that it can try nothing of.
constexpr milliseconds kRefrain{5'000};
/// The same while the server has not all of it, which must not use up how often a job is given away.
constexpr milliseconds kRefrainBriefly{2'000};
/// The longest part of a program.
constexpr size_t kMostPartBytes = size_t{1} << 19;

/// Of so many sessions a worker counts the trials of a task.
constexpr size_t kMostSessions = 64;

/// A job that this worker has.
struct HeldJob {
  uint64_t id = 0;
  Incoming message;
  Job job;
  std::shared_ptr<const KnownPrograms> known;
  std::vector<MeasureRequest> requests;  // they stay where they are
  size_t open = 0;                       // of them without an outcome
  bool done = false;
};

Stage stage_of(FleetRole role) {
  if (role == FleetRole::build) return Stage::build;
  return role == FleetRole::run ? Stage::run : Stage::whole;
}

class Agent {
 public:
  Agent(const FleetWorker& worker, std::string device, std::shared_ptr<Connection> connection, Key key,
        Buckets buckets, std::shared_ptr<const Target> target)
      : worker_(worker),
        device_(std::move(device)),
        connection_(std::move(connection)),
        key_(std::move(key)),
        buckets_(std::move(buckets)),
        nature_(nature_of(*target)),
        pool_(pool_of(nature_, key_)),
        jobs_(jobs_of_queue(stage_of(worker.role), queue_of(worker.device_type, pool_))),
        workbench_(worker, device_, target),
        target_(std::move(target)) {}

  Status run(const std::stop_token& stop) {
    TAMIS_ASSIGN(const std::optional<std::string> unfit, examine(stop));
    LeaseRecord lease;
    lease.worker = new_id();
    lease.host = host_name();
    lease.machine = machine_id();
    lease.process = ::getpid();
    Status taken = take_lease(buckets_.leases, device_, lease, stop);
    if (!taken.ok()) return stop.stop_requested() ? Status() : taken;
    TAMIS_TRY(connection_->ensure(jobs_));
    TAMIS_TRY(say_what_it_is(false));
    TAMIS_ASSIGN(Pulling pulling, connection_->pull(jobs_));
    pulse_.emplace(*connection_, buckets_, device_, jobs_, lease, [this] { (void)say_what_it_is(false); });
    if (unfit) pulse_->quarantine(*unfit);
    note(fmt::format("{} of type {} is ready at {}", device_, worker_.device_type, connection_->url()));
    Status served = serve(pulling, stop);
    const bool lost = pulse_->lost().has_value();
    pulse_.reset();
    workbench_.clear();
    if (!lost) {
      (void)say_what_it_is(true);
      (void)buckets_.leases.remove(device_);
    }
    return served;
  }

 private:
  void note(const std::string& line) const {
    if (worker_.note) worker_.note(line);
  }

  /// As prove(), with the device named in the errors.
  Result<std::optional<std::string>> examine(const std::stop_token& stop) const {
    auto proved = prove(worker_, target_, stop);
    if (!proved.ok()) return proved.error().within("the device " + device_);
    return proved;
  }

  Status say_what_it_is(bool ended) {
    DeviceRecord record;
    record.type = worker_.device_type;
    record.target = worker_.target;
    record.identity = nature_.identity;
    record.pool = pool_;
    record.signs = key_.present();
    record.host = host_name();
    record.version = kVersion;
    record.role = worker_.role;
    record.began_unix_ms = began_unix_ms_;
    record.ended = ended;
    return buckets_.devices.put(device_, to_text(record));
  }

  Status serve(Pulling& pulling, const std::stop_token& stop) {
    bool told = false;
    while (!stop.stop_requested()) {
      if (const auto lost = pulse_->lost()) return io_error(*lost + "; this worker has ended");
      if (const std::optional<OrderRecord> order = pulse_->order()) {
        if (!told) obey(*order);
        told = true;
        std::this_thread::sleep_for(milliseconds(100));
        continue;
      }
      if (told) note(fmt::format("{} was released", device_));
      told = false;
      if (monotonic_ns() < refrain_until_ns_) {
        pulse_->rest(FleetState::idle);
        std::this_thread::sleep_for(milliseconds(100));
        continue;
      }
      std::optional<Incoming> message = pulling.next(held_.empty() ? kIdle : kHolding);
      if (!message) {
        if (workbench_.current() != nullptr && !held_.empty())
          deliver(workbench_.current()->guard->pause(give_up_.get_token()));
        let_go();
        if (held_.empty()) pulse_->rest(FleetState::idle);
      } else {
        take(std::move(*message));
      }
    }
    last_words_ = std::jthread([this](const std::stop_token& ended) {
      for (int64_t end_ns = monotonic_ns() + std::chrono::nanoseconds(kLastWords).count();
           monotonic_ns() < end_ns && !ended.stop_requested();)
        std::this_thread::sleep_for(milliseconds(20));
      give_up_.request_stop();
    });
    settle();
    last_words_ = {};
    return {};
  }

  void obey(const OrderRecord& order) {
    settle();
    let_go();
    workbench_.clear();
    pulse_->rest(order.quarantine ? FleetState::quarantined : FleetState::drained);
    pulse_->say_now();
    note(fmt::format("{} is {}: {}", device_, order.quarantine ? "quarantined" : "drained", order.reason));
  }

  /// Begins a job that came.
  void take(Incoming message) {
    Result<Job> job = decode_job(message, key_);
    if (!job.ok()) {  // of nobody that this fleet knows: tuners with another key have another queue
      note(fmt::format("a job was refused: {}", job.error().message));
      (void)message.acknowledge();
      return;
    }
    if (!pulse_->is_wanted(job->session, job->id)) {
      (void)message.acknowledge();
      return;
    }
    held_.push_back({++jobs_taken_, std::move(message), std::move(*job), nullptr, {}, 0, false});
    HeldJob& held = held_.back();
    pulse_->hold(held.id, held.message);
    const Status tried = try_all(held);
    if (!tried.ok()) {
      settle();
      report(held, ReportKind::failed, 0, encode(Message(FailedMessage{tried.error()})));
      finish(held);
      // It would take one job after the other from those who can try them.
      refrain_until_ns_ = monotonic_ns() + std::chrono::nanoseconds(kRefrain).count();
    }
    let_go();
  }

  /// Errors: what keeps this worker from trying configs of the task at all.
  Status try_all(HeldJob& held) {
    // What failures of another task are held back for is decided before the device changes hands.
    if (workbench_.current() != nullptr && workbench_.current()->digest != held.job.task) settle();
    Bench* bench = workbench_.find(held.job.task);
    if (bench == nullptr) {
      const auto bound = bind(held.job.task);
      // Of the server, which may have lost the task and gets it again, or of this machine.
      if (!bound.ok() && bound.error().kind == ErrorKind::io) {
        note(fmt::format("a job is left to others: {}", bound.error().message));
        give_back(held, kRefrainBriefly);
        refrain_until_ns_ = monotonic_ns() + std::chrono::nanoseconds(kRefrainBriefly).count();
        return {};
      }
      if (!bound.ok()) return bound.error().within("the device " + device_);
      bench = *bound;
    }
    if (held.job.known) held.known = known_of(held.job.session);
    TAMIS_ASSIGN(held.requests, requests_of(held, *bench->task));
    held.open = held.requests.size();
    if (!load_programs(held)) {
      for (uint64_t part = 0; part < held.job.tries.size(); ++part)
        report(held, ReportKind::unbuilt, part, "the program is not there");
      finish(held);
      return {};
    }
    for (size_t part = 0; part < held.requests.size(); ++part) {
      const bool is_reference = part == held.job.tries.size();
      if (is_reference && !is_reference_due(bench->trials[held.job.session])) {
        close_part(held);
        break;
      }
      TAMIS_ASSIGN(const bool goes_on, try_part(*bench, held, part));
      if (!goes_on) break;
    }
    if (held.job.tries.size() > 1) settle();  // one after the other, and all of them
    if (!held.done && bench->guard->quarantine_reason()) give_back(held);
    return {};
  }

  /// What the tries of a job ask for, and behind them the reference.
  Result<std::vector<MeasureRequest>> requests_of(const HeldJob& held, const Task& task) {
    const Job& job = held.job;
    std::vector<MeasureRequest> requests;
    for (const TryMessage& one : job.tries) {
      if (!belongs(task.space(), one.config))
        return corrupt("a job has a config that is not of the space of its task");
      requests.push_back({one.number, one.config, {}, one.options.incumbent_ns, held.known.get()});
      if (job.stage == Stage::build) requests.back().keep = std::make_shared<std::string>();
    }
    if (job.reference && belongs(task.space(), job.reference->config))
      requests.push_back({job.reference->number, job.reference->config, "reference"});
    return requests;
  }

  /// Fetches the programs that others built; whether all tries have what this worker needs. A reference can
  /// be done without.
  bool load_programs(HeldJob& held) {
    const std::vector<ProgramPlace>& places = held.job.programs;
    if (places.empty() && worker_.role == FleetRole::run) return false;
    for (size_t part = 0; part < std::min(places.size(), held.requests.size()); ++part) {
      Result<std::string> program = fetch_program(buckets_.programs, places[part]);
      if (program.ok()) {
        held.requests[part].program = std::make_shared<const std::string>(std::move(*program));
        continue;
      }
      note(fmt::format("a job cannot be tried: {}", program.error().message));
      if (part < held.job.tries.size()) return false;
      held.requests.pop_back();
      --held.open;
    }
    return true;
  }

  /// Whether further parts are to be tried. Errors: as try_all.
  Result<bool> try_part(Bench& bench, HeldJob& held, size_t part) {
    const MeasureRequest& request = held.requests[part];
    const std::stop_token stop = pulse_->begin(held.job.session, held.job.id);
    Result<JobResult> result = bench.guard->attempt({&request, held.job.passes}, stop);
    const auto is_valid = [](const Tried& tried) { return tried.trial.verdict == Verdict::valid; };
    const bool valid = result.ok() && std::any_of(result->finished.begin(), result->finished.end(), is_valid);
    pulse_->end(part < held.job.tries.size(), valid);
    if (!result.ok()) return result.error().within("the device " + device_);
    if (bench.trials.size() > kMostSessions) bench.trials.clear();
    if (valid && part < held.job.tries.size()) ++bench.trials[held.job.session];
    const bool given_up = result->finished.empty() && result->passed_on.empty() && stop.stop_requested();
    deliver(std::move(*result));
    if (given_up) {  // it is another's concern now, or nobody's
      settle();
      give_back(held);
    }
    return !given_up && !bench.guard->quarantine_reason();
  }

  Result<Bench*> bind(const std::string& digest) {
    TAMIS_ASSIGN(const std::optional<std::string> text, buckets_.tasks.get(digest));
    if (!text) return io_error("its task is not on the server any more");
    if (digest_of(*text) != digest) return corrupt("the task of a job is not the one that its tuner wrote");
    TAMIS_ASSIGN(const TaskRecord record, read_task_record(*text));
    return workbench_.make(digest, record);
  }

  std::shared_ptr<const KnownPrograms> known_of(const std::string& session) {
    if (!known_ || known_session_ != session) {
      known_ = std::make_shared<const KnownElsewhere>(connection_, session);
      known_session_ = session;
    }
    return known_;
  }

  void settle() {
    if (workbench_.current() == nullptr || held_.empty()) return;
    deliver(workbench_.current()->guard->settle(give_up_.get_token()));
  }

  void deliver(JobResult result) {
    for (const DeviceEvent& event : result.events) {
      note(describe(event));
      if (!held_.empty()) report(held_.back(), ReportKind::event, 0, to_text(event));
    }
    for (Tried& tried : result.finished) {
      HeldJob* held = holder_of(tried.request);
      if (held == nullptr) continue;
      if (tried.trial.measured || !tried.trial.device.empty()) tried.trial.device = device_;
      // Its tuner knows what the program came to, and only one that ran has costs in a message.
      if (tried.trial.same_code_as) tried.trial.costs.clear();
      const uint64_t part = part_of(*held, tried.request);
      report(*held, part < held->job.tries.size() ? ReportKind::result : ReportKind::reference, part,
             encode(Message(ResultMessage{tried.request->number, std::move(tried.trial)})),
             tried.request->keep.get());
      close_part(*held);
    }
    const std::optional<Error> complaint = complain_of_task(result);
    for (const MeasureRequest* request : result.passed_on) {
      HeldJob* held = holder_of(request);
      if (held == nullptr) continue;
      if (complaint) {
        report(*held, ReportKind::failed, part_of(*held, request),
               encode(Message(FailedMessage{*complaint})));
      } else if (const uint64_t part = part_of(*held, request); part < held->job.tries.size())
        report(*held, ReportKind::passed, part, "the device is not to be believed");
      close_part(*held);
    }
    if (!result.job_ended || workbench_.current() == nullptr) return;
    if (complaint) {
      forsake_bench_ = true;
      refrain_until_ns_ = monotonic_ns() + std::chrono::nanoseconds(kRefrain).count();
      return;
    }
    const auto& reason = workbench_.current()->guard->quarantine_reason();
    pulse_->quarantine(reason ? *reason : "it is not fit to be used");
  }

  /// What keeps this worker from trying configs of a task, where that is not the device's fault: a tuner's
  /// limits are no reason to keep the device from others.
  std::optional<Error> complain_of_task(const JobResult& result) {
    const Bench* bench = workbench_.current();
    if (!result.job_ended || bench == nullptr || !bench->guard->could_not_be_opened()) return std::nullopt;
    const auto unfit = examine(give_up_.get_token());
    if (!unfit.ok() || *unfit) return std::nullopt;
    const auto& reason = bench->guard->quarantine_reason();
    return Error{
        ErrorKind::unsupported,
        fmt::format("the device {} cannot try configs of this task with what is asked for ({}), and is "
                    "well otherwise",
                    device_, reason ? *reason : "no reason")};
  }

  HeldJob* holder_of(const MeasureRequest* request) {
    for (HeldJob& held : held_)
      if (!held.requests.empty() && request >= held.requests.data() &&
          request < held.requests.data() + held.requests.size())
        return &held;
    return nullptr;
  }

  static uint64_t part_of(const HeldJob& held, const MeasureRequest* request) {
    return static_cast<uint64_t>(request - held.requests.data());
  }

  /// Parts of programs stay far below what the server takes.
  size_t part_bytes() const {
    const auto largest = static_cast<size_t>(std::max<int64_t>(connection_->largest_message(), 1 << 16));
    return std::min(kMostPartBytes, largest / 2);
  }

  void report(const HeldJob& held, ReportKind kind, uint64_t part, std::string body,
              const std::string* program = nullptr) {
    Report told;
    if (program != nullptr && !program->empty()) {
      const std::string key = fmt::format("{}.{}.{}", held.job.session, held.job.id, part);
      const auto place = store_program(buckets_.programs, key, *program, part_bytes());
      if (!place.ok()) {
        note(fmt::format("a program could not be stored: {}", place.error().message));
        kind = ReportKind::passed;
        body = place.error().message;
      } else {
        told.program = *place;
      }
    }
    told.session = held.job.session;
    told.kind = kind;
    told.job = held.job.id;
    told.part = part;
    told.device = device_;
    told.body = std::move(body);
    const auto stored = connection_->publish(encode_report(told, key_), give_up_.get_token());
    if (stored.ok()) return;
    note(fmt::format("a result could not be delivered: {}", stored.error().message));
    if (stored.error().kind == ErrorKind::interrupted) return;
    // What is too long for the server is said shortly, or its tuner would wait for ever.
    told.kind = ReportKind::failed;
    told.body = encode(Message(FailedMessage{{stored.error().kind, "a result could not be delivered"}}));
    (void)connection_->publish(encode_report(told, key_), give_up_.get_token());
  }

  void close_part(HeldJob& held) {
    if (--held.open == 0) finish(held);
  }

  /// Its results are stored; whether the server hears that it is done with hardly matters: they count once.
  void finish(HeldJob& held) {
    held.done = true;
    (void)held.message.acknowledge();
  }

  /// Leaves a job to others, or to nobody where its tuner has gone.
  void give_back(HeldJob& held, milliseconds delay = kHandedBack) {
    if (held.done) return;
    held.done = true;
    if (pulse_->is_wanted(held.job.session, held.job.id)) {
      held.message.hand_back(delay);
    } else {
      (void)held.message.acknowledge();
    }
  }

  /// Forgets the jobs that are done with.
  void let_go() {
    if (std::exchange(forsake_bench_, false)) workbench_.clear();
    held_.remove_if([this](const HeldJob& held) {
      if (held.done) pulse_->release(held.id);
      return held.done;
    });
  }

  const FleetWorker& worker_;
  std::string device_;
  std::shared_ptr<Connection> connection_;
  Key key_;
  Buckets buckets_;
  const Nature nature_;
  const std::string pool_;
  const ConsumerPlan jobs_;
  Workbench workbench_;
  std::shared_ptr<const Target> target_;
  int64_t began_unix_ms_ = unix_ms();
  std::optional<Pulse> pulse_;
  std::list<HeldJob> held_;
  uint64_t jobs_taken_ = 0;
  int64_t refrain_until_ns_ = 0;
  bool forsake_bench_ = false;  // once its jobs are let go
  std::shared_ptr<const KnownPrograms> known_;
  std::string known_session_;
  std::stop_source give_up_;
  std::jthread last_words_;
};

}  // namespace

}  // namespace tamis::fleet

namespace tamis {
namespace {

Status check_worker(const FleetWorker& worker, const std::string& device) {
  TAMIS_TRY(fleet::check_name(worker.device_type, "the device type", false));
  TAMIS_TRY(fleet::check_name(device, "the device name", true));
  if (!worker.folder.empty() && !std::filesystem::is_directory(worker.folder))
    return not_found(fmt::format("the folder {} is not there", worker.folder));
  if (worker.reset_deadline.count() <= 0)
    return invalid_input("the deadline of a reset must be longer than 0 ms");
  return {};
}

}  // namespace

Status serve_fleet(const FleetWorker& worker, const TargetFactory& make, const std::stop_token& stop) {
  const std::string device =
      worker.device.empty() ? fmt::format("{}-{}", fleet::host_name(), worker.device_type) : worker.device;
  TAMIS_TRY(check_worker(worker, device));
  TAMIS_ASSIGN(fleet::Key key, fleet::Key::load(worker.address.key_file));
  TAMIS_ASSIGN(std::shared_ptr<const Target> target, make(worker.target, worker.settings));
  TAMIS_ASSIGN(std::shared_ptr<fleet::Connection> connection,
               fleet::Connection::open(worker.address, {"tamis-worker " + device, "worker", true}));
  TAMIS_ASSIGN(fleet::Buckets buckets, fleet::ensure_layout(*connection));
  return fleet::Agent(worker, device, std::move(connection), std::move(key), std::move(buckets),
                      std::move(target))
      .run(stop);
}

}  // namespace tamis

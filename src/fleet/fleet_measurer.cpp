#include "fleet/fleet_measurer.h"

#include "base/clock.h"
#include "base/median.h"
#include "base/text.h"
#include "measure/attempt.h"
#include "process/signal_shield.h"
#include "trial/inferred.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis::fleet {
namespace {

constexpr std::chrono::milliseconds kNewsPatience{100};
/// What passes between the end of a trial and the beginning of the next on the same device, at most: jobs
/// that lie ready for so long keep devices at work whose trials are shorter.
constexpr double kRoundTripNs = 1.5e6;
constexpr int64_t kLookAfterNs = std::chrono::nanoseconds(kPulse).count();
/// A job that nothing was seen of for so long may be lost.
constexpr int64_t kUnseenNs = 2 * std::chrono::nanoseconds(kLease).count();
constexpr int kGoneSuspicions = 2;
constexpr int kStuckSuspicions = 5;
/// How long no device may be fit before that is an error.
constexpr int64_t kNoneFitNs = 3'000'000'000;

/// The number of what is no trial of the session.
constexpr uint64_t kReferenceNumber = std::numeric_limits<int64_t>::max() - 1;

bool is_open(const auto& parts) {
  return std::any_of(parts.begin(), parts.end(), [](auto part) { return static_cast<int>(part) == 0; });
}

/// Lets workers ask for known programs as long as it lives.
class KnownScope {
 public:
  explicit KnownScope(Hub& hub) : hub_(hub) {}
  KnownScope(const KnownScope&) = delete;
  KnownScope& operator=(const KnownScope&) = delete;
  ~KnownScope() { hub_.set_known(nullptr); }

 private:
  Hub& hub_;
};

/// Requests that are all there, as a source.
class GivenRequests final : public RequestSource {
 public:
  explicit GivenRequests(std::span<const MeasureRequest> requests) : left_(requests) {}
  Result<std::vector<MeasureRequest>> next(size_t free) override {
    const auto now = left_.first(std::min(free, left_.size()));
    left_ = left_.subspan(now.size());
    return std::vector<MeasureRequest>(now.begin(), now.end());
  }

 private:
  std::span<const MeasureRequest> left_;
};

Trial lost_trial(int deliveries) {
  Trial trial;
  trial.verdict = Verdict::device_lost;
  trial.message = fmt::format(
      "{} workers in a row got it and ended, or could not be heard any more, before they said what came of "
      "it",
      deliveries);
  trial.finished_unix_ms = unix_ms();
  return trial;
}

}  // namespace

Status FleetMeasurer::measure(std::span<const MeasureRequest> requests,
                              const std::function<Status(Trial)>& finished, std::stop_token stop) {
  GivenRequests source(requests);
  return measure_from(source, finished, std::move(stop));
}

Status FleetMeasurer::measure_from(RequestSource& source, const std::function<Status(Trial)>& finished,
                                   std::stop_token stop) {
  const auto feed = [&](const Shares& shares, bool& dry) -> Status {
    size_t free = 0;
    while (!dry && !stop.stop_requested() && freest_queue(shares, &free)) {
      const int64_t asked_ns = monotonic_ns();
      TAMIS_ASSIGN(std::vector<MeasureRequest> requests, source.next(free));
      dry = requests.empty();
      note_ask(monotonic_ns() - asked_ns, requests.size());
      for (MeasureRequest& request : requests) {
        std::vector<MeasureRequest> one;
        one.push_back(std::move(request));
        const std::optional<QueueShare> to = freest_queue(shares, &free);
        TAMIS_TRY(give(std::move(one), to ? *to : shares.queues.front(), 0, stop));
      }
    }
    return {};
  };
  return run(feed, finished, stop);
}

/// All in one job, which one device does.
Status FleetMeasurer::measure_in_turn(std::span<const MeasureRequest> requests,
                                      const std::function<Status(Trial)>& finished, std::stop_token stop) {
  bool given = requests.empty();
  const auto feed = [&](const Shares& shares, bool& dry) -> Status {
    size_t free = 0;
    const std::optional<QueueShare> to = freest_queue(shares, &free);
    if (!given && to) {
      TAMIS_TRY(give(std::vector<MeasureRequest>(requests.begin(), requests.end()), *to, 0, stop));
      given = true;
    }
    dry = given;
    return {};
  };
  return run(feed, finished, stop);
}

Status FleetMeasurer::run(const std::function<Status(const Shares&, bool&)>& feed, const Finished& finished,
                          const std::stop_token& stop) {
  const KnownScope known(*hub_);
  const auto go_on = [&]() -> Status {
    bool dry = false;
    while (!stop.stop_requested()) {
      const Shares shares = hub_->shares(fit_);
      TAMIS_TRY(check_devices(shares));
      if (!dry) TAMIS_TRY(feed(shares, dry));
      if (dry && given_.empty()) return {};
      const size_t before = given_.size();
      std::optional<News> news = hub_->next_news(kNewsPatience, stop);
      if (news) TAMIS_TRY(take(std::move(*news), finished, stop));
      if (given_.size() < before) dry = false;
      TAMIS_TRY(look_after(shares, stop));
    }
    return {};
  };
  Status gone_on = go_on();
  if (!given_.empty()) {
    given_.clear();
    hub_->give_up();
  }
  // Waiting for the server is what a stop interrupts.
  if (!gone_on.ok() && gone_on.error().kind == ErrorKind::interrupted && stop.stop_requested()) return {};
  return gone_on;
}

/// The queue that has most room for jobs of this tuner, and how many it has room for; nothing where none has.
std::optional<QueueShare> FleetMeasurer::freest_queue(const Shares& shares, size_t* free) const {
  std::optional<QueueShare> best;
  *free = 0;
  for (const QueueShare& share : shares.queues) {
    const auto is_there = [&](const auto& given) {
      const Job& job = given.second.job;
      return job.queue == share.queue && (job.stage == Stage::whole) == (share.stage == Stage::whole);
    };
    const auto has = static_cast<size_t>(std::count_if(given_.begin(), given_.end(), is_there));
    const auto jobs = static_cast<double>(share.jobs);
    const double between_ns = kRoundTripNs + mean_ask_ns_;
    double ready = mean_trial_ns_ > 0 ? std::min(jobs, jobs * between_ns / mean_trial_ns_) : 0;
    // One too many is a share that another tuner misses.
    if (share.alone && share.devices > 1) ready = std::ceil(ready);
    const size_t in_build = share.devices > 0 ? share.builders : 0;
    const size_t most = share.jobs + static_cast<size_t>(ready) + in_build;
    if (most > has && most - has > *free) {
      *free = most - has;
      best = share;
    }
  }
  return best;
}

void FleetMeasurer::note_ask(int64_t took_ns, size_t configs) {
  if (configs == 0) return;
  const double each = static_cast<double>(took_ns) / static_cast<double>(configs);
  mean_ask_ns_ = mean_ask_ns_ == 0 ? each : 0.9 * mean_ask_ns_ + 0.1 * each;
}

Status FleetMeasurer::give(std::vector<MeasureRequest> requests, const QueueShare& to, uint64_t passes,
                           const std::stop_token& stop) {
  GivenJob given;
  given.job.queue = to.queue;
  given.job.stage = to.stage == Stage::run ? Stage::build : Stage::whole;  // what runs is built first
  given.job.passes = passes;
  given.requests = std::move(requests);
  return send(std::move(given), stop);
}

/// Those parts of a job that were built, to be run.
Status FleetMeasurer::give_built(GivenJob given, const std::stop_token& stop) {
  GivenJob run;
  run.job.queue = given.job.queue;
  run.job.stage = Stage::run;
  run.job.passes = given.job.passes;
  for (size_t i = 0; i < given.parts.size(); ++i) {
    if (given.parts[i] == Part::done) continue;
    run.requests.push_back(std::move(given.requests[i]));
    run.built.push_back(std::move(given.built[i]));
    run.programs.push_back(std::move(given.programs[i]));
  }
  return run.requests.empty() ? Status() : send(std::move(run), stop);
}

Status FleetMeasurer::send(GivenJob given, const std::stop_token& stop) {
  Job& job = given.job;
  job.session = hub_->session();
  job.id = hub_->next_job();
  job.task = digest_;
  if (job.stage == Stage::run) job.programs = given.programs;
  RunOptions options;
  options.deadline = options_.run_deadline;
  for (const MeasureRequest& request : given.requests) {
    options.incumbent_ns = request.incumbent_ns;
    job.tries.push_back({request.number, request.config, options, false});
    if (request.known == nullptr || request.known->empty()) continue;
    job.known = true;
    hub_->set_known(request.known);
  }
  const bool referable = job.stage == (reference_program_.parts == 0 ? Stage::whole : Stage::run);
  if (reference_ && referable) {
    options.incumbent_ns = std::numeric_limits<double>::infinity();
    job.reference = TryMessage{kReferenceNumber, *reference_, options, false};
    if (!job.programs.empty()) job.programs.push_back(reference_program_);
  }
  given.parts.assign(given.requests.size(), Part::open);
  if (job.stage == Stage::build) {
    given.built.resize(given.requests.size());
    given.programs.resize(given.requests.size());
  }
  TAMIS_ASSIGN(const Stored stored, hub_->connection().publish(encode_job(job, hub_->key()), stop));
  given.sequence = stored.sequence;
  given.seen_ns = monotonic_ns();
  job.tries.clear();  // the requests say as much
  const uint64_t id = job.id;
  given_.emplace(id, std::move(given));
  return {};
}

/// Those parts of a job that have no result, as a new job.
Status FleetMeasurer::give_again(GivenJob lost, const std::stop_token& stop, bool counts) {
  if (counts) ++lost.job.passes;
  if (lost.job.stage == Stage::run && !lost.unbuilt) return give_built(std::move(lost), stop);
  QueueShare to;
  to.queue = lost.job.queue;
  to.stage = lost.job.stage == Stage::whole ? Stage::whole : Stage::run;
  std::vector<MeasureRequest> requests;
  for (size_t i = 0; i < lost.parts.size(); ++i)
    if (lost.parts[i] != Part::done) requests.push_back(std::move(lost.requests[i]));
  return give(std::move(requests), to, lost.job.passes, stop);
}

Status FleetMeasurer::take(News news, const Finished& finished, const std::stop_token& stop) {
  if (const auto* error = std::get_if<Error>(&news)) return *error;
  if (const auto* lost = std::get_if<LostJob>(&news)) return take_lost(*lost, finished, stop);
  return take_report(std::get<Report>(news), finished, stop);
}

Status FleetMeasurer::take_report(const Report& report, const Finished& finished,
                                  const std::stop_token& stop) {
  if (report.kind == ReportKind::event) {
    const auto event = read_event(report.body);
    if (event.ok() && options_.recovery.event) options_.recovery.event(*event);
    return {};
  }
  if (report.kind == ReportKind::reference) {
    take_reference(report);
    return {};
  }
  const auto found = given_.find(report.job);
  if (report.kind == ReportKind::failed && (report.job == 0 || found != given_.end()))
    return take_failure(report, stop);
  // A job that was given away again, doubled, or is done with.
  if (found == given_.end() || report.part >= found->second.parts.size()) return {};
  Part& part = found->second.parts[report.part];
  if (part != Part::open) return {};
  if (report.kind == ReportKind::result) {
    part = Part::done;
    TAMIS_TRY(take_result(report, found->second, finished));
  } else {
    part = Part::passed;
    found->second.unbuilt = found->second.unbuilt || report.kind == ReportKind::unbuilt;
  }
  return close(report.job, stop);
}

/// A device that cannot try configs of this task says nothing of the others, as long as there are others.
Status FleetMeasurer::take_failure(const Report& report, const std::stop_token& stop) {
  TAMIS_ASSIGN(const Message message, decode(report.body));
  const auto* failed = std::get_if<FailedMessage>(&message);
  if (failed == nullptr) return corrupt("a worker's complaint cannot be read");
  failed_.insert_or_assign(report.device, failed->error);
  if (report.job == 0 || failed_.size() >= hub_->shares(fit_).devices()) return failed->error;
  tell_once(fmt::format("{}; other devices go on", failed->error.message));
  GivenJob given = std::move(given_.at(report.job));
  given_.erase(report.job);
  return give_again(std::move(given), stop, false);
}

void FleetMeasurer::tell_once(const std::string& sentence) {
  if (!told_.insert(sentence).second || !options_.recovery.event) return;
  options_.recovery.event({DeviceEventKind::reference, "fleet", sentence});
}

Status FleetMeasurer::take_result(const Report& report, GivenJob& given, const Finished& finished) {
  TAMIS_ASSIGN(Message message, decode(report.body));
  auto* result = std::get_if<ResultMessage>(&message);
  const MeasureRequest& request = given.requests[report.part];
  if (result == nullptr || result->number != request.number)
    return corrupt(fmt::format("the device {} answered a job with the result of another", report.device));
  failed_.erase(report.device);  // whatever kept it from trying some
  if (given.job.stage == Stage::build) return take_built(report, given, std::move(result->trial), finished);
  Trial trial = std::move(result->trial);
  if (!given.built.empty()) trial = join_halves(given.built[report.part], std::move(trial));
  if (trial.same_code_as) {
    const Trial* known = request.known == nullptr ? nullptr : request.known->find(trial.code_hash);
    if (known == nullptr)
      return corrupt(fmt::format("the device {} takes a program for one that never ran", report.device));
    take_over(trial, *known);
  }
  const auto took = static_cast<double>(trial.build_ns + trial.run_ns);
  mean_trial_ns_ = mean_trial_ns_ == 0 ? took : 0.9 * mean_trial_ns_ + 0.1 * took;
  const bool varies = task_->target().traits().latencies_vary;
  if (varies && !reference_ && trial.verdict == Verdict::valid && !trial.same_code_as) {
    reference_ = request.config;
    if (!given.programs.empty()) reference_program_ = given.programs[report.part];
  } else if (!given.programs.empty()) {
    hub_->forget_program(given.programs[report.part]);
  }
  if (!trial.same_code_as) correct(trial);  // what was taken over is corrected already
  return finished(complete(trial, request));
}

/// What does not build, or builds to a program that ran already, is a trial; the rest is to be run.
Status FleetMeasurer::take_built(const Report& report, GivenJob& given, Trial trial,
                                 const Finished& finished) {
  const MeasureRequest& request = given.requests[report.part];
  if (trial.verdict != Verdict::valid) return finished(complete(trial, request));
  const Trial* known =
      request.known == nullptr || trial.code_hash.empty() ? nullptr : request.known->find(trial.code_hash);
  if (known != nullptr) {
    hub_->forget_program(report.program);
    take_over(trial, *known);
    return finished(complete(trial, request));
  }
  if (report.program.parts == 0)
    return corrupt(fmt::format("the worker {} built a config and stored no program", report.device));
  given.built[report.part] = std::move(trial);
  given.programs[report.part] = report.program;
  given.parts[report.part] = Part::built;
  return {};
}

/// A reference that failed says nothing of how fast its device is; its guard looks after such.
void FleetMeasurer::take_reference(const Report& report) {
  // One that comes again says nothing new.
  uint64_t& last = last_referring_[report.device];
  if (report.job <= last) return;
  last = report.job;
  const auto message = decode(report.body);
  const auto* result = message.ok() ? std::get_if<ResultMessage>(&message.value()) : nullptr;
  if (result == nullptr || result->trial.verdict != Verdict::valid || result->trial.costs.empty()) return;
  equality_.add(report.device, median(result->trial.costs));
  for (const Difference& difference : equality_.take_news())
    if (options_.recovery.event)
      options_.recovery.event(
          {DeviceEventKind::differs, difference.device,
           fmt::format(
               "it takes {:.3f} times as long for the same config ({} of it, with a noise of {:.1f} %); "
               "from now on its costs are divided by that, as the feature {} of its trials says",
               difference.factor, counted(difference.runs, "run"), 100 * difference.noise, kDeviceFactor)});
}

/// Makes costs those of the other devices.
void FleetMeasurer::correct(Trial& trial) const {
  const double factor = equality_.factor(trial.device);
  if (factor == 1 || trial.verdict != Verdict::valid) return;
  for (double& cost : trial.costs) cost /= factor;
  trial.features.set(std::string(kDeviceFactor), factor);
}

/// Lets go of a job whose parts all have an outcome; those that were passed on are given away again.
Status FleetMeasurer::close(uint64_t id, const std::stop_token& stop) {
  const auto found = given_.find(id);
  if (is_open(found->second.parts)) return {};
  GivenJob given = std::move(found->second);
  given_.erase(found);
  const auto has = [&](Part part) { return std::count(given.parts.begin(), given.parts.end(), part) > 0; };
  if (!has(Part::built)) return has(Part::passed) ? give_again(std::move(given), stop) : Status();
  if (!has(Part::passed)) return give_built(std::move(given), stop);
  // Some were built and some are to be: each goes its own way.
  GivenJob left = given;
  for (size_t i = 0; i < given.parts.size(); ++i) {
    if (given.parts[i] == Part::built) left.parts[i] = Part::done;
    if (given.parts[i] == Part::passed) given.parts[i] = Part::done;
  }
  TAMIS_TRY(give_built(std::move(given), stop));
  return give_again(std::move(left), stop);
}

Status FleetMeasurer::take_lost(const LostJob& job, const Finished& finished, const std::stop_token& stop) {
  const auto found = std::find_if(given_.begin(), given_.end(), [&](const auto& given) {
    return given.second.sequence == job.sequence && stream_of(given.second.job.stage) == job.stream;
  });
  if (found == given_.end()) return {};
  GivenJob given = std::move(found->second);
  given_.erase(found);
  (void)hub_->connection().remove_message(stream_of(given.job.stage), given.sequence);
  if (options_.retry.tries_again(Verdict::device_lost, given.job.passes))
    return give_again(std::move(given), stop);
  for (size_t i = 0; i < given.parts.size(); ++i)
    if (given.parts[i] != Part::done) {
      Trial lost = lost_trial(kMostDeliveries);
      TAMIS_TRY(finished(complete(lost, given.requests[i])));
    }
  return {};
}

/// Looks for jobs that were lost without a word: by a server that lost what it had stored, or while nobody
/// heard that it gave one up.
Status FleetMeasurer::look_after(const Shares& shares, const std::stop_token& stop) {
  const int64_t now = monotonic_ns();
  if (now - looked_ns_ < kLookAfterNs || !hub_->connection().connected()) return {};
  looked_ns_ = now;
  const bool idle = shares.devices() > shares.busy_with.size();
  std::vector<uint64_t> lost;
  for (auto& [id, given] : given_) {
    if (shares.busy_with.count(fmt::format("{}.{}", hub_->session(), id)) > 0) {
      given.seen_ns = now;
      given.suspicions = 0;
    }
    if (now - given.seen_ns < kUnseenNs) continue;
    const Result<bool> there = hub_->connection().holds(stream_of(given.job.stage), given.sequence);
    if (!there.ok()) continue;
    if (*there && !idle) {
      given.suspicions = 0;  // it waits for a device
    } else if (++given.suspicions >= (*there ? kStuckSuspicions : kGoneSuspicions)) {
      lost.push_back(id);
    }
  }
  for (const uint64_t id : lost) {
    GivenJob given = std::move(given_.at(id));
    given_.erase(id);
    (void)hub_->connection().remove_message(stream_of(given.job.stage), given.sequence);
    TAMIS_TRY(give_again(std::move(given), stop));
  }
  return {};
}

/// Errors: io where every device that fits is quarantined or drained, and stays so.
Status FleetMeasurer::check_devices(const Shares& shares) {
  if (shares.devices() > 0 || !hub_->connection().connected()) {
    none_since_ns_ = 0;
    return {};
  }
  if (none_since_ns_ == 0) none_since_ns_ = monotonic_ns();
  if (monotonic_ns() - none_since_ns_ < kNoneFitNs) return {};
  if (shares.registered > 0 && shares.quarantined.size() == shares.registered) {
    std::string reasons;
    for (const std::string& reason : shares.quarantined) reasons += (reasons.empty() ? "" : "; ") + reason;
    return io_error(fmt::format(
        "no device of the fleet is left that is fit to be used ({}); what was tried is kept: mend a device, "
        "release it (tamis fleet release DEVICE), then resume",
        reasons));
  }
  if (!shares.unbuilt.empty()) {
    tell_once(
        fmt::format("the devices of type {} only run what others build, and nobody builds for them; start "
                    "`tamis-worker --role build --device-type {}` with the same target",
                    shares.unbuilt.front(), shares.unbuilt.front()));
  } else {
    tell_once("no device of the fleet answers; waiting for a worker to come back");
  }
  return {};
}

}  // namespace tamis::fleet

namespace tamis {

Result<MeasurerFactory> make_fleet_measurers(const FleetTuning& tuning) {
  const auto open = [&] {
    const SignalShield shield;  // the threads of the connection are not to take what stops the caller
    return fleet::Hub::open(tuning);
  };
  TAMIS_ASSIGN(const std::shared_ptr<fleet::Hub> hub, open());
  return MeasurerFactory([hub](const SharedTask& task,
                               const MeasureOptions& options) -> Result<std::unique_ptr<Measurer>> {
    if (options.only_build || !options.save_programs.empty())
      return unsupported("a fleet neither saves programs nor only builds them; do so on this machine");
    if (!options.recovery.reset_command.empty())
      return invalid_input("a reset command is its worker's own: give it to tamis-worker");
    MeasureOptions checked = options;
    checked.jobs = 1;  // how many there are is the fleet's to say
    TAMIS_TRY(check_options(*task, checked));
    TAMIS_ASSIGN(fleet::Fit fit, hub->fit_for(*task));
    TAMIS_ASSIGN(std::string digest, hub->add_task(*task, checked));
    TAMIS_TRY(hub->announce(fmt::format("{} on {}", to_spec(task->workload()), task->identity().kind), fit));
    return std::unique_ptr<Measurer>(
        std::make_unique<fleet::FleetMeasurer>(hub, task, checked, std::move(digest), std::move(fit)));
  });
}

}  // namespace tamis

#include "fleet/hub.h"

#include "base/clock.h"
#include "base/json.h"
#include "fleet/known_elsewhere.h"
#include "fleet/pool.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace tamis::fleet {
namespace {

using std::chrono::milliseconds;

/// How long a tuner waits for a result before it looks whether it is to end.
constexpr milliseconds kEar{250};
/// So often in a row it may fail to.
constexpr int kMostEarFailures = 40;
/// How often the devices are looked at.
constexpr int64_t kLookNs = 1'000'000'000;
/// How often the consumer of results is made again where it has gone.
constexpr int kBeatsPerMend = 5;

Status check_tuning(const FleetTuning& tuning) {
  for (const std::string& type : tuning.device_types) TAMIS_TRY(check_name(type, "the device type", false));
  if (tuning.priority < 1 || tuning.priority > 1000)
    return invalid_input(
        fmt::format("the priority {} of a tuner must lie between 1 and 1000", tuning.priority));
  return {};
}

/// Whether a device is of the kind that a task is for.
bool is_kin(const DeviceRecord& device, const TaskIdentity& identity) {
  if (!device.identity.empty()) return device.identity == to_string(identity);
  return device.target.substr(0, device.target.find(':')) == identity.kind;
}

/// How a device differs that is not of the tuner's pool.
std::string difference(const DeviceRecord& device, const TaskIdentity& identity, bool signs) {
  if (device.protocol != kProtocolVersion)
    return fmt::format("its worker speaks protocol version {} and this tamis {}; use programs of one release",
                       device.protocol, kProtocolVersion);
  if (!is_kin(device, identity))
    return fmt::format(
        "it is a \"{}\", and the task is for \"{}\"; name the target that it has, or another "
        "--device-type",
        device.identity.empty() ? device.target : device.identity, to_string(identity));
  if (device.signs && !signs) return "its worker has a key of the fleet; name it here too (--fleet-key FILE)";
  if (!device.signs && signs)
    return "its worker has no key of the fleet, and this tuner has; give it the key (--fleet-key FILE)";
  return "its worker has another key of the fleet (--fleet-key FILE), or other settings of the target";
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// How many of so many devices' jobs are a tuner's, so that all tuners together keep them at work, and each
/// by its priority: the least number of jobs that is a multiple of what makes all shares whole.
size_t jobs_of(size_t devices, const std::vector<int>& priorities, int own) {
  if (devices == 0) return 0;
  int divisor = 0;
  for (const int priority : priorities) divisor = std::gcd(divisor, priority);
  const auto parts =
      static_cast<size_t>(std::accumulate(priorities.begin(), priorities.end(), 0) / std::max(1, divisor));
  const auto mine = static_cast<size_t>(own / std::max(1, divisor));
  if (parts == 0) return devices;
  // Unwieldy priorities are rounded.
  if (parts > 4 * devices + 4) return std::max<size_t>(1, (devices * mine + parts / 2) / parts);
  return (devices + parts - 1) / parts * mine;
}

}  // namespace

Result<std::shared_ptr<Hub>> Hub::open(const FleetTuning& tuning) {
  TAMIS_TRY(check_tuning(tuning));
  TAMIS_ASSIGN(Key key, Key::load(tuning.address.key_file));
  TAMIS_ASSIGN(std::shared_ptr<Connection> connection,
               Connection::open(tuning.address, {"tamis tuner", "tuner"}));
  TAMIS_ASSIGN(Buckets buckets, ensure_layout(*connection));
  std::shared_ptr<Hub> hub(new Hub(tuning, std::move(key), std::move(connection), std::move(buckets)));
  TAMIS_TRY(hub->begin());
  return hub;
}

Hub::Hub(const FleetTuning& tuning, Key key, std::shared_ptr<Connection> connection, Buckets buckets)
    : tuning_(tuning),
      session_(new_id()),
      key_(std::move(key)),
      connection_(std::move(connection)),
      buckets_(std::move(buckets)) {
  record_.name = tuning.name.empty() ? fmt::format("{}-{}", host_name(), ::getpid()) : tuning.name;
  record_.priority = tuning.priority;
}

Status Hub::begin() {
  TAMIS_TRY(connection_->ensure(results_of_session(session_)));
  TAMIS_ASSIGN(questions_, connection_->listen(known_subject(session_), [this](const Incoming& question) {
    const std::scoped_lock lock(known_mutex_);
    const Trial* trial = known_ == nullptr ? nullptr : known_->find(std::string(question.body()));
    connection_->answer(question, answer_of(trial));
  }));
  TAMIS_ASSIGN(lost_jobs_, hear_lost_jobs(kJobsStream));
  TAMIS_ASSIGN(lost_builds_, hear_lost_jobs(kBuildsStream));
  TAMIS_ASSIGN(lost_runs_, hear_lost_jobs(kRunsStream));
  pulse_ = std::jthread([this](const std::stop_token& stop) { beat(stop); });
  ear_ = std::jthread([this](const std::stop_token& stop) { hear_results(stop); });
  return {};
}

/// What the server says of messages of a stream that it gives away no more.
Result<std::unique_ptr<Listening>> Hub::hear_lost_jobs(const std::string& stream) {
  return connection_->listen(fmt::format("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{}.*", stream),
                             [this, stream](const Incoming& advisory) {
                               const auto json = parse_json(advisory.body(), "an advisory");
                               if (!json.ok() || !json->is_object()) return;
                               const auto found = json->find("stream_seq");
                               if (found == json->end() || !found->is_number_unsigned()) return;
                               tell(LostJob{stream, found->get<uint64_t>()});
                             });
}

Hub::~Hub() {
  pulse_ = {};
  ear_ = {};
  questions_.reset();
  lost_jobs_.reset();
  lost_builds_.reset();
  lost_runs_.reset();
  if (!connection_->connected()) return;  // all that is left passes by itself
  take_back_jobs();
  (void)buckets_.tuners.remove(session_);
  (void)connection_->remove_consumer(kResultsStream, session_);
  (void)connection_->purge(kResultsStream, result_subject(session_));
}

Result<std::string> Hub::add_task(const Task& task, const MeasureOptions& options) {
  const std::string text = to_text(make_task_record(task, options));
  const std::string digest = digest_of(text);
  TAMIS_TRY(buckets_.tasks.put(digest, text));
  const std::scoped_lock lock(mutex_);
  tasks_[digest] = text;
  return digest;
}

Result<Fit> Hub::fit_for(const Task& task) {
  TAMIS_ASSIGN(const std::vector<Bucket::Entry> entries, buckets_.devices.all());
  TAMIS_ASSIGN(const std::vector<Bucket::Entry> leases, buckets_.leases.all());
  Fit fit{{}, pool_of(nature_of(task.target()), key_)};
  std::string others;
  const std::vector<std::string>& named = tuning_.device_types;
  for (const Bucket::Entry& entry : entries) {
    const auto device = read_device_record(entry.value);
    if (!device.ok() || device->ended) continue;
    if (!named.empty() && !has(named, device->type)) continue;
    if (device->pool == fit.pool) {
      if (!has(fit.types, device->type)) fit.types.push_back(device->type);
    } else if (find_entry(leases, entry.key) != nullptr) {  // one that is silent may come back as another
      others += fmt::format("{}{} of type {}: {}", others.empty() ? "" : "; ", entry.key, device->type,
                            difference(*device, task.identity(), key_.present()));
    }
  }
  if (!fit.types.empty()) return fit;
  const std::string wanted = named.empty() ? to_string(task.identity()) : "type " + named.front();
  if (!others.empty())
    return unsupported(
        fmt::format("the fleet at {} has no device that fits {} ({})", connection_->url(), wanted, others));
  return not_found(
      fmt::format("the fleet at {} has no device for {}; start `tamis-worker --fleet {} --device-type "
                  "NAME` on a machine that has one",
                  connection_->url(), wanted, connection_->url()));
}

size_t Shares::devices() const {
  size_t all = 0;
  for (const QueueShare& share : queues) all += share.devices;
  return all;
}

/// The share of the devices of a type that build and run, or of those that only run.
QueueShare Hub::share_of(const Fit& fit, const std::string& type, Stage stage, const Roll& roll,
                         Shares& shares) {
  QueueShare share;
  share.queue = queue_of(type, fit.pool);
  share.stage = stage;
  bool any_runs = false;
  for (const Bucket::Entry& entry : roll.devices) {
    const auto device = read_device_record(entry.value);
    if (!device.ok() || device->type != type || device->pool != fit.pool || device->ended) continue;
    const bool builds = device->role == FleetRole::build;
    if (!builds && (device->role == FleetRole::run) != (stage == Stage::run)) continue;
    if (!builds) ++shares.registered;
    if (const Bucket::Entry* order = find_entry(roll.orders, entry.key); order != nullptr) {
      const auto read = read_order_record(order->value);
      if (read.ok() && !builds) shares.quarantined.push_back(fmt::format("{}: {}", entry.key, read->reason));
      continue;
    }
    const Bucket::Entry* lease = find_entry(roll.leases, entry.key);
    if (lease == nullptr) continue;
    ++(builds ? share.builders : share.devices);
    any_runs = any_runs || !builds;
    const auto held = read_lease_record(lease->value);
    if (held.ok() && held->job > 0) shares.busy_with.insert(fmt::format("{}.{}", held->session, held->job));
  }
  if (stage == Stage::run && share.builders == 0) {
    if (any_runs) shares.unbuilt.push_back(type);
    share.devices = 0;
  }
  if (stage == Stage::whole) share.builders = 0;
  std::vector<int> priorities;
  bool listed = false;
  for (const Bucket::Entry& entry : roll.tuners) {
    const auto tuner = read_tuner_record(entry.value);
    if (!tuner.ok() || !has(tuner->queues, share.queue)) continue;
    priorities.push_back(tuner->priority);
    listed = listed || entry.key == session_;
  }
  if (!listed) priorities.push_back(tuning_.priority);
  share.alone = priorities.size() == 1;
  share.jobs = jobs_of(share.devices, priorities, tuning_.priority);
  return share;
}

Shares Hub::shares(const Fit& fit) {
  const std::scoped_lock lock(shares_mutex_);
  const bool same = shares_of_.types == fit.types && shares_of_.pool == fit.pool;
  if (same && monotonic_ns() - shares_ns_ < kLookNs) return shares_;
  if (!connection_->connected()) return shares_;
  auto devices = buckets_.devices.all();
  auto leases = buckets_.leases.all();
  auto orders = buckets_.orders.all();
  auto faults = buckets_.faults.all();
  auto tuners = buckets_.tuners.all();
  // In an outage all stays as it was.
  if (!devices.ok() || !leases.ok() || !orders.ok() || !faults.ok() || !tuners.ok()) return shares_;
  orders->insert(orders->end(), faults->begin(), faults->end());
  const Roll roll{std::move(*devices), std::move(*leases), std::move(*orders), std::move(*tuners)};
  Shares now;
  for (const std::string& type : fit.types)
    for (const Stage stage : {Stage::whole, Stage::run})
      now.queues.push_back(share_of(fit, type, stage, roll, now));
  shares_ = std::move(now);
  shares_of_ = fit;
  shares_ns_ = monotonic_ns();
  return shares_;
}

Status Hub::announce(const std::string& task, const Fit& fit) {
  {
    const std::scoped_lock lock(mutex_);
    record_.task = task;
    record_.device_types = fit.types;
    record_.queues.clear();
    for (const std::string& type : fit.types) record_.queues.push_back(queue_of(type, fit.pool));
    announced_ = true;
  }
  return put_record();
}

Status Hub::put_record() {
  std::string text;
  {
    const std::scoped_lock lock(mutex_);
    if (!announced_) return {};
    text = to_text(record_);
  }
  return buckets_.tuners.put(session_, text);
}

void Hub::forget_program(const ProgramPlace& place) {
  // It passes by itself, too.
  if (connection_->connected()) (void)remove_program(buckets_.programs, place);
}

uint64_t Hub::next_job() {
  const std::scoped_lock lock(mutex_);
  return ++last_job_;
}

void Hub::give_up() {
  {
    const std::scoped_lock lock(mutex_);
    record_.given_up_below = last_job_ + 1;
    news_.clear();
  }
  if (!connection_->connected()) return;  // the next pulse says it
  (void)put_record();
  take_back_jobs();
}

void Hub::take_back_jobs() {
  for (const Stage stage : {Stage::whole, Stage::build, Stage::run})
    (void)connection_->purge(stream_of(stage), job_subject(stage, "*", session_));
}

std::optional<News> Hub::next_news(milliseconds patience, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, patience, [this] { return !news_.empty(); });
  if (news_.empty()) return std::nullopt;
  News news = std::move(news_.front());
  news_.pop_front();
  return news;
}

void Hub::set_known(const KnownPrograms* known) {
  const std::scoped_lock lock(known_mutex_);
  known_ = known;
}

void Hub::tell(News news) {
  const std::scoped_lock lock(mutex_);
  news_.push_back(std::move(news));
  changed_.notify_all();
}

void Hub::hear_results(const std::stop_token& stop) {
  std::optional<Pulling> pulling;
  int failures = 0;
  while (!stop.stop_requested()) {
    if (!pulling) {
      Result<Pulling> made = connection_->pull(results_of_session(session_));
      if (!made.ok()) {
        // A server that begins anew needs a moment.
        if (++failures > kMostEarFailures) tell(made.error());
        std::this_thread::sleep_for(kEar);
        continue;
      }
      pulling.emplace(std::move(*made));
    }
    std::optional<Incoming> message = pulling->next(kEar);
    if (!message) continue;
    Result<Report> report = decode_report(*message, key_);
    message->acknowledge_soon();
    if (report.ok()) {
      tell(std::move(*report));
    } else if (report.error().kind == ErrorKind::unsupported) {
      take_unsigned();
    }
  }
}

/// A message that is not signed with the key says nothing: workers without it have other queues.
void Hub::take_unsigned() {
  if (std::exchange(told_unsigned_, true)) return;
  Report note;
  note.kind = ReportKind::event;
  note.body =
      to_text(DeviceEvent{DeviceEventKind::reference, "fleet",
                          "messages that are not signed with the fleet's key come in, and are ignored"});
  tell(std::move(note));
}

void Hub::beat(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  for (int beats = 1; !stop.stop_requested(); ++beats) {
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, kPulse, [] { return false; });
    if (stop.stop_requested() || !connection_->connected()) continue;
    (void)put_record();
    if (beats % kBeatsPerMend == 0) mend();
  }
}

/// A server that lost what it had stored gets it again.
void Hub::mend() {
  if (!ensure_layout(*connection_).ok()) return;
  (void)connection_->ensure(results_of_session(session_));
  std::map<std::string, std::string> tasks;
  {
    const std::scoped_lock lock(mutex_);
    tasks = tasks_;
  }
  for (const auto& [digest, text] : tasks) {
    const auto there = buckets_.tasks.get(digest);
    if (there.ok() && !there->has_value()) (void)buckets_.tasks.put(digest, text);
  }
}

}  // namespace tamis::fleet

#pragma once

#include "fleet/connection.h"

#include <chrono>
#include <string>

namespace tamis::fleet {

/// How a fleet lies on its server (NATS 2.9 with JetStream):
///
///     stream TAMIS_JOBS       tamis.jobs.QUEUE.SESSION    what is to be built and run
///     stream TAMIS_BUILDS     tamis.builds.QUEUE.SESSION  what is to be built for devices that only run
///     stream TAMIS_RUNS       tamis.runs.QUEUE.SESSION    what they are to run
///     stream TAMIS_RESULTS    tamis.results.SESSION       what came of it
///     bucket TAMIS_TASKS      DIGEST            what configs are of, as jobs name it (TaskRecord)
///     bucket TAMIS_PROGRAMS   SESSION.JOB.PART  programs that were built for others
///     bucket TAMIS_DEVICES    DEVICE            what a device is (DeviceRecord)
///     bucket TAMIS_LEASES     DEVICE            who has it and how it is (LeaseRecord)
///     bucket TAMIS_ORDERS     DEVICE            what operators want of it (OrderRecord)
///     bucket TAMIS_FAULTS     DEVICE            why its own worker lets it rest (OrderRecord)
///     bucket TAMIS_TUNERS     SESSION           who tunes (TunerRecord)
///     subject tamis.known.SESSION               which trial ran a program; nothing is stored
///
/// The streams are work queues, with one consumer a type or a session. Leases and tuners pass unless they are
/// renewed.
///
/// SESSION is the id of one run of a tuner, QUEUE a device type and what its workers have in common
/// (queue_of). The log of the tuner is the truth: all of this may be lost, and tuning goes on when it is
/// resumed.
inline constexpr const char* kJobsStream = "TAMIS_JOBS";
inline constexpr const char* kBuildsStream = "TAMIS_BUILDS";
inline constexpr const char* kRunsStream = "TAMIS_RUNS";
inline constexpr const char* kResultsStream = "TAMIS_RESULTS";

/// How long a worker has a job, and a device, without saying that it is at it.
inline constexpr std::chrono::milliseconds kLease{6'000};
/// How often it says so, and looks for orders.
inline constexpr std::chrono::milliseconds kPulse{2'000};
/// How often a job is given away: to so many workers that died with it, or lost it in an outage.
inline constexpr int kMostDeliveries = 10;

/// So many messages a stream holds at most.
inline constexpr int64_t kMostMessages = 1'000'000;
inline constexpr std::chrono::hours kJobsKept{24 * 7};
inline constexpr StreamPlan kJobs = {kJobsStream, "tamis.jobs.*.*", js_WorkQueuePolicy, kJobsKept,
                                     kMostMessages};
inline constexpr StreamPlan kBuilds = {kBuildsStream, "tamis.builds.*.*", js_WorkQueuePolicy, kJobsKept,
                                       kMostMessages};
inline constexpr StreamPlan kRuns = {kRunsStream, "tamis.runs.*.*", js_WorkQueuePolicy, kJobsKept,
                                     kMostMessages};
inline constexpr StreamPlan kResults = {kResultsStream, "tamis.results.*", js_WorkQueuePolicy,
                                        std::chrono::hours(24), int64_t{1} << 30};

inline constexpr BucketPlan kTasks = {"TAMIS_TASKS", std::chrono::hours(24 * 7)};
inline constexpr BucketPlan kPrograms = {"TAMIS_PROGRAMS", std::chrono::hours(1)};
inline constexpr BucketPlan kDevices = {"TAMIS_DEVICES", std::chrono::seconds(0)};
inline constexpr BucketPlan kLeases = {"TAMIS_LEASES", std::chrono::seconds(10)};
inline constexpr BucketPlan kOrders = {"TAMIS_ORDERS", std::chrono::seconds(0)};
inline constexpr BucketPlan kFaults = {"TAMIS_FAULTS", std::chrono::seconds(0)};
inline constexpr BucketPlan kTuners = {"TAMIS_TUNERS", std::chrono::seconds(15)};

/// What is to be done with the tries of a job.
enum class Stage {
  whole,  ///< build and run
  build,  ///< build, for a device that only runs
  run,    ///< run what was built
};

/// Where the jobs of a stage lie.
const char* stream_of(Stage stage);
/// `tamis.jobs.QUEUE.SESSION`, `tamis.builds.`..., `tamis.runs.`...; `*` stands for all queues or sessions.
std::string job_subject(Stage stage, const std::string& queue, const std::string& session);
/// `tamis.results.SESSION`.
std::string result_subject(const std::string& session);
/// `tamis.known.SESSION`.
std::string known_subject(const std::string& session);

/// The consumer that all workers pull from that do the same for a queue.
ConsumerPlan jobs_of_queue(Stage stage, const std::string& queue);
/// The consumer that a tuner pulls its results from.
ConsumerPlan results_of_session(const std::string& session);

/// The buckets of a fleet.
struct Buckets {
  Bucket tasks;
  Bucket programs;
  Bucket devices;
  Bucket leases;
  Bucket orders;
  Bucket faults;
  Bucket tuners;
};

/// Makes the streams and buckets that are not there. Errors: io, and where this side may not make them.
Result<Buckets> ensure_layout(Connection& connection);

/// Whether a text may be the name of a device or of a type, which stand in subjects and keys: letters,
/// digits,
/// `-` and `_`, for devices `.` too, at most 64. Errors: invalid_input; `what` is "the device type".
Status check_name(const std::string& name, const char* what, bool with_points);

/// A new id of a session: letters and digits, another each time.
std::string new_id();

/// Tells apart machines, their starts, and containers: where it is the same, so are the ids of processes.
std::string machine_id();

/// This machine's name, fit for device names.
std::string host_name();

}  // namespace tamis::fleet

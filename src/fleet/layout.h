#pragma once

#include "fleet/connection.h"

#include <chrono>
#include <string>

namespace tamis::fleet {

/// How a fleet lies on its server (NATS 2.9 with JetStream):
///
///     stream TAMIS_JOBS       tamis.jobs.TYPE.SESSION    what is to be tried
///     stream TAMIS_BUILDS     tamis.builds.TYPE.SESSION  what is to be built for devices that only run
///     stream TAMIS_RESULTS    tamis.results.SESSION      what came of it
///     bucket TAMIS_TASKS      DIGEST            what configs are of, as jobs name it (TaskRecord)
///     bucket TAMIS_PROGRAMS   SESSION.JOB.PART  programs that were built for others
///     bucket TAMIS_DEVICES    DEVICE            what a device is (DeviceRecord)
///     bucket TAMIS_LEASES     DEVICE            who has it and how it is (LeaseRecord)
///     bucket TAMIS_ORDERS     DEVICE            what operators want of it (OrderRecord)
///     bucket TAMIS_TUNERS     SESSION           who tunes (TunerRecord)
///     subject tamis.known.SESSION               which trial ran a program; nothing is stored
///
/// The streams are work queues, with one consumer a type or a session. Leases and tuners pass unless they are
/// renewed.
///
/// SESSION is the id of one run of a tuner, TYPE a device type. The log of the tuner is the truth: all of
/// this may be lost, and tuning goes on when it is resumed.
inline constexpr const char* kJobsStream = "TAMIS_JOBS";
inline constexpr const char* kBuildsStream = "TAMIS_BUILDS";
inline constexpr const char* kResultsStream = "TAMIS_RESULTS";

/// How long a worker has a job, and a device, without saying that it is at it.
inline constexpr std::chrono::milliseconds kLease{6'000};
/// How often it says so, and looks for orders.
inline constexpr std::chrono::milliseconds kPulse{2'000};
/// How often a job is given away: to so many workers that died with it, or lost it in an outage.
inline constexpr int kMostDeliveries = 10;

inline constexpr StreamPlan kJobs = {kJobsStream, "tamis.jobs.*.*", js_WorkQueuePolicy,
                                     std::chrono::hours(24 * 7), int64_t{1} << 30};
inline constexpr StreamPlan kBuilds = {kBuildsStream, "tamis.builds.*.*", js_WorkQueuePolicy,
                                       std::chrono::hours(24 * 7), int64_t{1} << 30};
inline constexpr StreamPlan kResults = {kResultsStream, "tamis.results.*", js_WorkQueuePolicy,
                                        std::chrono::hours(24), int64_t{1} << 30};

inline constexpr BucketPlan kTasks = {"TAMIS_TASKS", std::chrono::hours(24 * 7)};
inline constexpr BucketPlan kPrograms = {"TAMIS_PROGRAMS", std::chrono::hours(1)};
inline constexpr BucketPlan kDevices = {"TAMIS_DEVICES", std::chrono::seconds(0)};
inline constexpr BucketPlan kLeases = {"TAMIS_LEASES", std::chrono::seconds(10)};
inline constexpr BucketPlan kOrders = {"TAMIS_ORDERS", std::chrono::seconds(0)};
inline constexpr BucketPlan kTuners = {"TAMIS_TUNERS", std::chrono::seconds(15)};

/// `tamis.jobs.TYPE.SESSION`; `*` stands for all of either.
std::string job_subject(const std::string& type, const std::string& session);
/// `tamis.builds.TYPE.SESSION`, likewise.
std::string build_subject(const std::string& type, const std::string& session);
/// `tamis.results.SESSION`.
std::string result_subject(const std::string& session);
/// `tamis.known.SESSION`.
std::string known_subject(const std::string& session);

/// The consumer that all workers of a type pull from.
ConsumerPlan jobs_of_type(const std::string& type);
/// The consumer that all workers pull from that build for a type.
ConsumerPlan builds_of_type(const std::string& type);
/// The consumer that a tuner pulls its results from.
ConsumerPlan results_of_session(const std::string& session);

/// The buckets of a fleet.
struct Buckets {
  Bucket tasks;
  Bucket programs;
  Bucket devices;
  Bucket leases;
  Bucket orders;
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

/// This machine's name, fit for device names.
std::string host_name();

}  // namespace tamis::fleet

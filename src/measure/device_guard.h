#pragma once

#include "measure/job_pool.h"
#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/target.h"
#include "tamis/trial.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tamis {

/// What a guard reaches its device through. Used by one thread at a time.
class DeviceLink {
 public:
  virtual ~DeviceLink() = default;
  /// Makes ready to try configs. Errors: interrupted when `stop` came first; there is no such device, or what
  /// runs configs on it does not start.
  virtual Status open(const std::stop_token& stop) = 0;
  /// Tries a config once; only after open() succeeded. Nothing when what runs configs had ended before it got
  /// this one: open() then starts it anew. Errors: interrupted when `stop` came first; else no config can be
  /// tried any more.
  virtual Result<std::optional<Trial>> try_config(const MeasureRequest& request,
                                                  const std::stop_token& stop) = 0;
  /// Lets go of the device, so that it is opened anew.
  virtual void close() = 0;
  /// What people should know of what results are compared with, and were not told yet.
  virtual std::vector<std::string> take_notices() { return {}; }
};

/// The name that the user gave to the device of a slot; empty where there is none (TargetTraits::devices).
std::string device_name(const Target& target, size_t slot);

struct GuardOptions {
  DeviceRecovery recovery;
  RetryPolicy retry;
  std::string device;        ///< the name that the user gave it; empty: none
  size_t slot = 0;           ///< DeviceOptions::slot
  bool quarantines = false;  ///< whether a device that cannot be opened is left out instead of an error
};

/// Tries configs on one device and keeps it fit:
///
///     try ──► valid ──────────────────────────────► report it, with all that was held back
///      ├────► failed ──► again, where asked for ──► hold it back till the device is known to be fit
///      │                                             (failed kFailuresInARow times: ask the canary)
///      └────► hung or lost ──► reset ──► canary ──► fit: report
///                                 └─────────┴─────► unfit: quarantine, requeue what it called failures
///
/// Only with a canary is anything held back, and never longer than there is something to try for the device;
/// then one that was never seen to be fit is asked for its canary too
/// (docs/explanation/device-recovery). How often a config is tried is RetryPolicy's to say. Used by one
/// thread at a time.
class DeviceGuard {
 public:
  /// After so many failures in a row a device is suspected.
  static constexpr size_t kFailuresInARow = 3;
  /// After it was lost so many times in a row a device is quarantined: no config is to blame for that.
  static constexpr size_t kLostInARow = 10;

  DeviceGuard(GuardOptions options, std::unique_ptr<DeviceLink> link);

  /// As JobWork::attempt.
  Result<JobResult> attempt(const Assignment& next, const std::stop_token& stop);
  /// As JobWork::settle.
  JobResult settle(const std::stop_token& stop);
  /// As settle(), where more is to come: a device that failed the first config after one that passed is asked
  /// for its canary, since it has time.
  JobResult pause(const std::stop_token& stop);
  /// Lets go of the device until the next attempt.
  void rest() { link_->close(); }
  /// Why the device is used no more; nothing as long as it is.
  const std::optional<std::string>& quarantine_reason() const { return quarantine_reason_; }
  /// Whether it is used no more because what runs configs on it could not be started: the task's limits may
  /// be to blame, and not the device.
  bool could_not_be_opened() const { return could_not_be_opened_; }
  /// Its name, or `device 0` where it has none.
  const std::string& label() const { return label_; }

 private:
  /// A failure that is not believed yet.
  struct PendingFailure {
    Assignment of;
    Trial trial;
  };
  enum class Fitness {
    fit,      ///< it was fit all along
    mended,   ///< only a reset made it fit
    unfit,    ///< it is to be used no more
    unknown,  ///< a stop came first
  };

  Status open(const std::stop_token& stop, JobResult& result);
  Error give_up_delivering(JobResult& result);
  Result<std::optional<Trial>> try_until_agreed(const MeasureRequest& request, const std::stop_token& stop,
                                                JobResult& result);
  void classify(PendingFailure failure, const std::stop_token& stop, JobResult& result);
  Fitness examine(const Trial& trial, const std::stop_token& stop, JobResult& result);
  void finish(Fitness fitness, JobResult& result);
  void release(bool believed, JobResult& result);
  void accept(PendingFailure failure, JobResult& result);
  void requeue(PendingFailure failure, JobResult& result);
  void quarantine(JobResult& result);
  /// Resets the device. Errors: interrupted by a stop; else it failed, as `complaint_` says.
  Status reset(const std::string& reason, const std::stop_token& stop, JobResult& result);
  /// Errors: interrupted by a stop; else the device failed it, as `complaint_` says.
  Status ask_canary(const std::stop_token& stop, JobResult& result);
  /// Why it is suspected after such a trial.
  std::string because_of(const Trial& trial) const;

  GuardOptions options_;
  std::unique_ptr<DeviceLink> link_;
  std::string label_;
  std::vector<PendingFailure> held_;
  size_t failures_in_a_row_ = 0;
  size_t lost_in_a_row_ = 0;
  bool known_fit_ = false;  ///< whether it ever ran a config as it should
  std::string complaint_;   ///< what is wrong with the device
  std::optional<std::string> quarantine_reason_;
  bool could_not_be_opened_ = false;
};

/// Runs a line for the shell that brings a device back, in a session of its own, with the device's name in
/// TAMIS_DEVICE. Errors: interrupted when `stop` was requested first, which kills it; io, with the end of
/// what it wrote, when it fails or has not ended after the deadline, which kills it too. Thread safe.
Status reset_device(const std::string& command, const std::string& device, std::chrono::milliseconds deadline,
                    std::stop_token stop);

}  // namespace tamis

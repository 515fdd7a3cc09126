#pragma once

#include "base/result.h"
#include "measure/device_event.h"
#include "measure/job_pool.h"
#include "measure/measurer.h"
#include "trial/trial.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tamis {

/// What a keeper reaches its device through. Used by one thread at a time.
class DeviceLink {
 public:
  virtual ~DeviceLink() = default;
  /// Makes ready to try configs; false when `stop` came first. Errors: there is no such device, or what runs
  /// configs on it does not start.
  virtual Result<bool> open(const std::stop_token& stop) = 0;
  /// Tries a config once. Nothing when `stop` came first. Errors: no config can be tried any more.
  virtual Result<std::optional<Trial>> try_config(const MeasureRequest& request,
                                                  const std::stop_token& stop) = 0;
  /// Lets go of the device, so that it is opened anew.
  virtual void close() = 0;
};

struct KeeperOptions {
  DeviceRecovery care;
  std::string device;        ///< the name that the user gave it; empty: none
  size_t slot = 0;           ///< DeviceOptions::slot
  size_t lost_retries = 2;   ///< MeasureOptions::device_lost_retries
  bool quarantines = false;  ///< whether a device that cannot be opened is left out instead of an error
};

/// Tries configs on one device and takes care of it:
///
///     try ──► valid ──────────────────────────────► report it, with all that was held back
///      ├────► failed ──► again, where asked for ──► hold it back till the device is known to be fit
///      │                                             (failed kFailuresInARow times: ask the canary)
///      └────► hung or lost ──► reset ──► canary ──► fit: report
///                                 └─────────┴─────► unfit: quarantine, pass on what it called failures
///
/// Only with a canary is anything held back, and never longer than there is something to try for the device;
/// then one that was never seen to be fit is asked for its canary too
/// (docs/explanation/device-care). Used by one thread at a time.
class DeviceGuard {
 public:
  /// After so many failures in a row a device is suspected.
  static constexpr size_t kFailuresInARow = 3;
  /// After it was lost so many times in a row a device is used no more: no config is to blame for that.
  static constexpr size_t kLostInARow = 10;
  /// A failure that was passed on so often is believed.
  static constexpr size_t kMostPasses = 2;

  DeviceGuard(KeeperOptions options, std::unique_ptr<DeviceLink> link);

  /// As JobWork::attempt.
  Result<JobResult> attempt(const MeasureRequest& request, size_t passes, const std::stop_token& stop);
  /// As JobWork::settle.
  JobResult settle(const std::stop_token& stop);
  /// Why the device is used no more; nothing as long as it is.
  const std::optional<std::string>& quarantine() const { return quarantine_; }
  /// Its name, or `device 0` where it has none.
  const std::string& label() const { return label_; }

 private:
  /// A failure on its way to being believed.
  struct PendingFailure {
    const MeasureRequest* request = nullptr;
    size_t passes = 0;
    Trial trial;
  };
  enum class Fitness {
    fit,      ///< it was fit all along
    mended,   ///< only a reset made it fit
    unfit,    ///< it is to be used no more
    unknown,  ///< a stop came first
  };

  Result<bool> open(const std::stop_token& stop, JobResult& turn);
  Result<std::optional<Trial>> try_agreeing(const MeasureRequest& request, const std::stop_token& stop,
                                            JobResult& turn);
  void conclude(Fitness fitness, JobResult& turn);
  void release(bool believed, JobResult& turn);
  void judge(PendingFailure suspect, const std::stop_token& stop, JobResult& turn);
  Fitness examine(const Trial& trial, const std::stop_token& stop, JobResult& turn);
  /// Whether the device is fit again; nothing when stopped. A failed reset is in `complaint`.
  std::optional<bool> reset(const std::string& reason, const std::stop_token& stop, JobResult& turn);
  std::optional<bool> ask_canary(const std::stop_token& stop, JobResult& turn);
  void believe(PendingFailure suspect, JobResult& turn);
  void doubt(PendingFailure suspect, JobResult& turn);
  void retire(JobResult& turn);
  /// Why it is suspected after such a trial.
  std::string because_of(const Trial& trial) const;

  KeeperOptions options_;
  std::unique_ptr<DeviceLink> link_;
  std::string label_;
  std::vector<PendingFailure> held_;
  size_t failures_in_a_row_ = 0;
  size_t lost_in_a_row_ = 0;
  bool known_fit_ = false;  ///< whether it ever ran a config as it should
  std::string complaint_;   ///< what is wrong with the device
  std::optional<std::string> quarantine_;
};

}  // namespace tamis

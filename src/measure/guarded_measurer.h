#pragma once

#include "measure/device_guard.h"
#include "measure/job_pool.h"
#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/target.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

namespace tamis {

/// The measurer of both kinds of links: every job has a guarded device of its own, and what a device that is
/// quarantined leaves undone is tried on the others.
class GuardedMeasurer final : public Measurer {
 public:
  /// `links` lead to the devices of the slots 0, 1, ..., one per job; at least one.
  GuardedMeasurer(const Target& target, const MeasureOptions& options,
                  std::vector<std::unique_ptr<DeviceLink>> links);

  Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                 std::stop_token stop) override;
  Status measure_from(RequestSource& source, const std::function<Status(Trial)>& finished,
                      std::stop_token stop) override;
  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override;
  void rest() override;

 private:
  Status run(std::span<const MeasureRequest> requests, size_t jobs,
             const std::function<Status(Trial)>& finished, const std::stop_token& stop);
  JobWork work();
  std::vector<size_t> fit_devices() const;
  Error none_left() const;

  std::function<void(const DeviceEvent&)> listener_;
  std::stop_token finish_under_way_;
  std::vector<DeviceGuard> guards_;  // one per job
};

}  // namespace tamis

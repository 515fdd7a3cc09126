#include "measure/guarded_measurer.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tamis {

GuardedMeasurer::GuardedMeasurer(const Target& target, const MeasureOptions& options,
                                 std::vector<std::unique_ptr<DeviceLink>> links)
    : listener_(options.recovery.event), finish_under_way_(options.finish_under_way) {
  GuardOptions guard;
  guard.recovery = options.recovery;
  guard.retry = options.retry;
  // Whoever prepares for faulty devices expects that one may be away.
  guard.quarantines = options.recovery.canary || !options.recovery.reset_command.empty() ||
                      target.traits().devices.size() > 1;
  for (; guard.slot < links.size(); ++guard.slot) {
    guard.device = device_name(target, guard.slot);
    guards_.emplace_back(guard, std::move(links[guard.slot]));
  }
}

Status GuardedMeasurer::measure(std::span<const MeasureRequest> requests,
                                const std::function<Status(Trial)>& finished, std::stop_token stop) {
  return run(requests, guards_.size(), finished, stop);
}

/// Whatever a quarantined device leaves undone goes to the others, as every one that is fit takes part; what
/// is left in the end was left by all of them.
Status GuardedMeasurer::measure_from(RequestSource& source, const std::function<Status(Trial)>& finished,
                                     std::stop_token stop) {
  const std::vector<size_t> fit = fit_devices();
  if (fit.empty()) return none_left();
  SourcedRequests requests(source);
  TAMIS_TRY(run_jobs(requests, fit, work(), {finished, listener_}, stop));
  return requests.under_way() == 0 || stop.stop_requested() ? Status() : none_left();
}

Status GuardedMeasurer::measure_in_turn(std::span<const MeasureRequest> requests,
                                        const std::function<Status(Trial)>& finished, std::stop_token stop) {
  return run(requests, 1, finished, stop);
}

void GuardedMeasurer::rest() {
  for (DeviceGuard& guard : guards_) guard.rest();
}

/// On so many devices that are fit, and on others where those become unfit.
Status GuardedMeasurer::run(std::span<const MeasureRequest> requests, size_t jobs,
                            const std::function<Status(Trial)>& finished, const std::stop_token& stop) {
  std::vector<const MeasureRequest*> left = addresses_of(requests);
  while (!left.empty() && !stop.stop_requested()) {
    std::vector<size_t> fit = fit_devices();
    if (fit.empty()) return none_left();
    fit.resize(std::min(fit.size(), jobs));
    // Nearly always all of them, so no set of them is made for every batch.
    std::vector<uint64_t> done;
    done.reserve(left.size());
    const auto note = [&](Trial&& trial) {
      done.push_back(trial.number);
      return finished(std::move(trial));
    };
    ListedRequests feed(left);
    TAMIS_TRY(run_jobs(feed, fit, work(), {note, listener_}, stop));
    if (done.size() == left.size()) return {};
    std::sort(done.begin(), done.end());
    std::erase_if(left, [&](const MeasureRequest* request) {
      return std::binary_search(done.begin(), done.end(), request->number);
    });
  }
  return {};
}

JobWork GuardedMeasurer::work() {
  return {[this](size_t job, const Assignment& next, const std::stop_token& stopping) {
            return guards_[job].attempt(next, stopping);
          },
          [this](size_t job, const std::stop_token& stopping) { return guards_[job].settle(stopping); },
          finish_under_way_};
}

std::vector<size_t> GuardedMeasurer::fit_devices() const {
  std::vector<size_t> fit;
  for (size_t job = 0; job < guards_.size(); ++job)
    if (!guards_[job].quarantine_reason()) fit.push_back(job);
  return fit;
}

Error GuardedMeasurer::none_left() const {
  std::string reasons;
  for (const DeviceGuard& guard : guards_)
    reasons +=
        fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", guard.label(), *guard.quarantine_reason());
  return io_error(fmt::format(
      "no device is left that is fit to be used ({}); what was tried is kept: fix a device, then resume",
      reasons));
}

}  // namespace tamis

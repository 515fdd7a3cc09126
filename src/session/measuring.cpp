#include "session/measuring.h"

#include <utility>

namespace tamis {

Measuring::Measuring(SharedTask task, const SessionOptions& options)
    : task_(std::move(task)),
      factory_(options.make_measurer),
      options_(options.measure),
      wants_canary_(options.default_is_canary && !options.measure.recovery.canary) {
  options_.recovery.event = [this, told = options.measure.recovery.event](const DeviceEvent& event) {
    events_.push_back(event);
    if (told) told(event);
  };
}

Status Measuring::make() {
  measurer_.reset();  // first, so that no device is held twice
  TAMIS_ASSIGN(measurer_, factory_ ? factory_(task_, options_) : make_measurer(task_, options_));
  if (!measurer_)
    return invalid_input("SessionOptions::make_measurer gave no measurer; return one or an error");
  return {};
}

Status Measuring::take_canary(const std::optional<Trial>& default_trial) {
  if (!wants_canary_ || !default_trial || default_trial->verdict != Verdict::valid) return {};
  wants_canary_ = false;
  options_.recovery.canary = default_trial->config;
  return make();
}

}  // namespace tamis

#include "fleet/proof.h"

#include "fleet/pool.h"
#include "measure/device_links.h"

#include <fmt/format.h>

namespace tamis::fleet {

Result<std::optional<std::string>> prove(const FleetWorker& worker,
                                         const std::shared_ptr<const Target>& target,
                                         const std::stop_token& stop) {
  const SharedTask task = make_trial_task(target);
  if (task == nullptr || worker.role == FleetRole::build) return std::optional<std::string>();
  MeasureOptions options;
  options.worker_path = worker.worker_path;
  options.memory_limit_bytes = 0;  // it is the device that is to be proved
  TAMIS_ASSIGN(const auto links, make_device_links(task, options, {worker.slot, 1}));
  TAMIS_TRY(links.front()->open(stop));
  if (worker.role == FleetRole::run) return std::optional<std::string>();
  TAMIS_ASSIGN(const std::optional<Trial> trial,
               links.front()->try_config({0, task->default_config(), "canary"}, stop));
  if (trial && trial->verdict == Verdict::valid) return std::optional<std::string>();
  return std::optional(
      fmt::format("it failed the first config that it was asked for, the default of {}, with {}: {}",
                  to_spec(task->workload()), to_string(trial ? trial->verdict : Verdict::device_lost),
                  trial ? trial->message : "its process ended"));
}

}  // namespace tamis::fleet

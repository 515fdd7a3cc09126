#include "measure/device_links.h"
#include "measure/guarded_measurer.h"
#include "measure/supervisor.h"
#include "tamis/measurer.h"

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace tamis {
namespace {

/// The worker program: `worker_path` when not empty, else `tamis-worker` beside the running program, else
/// `../libexec/tamis/tamis-worker` from there, else where this build installs it.
Result<std::string> find_worker(const std::string& worker_path) {
  namespace fs = std::filesystem;
  std::vector<fs::path> places;
  std::error_code code;
  if (!worker_path.empty()) {
    places.emplace_back(worker_path);
  } else {
    if (const fs::path self = fs::read_symlink("/proc/self/exe", code); !code) {
      const fs::path folder = self.parent_path();
      places.push_back(folder / "tamis-worker");
      // An installed tree may have been moved, or installed under another prefix than it was configured for.
      places.push_back(folder.parent_path() / "libexec" / "tamis" / "tamis-worker");
    }
    places.emplace_back(TAMIS_INSTALLED_WORKER);
  }
  std::string tried;
  for (const fs::path& place : places) {
    if (fs::is_regular_file(place, code) && ::access(place.c_str(), X_OK) == 0) return place.string();
    tried += (tried.empty() ? "" : " nor at ") + place.string();
  }
  return not_found(fmt::format(
      "there is no worker program at {}; install tamis-worker, or name it with worker_path", tried));
}

}  // namespace

Result<std::vector<std::unique_ptr<DeviceLink>>> make_worker_links(SharedTask task,
                                                                   const MeasureOptions& options,
                                                                   const LinkSlots& slots) {
  TAMIS_TRY(check_options(*task, options));
  TAMIS_ASSIGN(std::string program, find_worker(options.worker_path));
  const auto plan = std::make_shared<WorkerPlan>(std::move(program), std::move(task), options);
  std::vector<std::unique_ptr<DeviceLink>> links;
  for (int slot = slots.first; slot < slots.first + slots.count; ++slot)
    links.push_back(std::make_unique<Supervisor>(plan, slot));
  return links;
}

Result<std::unique_ptr<Measurer>> make_worker_measurer(SharedTask task, const MeasureOptions& options) {
  const SharedTask kept = task;
  TAMIS_ASSIGN(auto links, make_worker_links(std::move(task), options, {0, options.jobs}));
  return std::unique_ptr<Measurer>(
      std::make_unique<GuardedMeasurer>(kept->target(), options, std::move(links)));
}

}  // namespace tamis

#include "measure/find_worker.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace tamis {

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

}  // namespace tamis

#pragma once

#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/workload.h"

#include <map>
#include <string>
#include <utility>

namespace tamis::peers {

/// The best config that a log has for each workload, for each identity of a target (what it was measured on:
/// processor, threads, caches). Immutable once read, so thread safe.
class TunedConfigs {
 public:
  /// What the log says is fastest: the winner of a session's finals where it has some, and the fastest
  /// session's. Errors: those of Log.
  static Result<TunedConfigs> read(const std::string& log_path);

  /// The best config of a workload, whatever its name. Errors: not_found when the log has no valid trial of
  /// it for this identity; unsupported when its knobs are not those of `space`, so that it meant something
  /// else.
  Result<Config> find(const std::string& target_identity, const Workload& workload, const Space& space) const;

 private:
  struct Entry {
    std::string knobs;
    Config config;
    double latency_ns = 0;
  };
  std::string path_;
  std::map<std::pair<std::string, std::string>, Entry> best_;  // by identity and spec
};

}  // namespace tamis::peers

#pragma once

#include "experiment/report/part.h"
#include "tamis/log.h"
#include "tamis/workload.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tamis::report {

/// A session of a log as a layer of a network.
struct LayerSource {
  int64_t session = 0;  ///< its number in the log
  size_t position = 0;  ///< among the document's `sessions`
  Workload workload;
  std::string target_spec = {};
  std::string target_identity = {};
  std::optional<double> value_ns = {};    ///< of its best config; nothing where none was valid
  std::optional<double> default_ns = {};  ///< of its default config; nothing where it was not tried or valid
  std::optional<double> bound_ns = {};    ///< what no config can go below, where that is known
};

/// What networks_of() needs of a log.
struct NetworkSource {
  std::string log;                           ///< the file's name, without folders
  std::vector<NetworkRecord> networks = {};  ///< Log::networks()
  std::vector<LayerSource> sessions = {};    ///< those of latency that are in the document
};

/// The layers of the networks that logs hold, by time, as the schema's `networks`. A log that names no
/// network but has several sessions of one suite of tamis shows that suite as one; `note` says so. Where
/// tasks may stand for two others, the faster of both ways counts, as in tuning. Layers without a session in
/// the document are left out and counted in `note`. Thread safe.
Part networks_of(std::span<const NetworkSource> logs);

}  // namespace tamis::report

#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::cli {

/// A space with what `tamis space` says of it.
struct SpaceView {
  std::string name;  ///< of the workload or the space file
  std::string spec;  ///< of the workload; the path of a space file
  const Space* space = nullptr;
  bool is_file = false;
  std::optional<double> enumeration_ms;  ///< how long enumerating a space file took
  std::string not_enumerated;            ///< why a space file could not be enumerated; empty where it was
  std::optional<Config> default_config;
  std::vector<Config> samples;
};

/// What a line about a config begins with: `config 17`, or `config` where the space is not countable.
std::string config_title(const Space& space, const Config& config);
/// For people: the knobs, the constraints, how many configs there are, and the samples.
std::string draw(const SpaceView& view);
/// The same as JSON. The space's keys: `size` (the full product; null where it has 2^63
/// configs or more), `allowed` and `valid_size` (how many
/// configs the constraints allow; null where that is not known), `enumeration_ms` (null for spaces of
/// targets).
Json to_json(const SpaceView& view);

/// `count` uniformly random allowed configs, of a stream that the seed gives. Errors: invalid_input where the
/// space, called `name`, allows none, or none was found, naming the constraints to blame.
Result<std::vector<Config>> sample_configs(const std::string& name, const Space& space, size_t count,
                                           uint64_t seed);

}  // namespace tamis::cli

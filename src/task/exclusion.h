#pragma once

#include "tamis/result.h"
#include "tamis/space.h"

#include <optional>
#include <string>

namespace tamis {

// What declared constraints leave of a space.

/// What looking for an allowed config came to.
struct Found {
  std::optional<Config> config;
  bool all_seen = true;  ///< whether there is none where none was found, rather than none that chance met
};

/// The config that the space allows nearest to this one; in a space that is too large to be enumerated, one
/// drawn at random. Thread safe.
Found allowed_near(const Space& space, const Config& config);

/// The error of a space that has configs, of which its constraints allow none, or where `all_seen` is false
/// none was met by chance. It names the constraints that are to blame: those that exclude everything alone,
/// else as few as do together, as far as that is found quickly. `name` names the space. Thread safe.
Error nothing_allowed(const std::string& name, const Space& space, bool all_seen);

}  // namespace tamis

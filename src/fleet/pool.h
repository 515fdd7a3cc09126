#pragma once

#include "fleet/signing.h"
#include "tamis/target.h"
#include "tamis/task.h"

#include <memory>
#include <string>

namespace tamis::fleet {

/// What makes a worker and a tuner understand each other: those that differ in it have different queues, so
/// that none takes a job of the other's.
struct Nature {
  std::string identity;  ///< of the target, as it gives small workloads; empty where it binds none of them
  std::string spaces;    ///< the fingerprints of their spaces
};

/// Binds small workloads to a target to see what it is like.
Nature nature_of(const Target& target);

/// A short word that differs where the protocol version, the nature or the key differs.
std::string pool_of(const Nature& nature, const Key& key);

/// The part of a subject, and the name of a consumer, that devices of a type in a pool have: `TYPE=POOL`.
std::string queue_of(const std::string& type, const std::string& pool);

/// A task of a small workload that a target binds, for a worker to try itself on; nullptr where there is
/// none.
SharedTask make_trial_task(const std::shared_ptr<const Target>& target);

}  // namespace tamis::fleet

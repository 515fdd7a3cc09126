#pragma once

#include "fleet/connection.h"
#include "fleet/records.h"
#include "tamis/result.h"

#include <stop_token>
#include <string>

namespace tamis::fleet {

/// Takes the lease of a device: at once, or when that of a worker that is gone has passed, which takes
/// kLeases' lifetime at most. Errors: io where a worker has it that renews it, naming that one; interrupted
/// by a stop.
Status take_lease(Bucket& leases, const std::string& device, const LeaseRecord& lease,
                  const std::stop_token& stop);

}  // namespace tamis::fleet

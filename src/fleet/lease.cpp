#include "fleet/lease.h"

#include "base/clock.h"
#include "fleet/layout.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <thread>

#include <fmt/format.h>

namespace tamis::fleet {
namespace {

/// How often it is looked whether the lease is renewed.
constexpr std::chrono::milliseconds kLook{500};

/// Of whoever held the device's lease.
bool is_dead_here(const LeaseRecord& holder) {
  return holder.machine == machine_id() && ::kill(static_cast<pid_t>(holder.process), 0) != 0 &&
         errno == ESRCH;
}

}  // namespace

Status take_lease(Bucket& leases, const std::string& device, const LeaseRecord& lease,
                  const std::stop_token& stop) {
  const int64_t until_ns = monotonic_ns() + std::chrono::nanoseconds(kLeases.lifetime + kPulse).count();
  int64_t written = 0;
  while (!stop.stop_requested()) {
    TAMIS_ASSIGN(const bool taken, leases.create(device, to_text(lease)));
    if (taken) return {};
    TAMIS_ASSIGN(const std::vector<Bucket::Entry> entries, leases.all());
    const Bucket::Entry* found = find_entry(entries, device);
    if (found == nullptr) continue;
    const auto holder = read_lease_record(found->value);
    if (!holder.ok() || is_dead_here(*holder)) return leases.put(device, to_text(lease));
    const bool renewed = written != 0 && found->written_unix_ms != written;
    written = found->written_unix_ms;
    if (renewed || monotonic_ns() > until_ns)
      return io_error(fmt::format(
          "the device {} is held by a worker on {} (process {}); give this one another --device-name, or end "
          "that one",
          device, holder->host, holder->process));
    std::this_thread::sleep_for(kLook);
  }
  return Error{ErrorKind::interrupted, "a stop came before the device's lease"};
}

}  // namespace tamis::fleet

#include "cli/network_progress.h"

#include "base/clock.h"
#include "base/text.h"
#include "tamis/objective.h"

#include <fmt/format.h>

namespace tamis::cli {
namespace {

constexpr int64_t kRedrawNetworkNs = 100'000'000;
constexpr uint64_t kPlainNetworkEvery = 100;

}  // namespace

void NetworkProgressDisplay::update(const network::NetworkProgress& progress) {
  if (quiet_) return;
  if (console_.live) {
    const int64_t now = monotonic_ns();
    if (now - drawn_ns_ < kRedrawNetworkNs) return;
    drawn_ns_ = now;
    drawn_ = true;
    // A line that wraps could not be drawn over. The last column stays free: some terminals wrap behind it.
    console_.note("\r\033[K" + std::string(first_characters(line(progress), console_.columns() - 1)));
    return;
  }
  const bool faster = progress.missing == 0 && (told_ns_ == 0 || progress.latency_ns < 0.99 * told_ns_);
  if (!faster && progress.trials % kPlainNetworkEvery != 0) return;
  if (progress.missing == 0) told_ns_ = progress.latency_ns;
  console_.note(line(progress) + "\n");
}

std::string NetworkProgressDisplay::line(const network::NetworkProgress& progress) const {
  std::string text = "network ";
  if (progress.missing == tasks_.size())
    text += "not known yet";
  else
    text += format_latency(progress.latency_ns);
  if (progress.missing > 0) text += fmt::format(" without {}", counted(progress.missing, "task"));
  if (progress.gain_per_minute_ns && *progress.gain_per_minute_ns > 0)
    text += fmt::format("  {} less a minute", format_latency(*progress.gain_per_minute_ns));
  text += progress.total ? fmt::format("  {}/{} trials", progress.trials, *progress.total)
                         : "  " + counted(progress.trials, "trial");
  return text + "  " + tasks_[progress.task].task->workload().name;
}

void NetworkProgressDisplay::tell(const DeviceEvent& event) {
  if (quiet_) return;
  end();
  console_.note(describe(event) + "\n");
}

void NetworkProgressDisplay::note(const std::string& text) {
  end();
  console_.note(text + "\n");
}

void NetworkProgressDisplay::end() {
  if (drawn_) console_.note("\r\033[K");
  drawn_ = false;
}

}  // namespace tamis::cli

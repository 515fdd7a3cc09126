#include "measure/reset.h"

#include "process/exit_status.h"
#include "process/run_to_end.h"

#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// How much of what a reset command writes is kept, of each stream.
constexpr size_t kKept = 4096;

std::string last_words(const Finished& finished) {
  const std::string said = tail_of_output(finished.output + finished.errors);
  return said.empty() ? "" : "; it last wrote: " + said;
}

}  // namespace

Result<bool> reset_device(const std::string& command, const std::string& device,
                          std::chrono::milliseconds deadline, std::stop_token stop) {
  SpawnOptions options;
  options.arguments = shell_command(command);
  options.environment = {{"TAMIS_DEVICE", device}};
  options.own_session = true;
  const auto finished = run_to_end(options, {deadline_after(deadline), kKept, std::move(stop)});
  if (!finished.ok()) return finished.error().within("the reset command");
  if (finished->stopped) return false;
  if (finished->timed_out)
    return io_error(fmt::format("the reset command had not ended after {} ms{}", deadline.count(),
                                last_words(*finished)));
  if (finished->status != 0)
    return io_error(fmt::format("the reset command ended with {}{}", describe_status(finished->status),
                                last_words(*finished)));
  return true;
}

}  // namespace tamis

#include "watch/watch.h"

#include "base/file.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "process/stop_on_signal.h"
#include "tamis/log.h"

#include <condition_variable>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct WatchArguments {
  std::vector<std::string> logs;
  std::string host = "127.0.0.1";
  std::optional<uint16_t> port;
};

void wait_for_stop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [&] { return stop.stop_requested(); });
}

/// What is there and can never be a log is better said at once than on the page. Errors: as Log::open.
Status check_logs(const std::vector<std::string>& paths) {
  std::error_code ignored;
  for (const std::string& path : paths) {
    if (!std::filesystem::exists(path, ignored)) continue;
    TAMIS_TRY(require_regular_file(path));
    if (std::filesystem::file_size(path, ignored) == 0) continue;  // somebody is about to fill it
    const Result<Log> log = Log::open(path, LogMode::read);
    if (!log.ok()) return log.error();
  }
  return {};
}

Result<int> run_watch(const WatchArguments& arguments, const Console& console) {
  TAMIS_TRY(check_logs(arguments.logs));
  const StopOnSignal signals;
  watch::WatchOptions options;
  options.logs = arguments.logs;
  options.server.host = arguments.host;
  options.server.port = arguments.port;
  TAMIS_ASSIGN(const watch::Watch watch, watch::Watch::start(options));
  const int code = finish(console, watch.address() + "\n");
  if (code != kDone) return code;
  if (console.live) console.note("open the address in a browser; Ctrl-C ends it\n");
  wait_for_stop(signals.token());
  return kDone;  // a stop is how it ends
}

}  // namespace

Action configure_watch(CLI::App& app) {
  auto arguments = std::make_shared<WatchArguments>();
  app.add_option("LOG", arguments->logs, "logs to show; they need not exist yet")
      ->required()
      ->check(not_empty());
  app.add_option(
         "--port", arguments->port,
         fmt::format("where to listen, 0 for any port that is free; if not given {}, or another where "
                     "that is taken",
                     watch::kUsualPort))
      ->check(whole_number(0, std::numeric_limits<uint16_t>::max()));
  app.add_option("--host", arguments->host,
                 "the address to listen at; if not given 127.0.0.1, which this machine alone reaches. At any "
                 "other, the address that is printed holds a token that readers need")
      ->check(not_empty());
  return [arguments](const Console& console) {
    const Result<int> code = run_watch(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli

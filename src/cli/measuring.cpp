#include "cli/measuring.h"

#include "base/quantity.h"
#include "cli/arguments.h"

#include <fmt/format.h>

namespace tamis::cli {
namespace {

bool is_word(const std::vector<std::string>& canary, const char* word) {
  return canary.size() == 1 && canary.front() == word;
}

}  // namespace

void MeasuringArguments::add_to(CLI::App& app) {
  app.add_option("--run-timeout", run_timeout, "how long running a config may take: 500ms, 10s, 2m")
      ->capture_default_str();
  app.add_option("--build-timeout", build_timeout, "how long building a config may take")
      ->capture_default_str();
  app.add_option("--memory-limit", memory_limit,
                 "address space of the process that tries a config, and of each that it starts: 512M, 4G, or "
                 "`none`")
      ->capture_default_str();
  app.add_option("--reset-command", reset_command,
                 "a line for the shell that brings a device back after it hung or was lost, with its name in "
                 "TAMIS_DEVICE");
  app.add_option("--reset-timeout", reset_timeout, "how long the reset command may take")
      ->capture_default_str();
  app.add_option("--canary", canary,
                 "a config that is known to be valid: a device that fails it is used no more: tile_h=8 "
                 "tile_w=56, `default` or `none`; if not given the default config where there are --devices, "
                 "a --reset-command or a --fleet");
  app.add_option("--repeat-failures", repeat_failures,
                 "try a config that failed on its device again: the best of 2 N + 1 runs decides")
      ->check(CLI::Range(0, 10))
      ->capture_default_str();
}

Status MeasuringArguments::apply(MeasureOptions& options) const {
  TAMIS_ASSIGN(options.run_deadline, parse_duration(run_timeout, "--run-timeout"));
  TAMIS_ASSIGN(options.build_deadline, parse_duration(build_timeout, "--build-timeout"));
  TAMIS_ASSIGN(options.memory_limit_bytes, parse_size(memory_limit, "--memory-limit"));
  options.recovery.reset_command = reset_command;
  TAMIS_ASSIGN(options.recovery.reset_deadline, parse_duration(reset_timeout, "--reset-timeout"));
  options.retry.failure_repeats = repeat_failures;
  return {};
}

Result<std::optional<Config>> MeasuringArguments::named_canary(const Space& space) const {
  if (canary.empty() || is_word(canary, "none") || is_word(canary, "default")) return std::optional<Config>();
  Result<Config> config = space.parse(canary);
  if (!config.ok()) return config.error().within("--canary");
  if (const std::string constraint = excluded_by(space, *config); !constraint.empty())
    return invalid_input(fmt::format("--canary: the constraint {} excludes this config", constraint));
  return std::optional<Config>(std::move(*config));
}

bool MeasuringArguments::wants_default_canary(const Target& target) const {
  if (is_word(canary, "default")) return true;
  return canary.empty() && (!target.traits().devices.empty() || !reset_command.empty());
}

}  // namespace tamis::cli

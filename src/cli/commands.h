#pragma once

#include "cli/console.h"

#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace tamis::cli {

/// Runs a command whose options have been parsed; gives the exit code.
using Action = std::function<int(const Console&)>;

/// One row per command; its file is named after it.
struct Command {
  std::string name;
  std::string description;
  /// Adds the command's options to its subcommand; the returned action owns them.
  Action (*configure)(CLI::App& app);
  /// What the command was called once: it still works, and says so; empty for none.
  std::string old_name = {};
};

/// Every command there is, in the order of --help.
const std::vector<Command>& commands();

/// Parses the arguments and runs the command they name. Never throws.
int run(int argc, const char* const* argv, const Console& console);

Action configure_tune(CLI::App& app);
Action configure_replay(CLI::App& app);
Action configure_experiment(CLI::App& app);
Action configure_space(CLI::App& app);
Action configure_program(CLI::App& app);
Action configure_calibrate(CLI::App& app);
Action configure_check_target(CLI::App& app);
Action configure_simulate(CLI::App& app);
Action configure_compile(CLI::App& app);
Action configure_run(CLI::App& app);
Action configure_best(CLI::App& app);
Action configure_show(CLI::App& app);
Action configure_report(CLI::App& app);
Action configure_explain(CLI::App& app);
Action configure_export(CLI::App& app);
Action configure_import(CLI::App& app);
Action configure_merge(CLI::App& app);
Action configure_fleet(CLI::App& app);
Action configure_watch(CLI::App& app);

}  // namespace tamis::cli

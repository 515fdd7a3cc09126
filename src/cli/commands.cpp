#include "cli/commands.h"

#include "base/text.h"
#include "tamis/version.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

namespace tamis::cli {
namespace {

/// What CLI11 says of a wrong command line is turned into our one form of error; help and version are
/// results.
int usage_error(const Console& console, const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    const auto used = app.get_subcommands();
    if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr)
      return finish(console, fmt::format("{}\n", error.what()));
    return finish(console, used.empty() ? app.help() : used.front()->help());
  }
  const auto used = app.get_subcommands();
  const std::string where = used.empty() ? "tamis" : "tamis " + used.front()->get_name();
  return fail(console, invalid_input(fmt::format("{} (see {} --help)", error.what(), where)));
}

/// A mistyped flag with the nearest one: CLI11 only says that it was not expected.
std::optional<Error> unknown_flag(int argc, const char* const* argv, const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (int i = 2; i < argc; ++i) {
    const std::string flag = split_text(argv[i], '=').front();
    if (flag == "--") break;
    if (!flag.starts_with("--") || std::find(names.begin(), names.end(), flag) != names.end()) continue;
    return invalid_input(
        fmt::format("tamis {} has no flag \"{}\"{}", app.get_name(), flag, did_you_mean(flag, known)));
  }
  return std::nullopt;
}

/// A flag that was given a value (`--json=false`), which CLI11 would take for one that switches it. A flag
/// whose value meant something once (Option::disable_flag_override) still takes one, but no such word.
std::optional<Error> valued_flag(int argc, const char* const* argv, const CLI::App& app) {
  constexpr std::array<std::string_view, 11> kSwitches = {"",    "true", "false", "0",      "1",      "on",
                                                          "off", "yes",  "no",    "enable", "disable"};
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    const size_t equals = word.find('=');
    if (!word.starts_with("--") || equals == std::string_view::npos) continue;
    const std::string flag(word.substr(0, equals));
    const std::string_view value = word.substr(equals + 1);
    const CLI::Option* option = app.get_option_no_throw(flag);
    if (option == nullptr || option->get_items_expected_max() != 0) continue;
    const bool switches = std::find(kSwitches.begin(), kSwitches.end(), value) != kSwitches.end();
    if (!switches && !option->get_disable_flag_override()) continue;
    return invalid_input(
        fmt::format("{} takes no value, found \"{}\"; write {}, or leave it out", flag, value, flag));
  }
  return std::nullopt;
}

/// CLI11 would call a mistyped command an unexpected argument.
std::optional<Error> unknown_command(int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return std::nullopt;
  std::vector<std::string_view> known;
  for (const Command& command : commands()) {
    if (command.name == argv[1] || command.old_name == argv[1]) return std::nullopt;
    known.emplace_back(command.name);
  }
  return invalid_input(fmt::format("there is no command \"{}\"{}", argv[1], did_you_mean(argv[1], known)));
}

/// A command that is called by the name it once had works, and says so.
void note_old_name(std::string_view name, const Console& console) {
  for (const Command& command : commands())
    if (!command.old_name.empty() && command.old_name == name)
      console.note(
          fmt::format("tamis: `{}` is called `{}` now; the old name still works\n", name, command.name));
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"tune", "search for the best configs of workloads on a target", configure_tune},
      {"replay", "compare strategies on recorded tables", configure_replay},
      {"experiment", "answer questions about search on recorded tables, with tables and figures",
       configure_experiment, "study"},
      {"space", "show the knobs of a workload, and the program of a config", configure_space},
      {"program", "print or deploy the program of a config", configure_program},
      {"simulate", "run a recorded VTA program in the simulator", configure_simulate},
      {"calibrate", "find the memory profile of a VTA behind a driver from how long programs take",
       configure_calibrate},
      {"check-target", "hold a server of your own to the protocol of the target command",
       configure_check_target},
      {"compile", "write a model as a library of C for this machine", configure_compile},
      {"run", "compute what a model gives, by reference, or what a compiled network does", configure_run},
      {"best", "show the best config of every workload in a log", configure_best},
      {"show", "show the sessions and trials of a log, or the tasks of a model", configure_show},
      {"report", "write a log as a page to look at: progress, invalid configs, knobs, devices",
       configure_report},
      {"watch", "show logs as a page that is up to date while others tune", configure_watch},
      {"explain", "learn from a log or table why configs are invalid", configure_explain},
      {"export", "write the trials of a log to another format", configure_export},
      {"import", "add trials that other programs recorded to a log", configure_import},
      {"merge", "join several logs to one", configure_merge},
      {"fleet", "show and keep the devices of many machines behind a server", configure_fleet},
  };
  return table;
}

int run(int argc, const char* const* argv, const Console& given) {
  Console console = given;
  console.command_line.assign(argv, argv + argc);
  if (const std::optional<Error> error = unknown_command(argc, argv)) return fail(console, *error);
  CLI::App app("tamis finds the fastest valid program for a DNN operator on the hardware at hand.", "tamis");
  app.set_version_flag("--version", std::string("tamis ") + kVersion);
  app.require_subcommand(1);
  int code = kDone;
  if (argc > 1) note_old_name(argv[1], console);
  const CLI::App* called = nullptr;
  app.option_defaults()->disable_flag_override();  // what subcommands inherit
  for (const Command& command : commands()) {
    CLI::App* subcommand = app.add_subcommand(command.name, command.description);
    if (!command.old_name.empty()) subcommand->alias(command.old_name);
    if (argc > 1 && (command.name == argv[1] || (!command.old_name.empty() && command.old_name == argv[1])))
      called = subcommand;
    // The action lives in the callback, and the options that CLI11 writes to live in the action.
    subcommand->callback(
        [action = command.configure(*subcommand), &code, &console] { code = action(console); });
  }
  if (called != nullptr)
    if (const std::optional<Error> error = valued_flag(argc, argv, *called)) return fail(console, *error);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const auto used = app.get_subcommands();
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !used.empty())
      if (const std::optional<Error> flag = unknown_flag(argc, argv, *used.front()))
        return fail(console, *flag);
    return usage_error(console, app, error);
  } catch (const std::exception& error) {
    return fail(console, Error{ErrorKind::internal, fmt::format("a defect of tamis: {}", error.what())});
  }
  return code;
}

}  // namespace tamis::cli

#include "base/file.h"
#include "base/json.h"
#include "base/quantity.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "drawing/text_table.h"
#include "targets/command/description.h"
#include "targets/command/server_check.h"
#include "targets/command/server_protocol.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct CheckTargetArguments {
  std::string serve;
  std::string workload = "check";
  std::string space;
  std::string device;
  std::string deadline = "10s";
  uint64_t configs = 8;
  uint64_t seed = 0;
  bool json = false;
};

void add_options(CLI::App& app, CheckTargetArguments& arguments) {
  app.add_option("COMMAND", arguments.serve, "the server: a line for the shell, as tune --serve takes it")
      ->required();
  app.add_option("--workload", arguments.workload, "what the server is asked to describe")
      ->capture_default_str();
  app.add_option("--space", arguments.space,
                 "a space file, for a server that tells no knobs; it is the workload then");
  app.add_option("--device", arguments.device, "the name of the device that the server is told");
  app.add_option("--deadline", arguments.deadline, "how long each answer may take: 10s, 2m")
      ->capture_default_str();
  app.add_option("--configs", arguments.configs, "how many configs are tried besides the default")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  app.add_option("--seed", arguments.seed, "which configs are tried")
      ->check(whole_number(0))
      ->capture_default_str();
  add_json(app, arguments.json);
}

Result<command::ServerCheckOptions> check_options(const CheckTargetArguments& arguments) {
  command::ServerCheckOptions options;
  command::ProgramDescription program;
  program.serve = command::CommandText{{arguments.serve}, true};
  TAMIS_ASSIGN(options.command, command::server_command(program, arguments.device));
  options.workload = arguments.workload;
  if (!arguments.space.empty()) {
    TAMIS_ASSIGN(options.space, read_file(arguments.space));
    options.workload = arguments.space;
  }
  TAMIS_ASSIGN(options.deadline, parse_duration(arguments.deadline, "--deadline"));
  options.device = arguments.device;
  options.configs = arguments.configs;
  options.seed = arguments.seed;
  return options;
}

std::string draw_checks(const std::vector<command::ServerCheck>& checks) {
  TextTable table({"", "rule", ""}, {0, 1, 2});
  for (const command::ServerCheck& check : checks)
    table.add_row({check.kept ? "ok" : "BROKEN", check.rule, check.detail});
  return table.draw();
}

Json to_json(const std::vector<command::ServerCheck>& checks) {
  Json rules = Json::array();
  for (const command::ServerCheck& check : checks)
    rules.push_back({{"rule", check.rule}, {"kept", check.kept}, {"detail", check.detail}});
  return rules;
}

Result<int> run_check_target(const CheckTargetArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const command::ServerCheckOptions options, check_options(arguments));
  TAMIS_ASSIGN(const std::vector<command::ServerCheck> checks, command::check_server(options));
  const bool kept = std::all_of(checks.begin(), checks.end(), [](const auto& check) { return check.kept; });
  const std::string verdict = kept ? "the server keeps the protocol\n" : "the server breaks the protocol\n";
  const std::string text = arguments.json ? Json{{"kept", kept}, {"rules", to_json(checks)}}.dump(2) + "\n"
                                          : draw_checks(checks) + verdict;
  return finish(console, text, kept ? kDone : kNothingValid);
}

}  // namespace

Action configure_check_target(CLI::App& app) {
  auto arguments = std::make_shared<CheckTargetArguments>();
  add_options(app, *arguments);
  return [arguments](const Console& console) {
    const Result<int> code = run_check_target(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli

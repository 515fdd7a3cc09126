#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "tamis/import.h"

#include <memory>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct MergeArguments {
  std::vector<std::string> inputs;
  std::string output;
  bool json = false;
};

Json to_json(const MergeReport& report, const std::string& output) {
  return {{"log", output},         {"sessions", report.sessions},
          {"added", report.added}, {"extended", report.extended},
          {"known", report.known}, {"trials", report.trials}};
}

Result<int> run_merge(const MergeArguments& arguments, const Console& console) {
  // Nothing is made where a log is missing or none.
  for (const std::string& path : arguments.inputs) TAMIS_TRY(Log::open(path, LogMode::read));
  TAMIS_ASSIGN(Log output, Log::open(arguments.output, LogMode::read_write));
  TAMIS_ASSIGN(const MergeReport report, merge_logs(arguments.inputs, output));
  if (arguments.json) return finish(console, to_json(report, arguments.output).dump(2) + "\n");
  return finish(console, fmt::format("{}: {} added, {} extended, {} {} there; {} written\n", arguments.output,
                                     counted(report.added, "session"), report.extended, report.known,
                                     report.known == 1 ? "was" : "were", counted(report.trials, "trial")));
}

}  // namespace

Action configure_merge(CLI::App& app) {
  auto arguments = std::make_shared<MergeArguments>();
  app.add_option("LOG", arguments->inputs, "logs of tamis")->required();
  app.add_option("--log", arguments->output, "the log that gets all of them; made where missing")
      ->required()
      ->check(not_none());
  add_json(app, arguments->json);
  return [arguments](const Console& console) {
    const Result<int> code = run_merge(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli

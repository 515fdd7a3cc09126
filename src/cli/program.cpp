#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/emission.h"
#include "cli/space_view.h"
#include "experiment/tuning_report.h"
#include "log/stored_sessions.h"
#include "tamis/targets.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct ProgramArguments {
  std::string workload;
  TargetArguments target;
  ConfigArguments config;
  std::string log;
  PrintOptions print;
  std::string emit;
  std::string name;
  bool json = false;
};

/// A config of a task.
struct Chosen {
  SharedTask task;
  Config config;
  double latency_ns = 0;  // what the log says, 0 without one
};

void add_options(CLI::App& app, ProgramArguments& arguments) {
  app.add_option("WORKLOAD", arguments.workload, "a member of a suite, a spec or a JSON file")->required();
  arguments.target.target = "cpu";
  arguments.target.add_to(app);
  arguments.config.add_to(app, "take");
  app.add_option("--log", arguments.log, "take the best config of the workload on this target in a log");
  app.add_option(
         "--stage", arguments.print.stage,
         "schedule: the loops of the config; lowered: the statements made of them; llvm: LLVM's IR; assembly")
      ->capture_default_str();
  app.add_flag("--steps", arguments.print.steps, "the program before and after each transformation");
  app.add_option(
      "--emit", arguments.emit,
      "directory for the program as a C function, instead of printing: object file, header, CMake file, "
      "and a program that checks and times it; of opencl and cuda the source, the cubin, C functions that "
      "launch it, and a program that runs it");
  app.add_option("--name", arguments.name,
                 "with --emit: of the C function; made of the workload's if not given");
  add_json(app, arguments.json);
}

/// The best config of a log, of sessions on the same target only: another machine's may not even exist here.
Result<Chosen> best_of_log(const std::string& path, const Task& task) {
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_ASSIGN(std::vector<BestRow> rows, find_best(log, {}));
  const std::string identity = to_string(task.identity());
  const std::string spec = to_spec(task.workload());
  for (BestRow& row : rows) {
    if (row.session.target_identity != identity || to_spec(row.session.workload) != spec) continue;
    TAMIS_ASSIGN(SharedTask recorded,
                 recall_task(row.session.target_spec, identity, task.workload(), row.space));
    return Chosen{std::move(recorded), std::move(row.trial.config), row.trial.cost()};
  }
  return not_found(
      fmt::format("{} has no valid trial of {} on this target: the processor, --threads and --caches must be "
                  "those of its sessions",
                  path, spec));
}

Result<Chosen> choose(const ProgramArguments& arguments, SharedTask task) {
  if (!arguments.log.empty()) {
    if (arguments.config.given()) return invalid_input("--log excludes --index and --config");
    return best_of_log(arguments.log, *task);
  }
  Config config = task->default_config();
  if (arguments.config.given()) {
    TAMIS_ASSIGN(config, arguments.config.choose(task->space()));
  }
  if (const std::string constraint = excluded_by(task->space(), config); !constraint.empty())
    return invalid_input(
        fmt::format("{} is excluded by the constraint: {}", name_config(task->space(), config), constraint));
  return Chosen{std::move(task), std::move(config)};
}

std::string draw_program(const Chosen& chosen, const std::vector<ProgramText>& texts) {
  std::string drawn = fmt::format("# {}  {}  {}\n", chosen.task->workload().name,
                                  config_title(chosen.task->space(), chosen.config),
                                  chosen.task->space().describe(chosen.config));
  for (const ProgramText& text : texts) drawn += fmt::format("\n# {}\n{}", text.title, text.text);
  return drawn;
}

Json to_json(const Chosen& chosen, const std::vector<ProgramText>& texts) {
  Json programs = Json::array();
  for (const ProgramText& text : texts) programs.push_back({{"title", text.title}, {"text", text.text}});
  return {{"workload", chosen.task->workload().name},
          {"spec", to_spec(chosen.task->workload())},
          {"index", index_json(chosen.task->space(), chosen.config)},
          {"config", chosen.task->space().describe(chosen.config)},
          {"programs", std::move(programs)}};
}

Result<int> emit(const ProgramArguments& arguments, const Chosen& chosen, const Console& console) {
  const std::string& workload = chosen.task->workload().name;
  const std::string name = arguments.name.empty() ? c_identifier(workload) : arguments.name;
  TAMIS_ASSIGN(const std::vector<std::string> files,
               emit_kernel(*chosen.task, chosen.config, {name, chosen.latency_ns}, arguments.emit));
  return finish(console, arguments.json ? Json{{"workload", workload}, {"function", name}}.dump(2) + "\n"
                                        : describe_kernel(name, files, arguments.emit));
}

Result<int> run_program(const ProgramArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const TargetKind* kind, find_target_kind(arguments.target.target));
  TAMIS_ASSIGN(SharedTask task, arguments.target.bind_one(arguments.workload, console));
  TAMIS_ASSIGN(const Chosen chosen, choose(arguments, std::move(task)));
  if (!arguments.emit.empty()) return emit(arguments, chosen, console);
  if (kind->print == nullptr)
    return unsupported(fmt::format(
        "the target {} has no programs to print here; `tamis space --disassemble` prints those of vta",
        kind->name));
  TAMIS_ASSIGN(const std::vector<ProgramText> texts,
               kind->print(*chosen.task, chosen.config, arguments.print));
  return finish(console,
                arguments.json ? to_json(chosen, texts).dump(2) + "\n" : draw_program(chosen, texts));
}

}  // namespace

Action configure_program(CLI::App& app) {
  auto arguments = std::make_shared<ProgramArguments>();
  add_options(app, *arguments);
  return [arguments](const Console& console) {
    const Result<int> code = run_program(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli

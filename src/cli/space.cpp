#include "base/json.h"
#include "cli/arguments.h"
#include "cli/building.h"
#include "cli/commands.h"
#include "cli/space_view.h"
#include "experiment/tuning_report.h"
#include "session/building.h"
#include "space/file/space_file.h"
#include "space/file/t1.h"
#include "tamis/expression.h"
#include "tamis/targets.h"
#include "targets/command/description.h"
#include "targets/vta/codegen/artifact.h"
#include "targets/vta/isa/disassembler.h"
#include "task/exclusion.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct SpaceArguments {
  std::string workload;
  TargetArguments target;
  ConfigArguments config;
  bool disassemble = false;
  size_t samples = 0;
  uint64_t seed = 0;
  BuildArguments build;
  bool t1 = false;
  bool json = false;
};

void add_options(CLI::App& app, SpaceArguments& arguments) {
  app.add_option(
         "WORKLOAD", arguments.workload,
         "a space file, which needs no target; a suite, one of its members, a spec or a JSON file; for "
         "the target table a recorded table")
      ->required();
  arguments.target.add_to(app);
  arguments.config.add_to(app, "build, and say what came of it,");
  app.add_flag("--disassemble", arguments.disassemble, "print the program of the config");
  app.add_option("--sample", arguments.samples, "print so many random configs that the constraints allow")
      ->check(CLI::Range(0, 1000000));
  app.add_option("--seed", arguments.seed, "all randomness derives from it")->capture_default_str();
  arguments.build.add_to(app);
  app.add_flag("--t1", arguments.t1, "print the space as a T1 document");
  add_json(app, arguments.json);
}

/// Names and paths need not be UTF-8.
std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

/// What building a config came to.
struct Built {
  Verdict verdict = Verdict::valid;
  std::string message;
  Features features;
  std::string listing;  ///< the program, where it was asked for
  [[nodiscard]] bool builds() const { return verdict == Verdict::valid; }
};

Error not_disassembled() { return unsupported("only programs of the target vta can be disassembled"); }

Result<std::string> disassemble(const BuildOutcome& built) {
  const auto* artifact = dynamic_cast<const vta::VtaArtifact*>(built.artifact.get());
  if (artifact == nullptr) return not_disassembled();
  vta::Program program;
  program.hardware = artifact->hardware;
  program.launches = {artifact->launch};
  return vta::disassemble(artifact->hardware, program);
}

/// In a worker process where building may end or hang the compiler. A program that is to be listed must be
/// built here; those that can be listed are of a target that builds here anyway.
Result<Built> build_shown(const SharedTask& task, const Config& config, bool listed) {
  const TargetTraits& traits = task->target().traits();
  if (traits.needs_isolation && !traits.builds_freely) {
    if (listed) return not_disassembled();
    TAMIS_ASSIGN(Trial trial, build_config(task, config));
    return Built{trial.verdict, std::move(trial.message), std::move(trial.features), {}};
  }
  const BuildOutcome outcome = task->build(config);
  Built built{outcome.verdict, outcome.message, outcome.features, {}};
  if (listed && outcome.artifact) {
    TAMIS_ASSIGN(built.listing, disassemble(outcome));
  }
  return built;
}

std::string draw_config(const Workload& workload, const Space& space, const Config& config,
                        const Built& built) {
  std::string text =
      fmt::format("{}  {}  {}\n", workload.name, config_title(space, config), space.describe(config));
  if (const std::string constraint = excluded_by(space, config); !constraint.empty())
    text += fmt::format("excluded by the constraint {}\n", constraint);
  text += built.builds() ? "it builds\n" : fmt::format("{}: {}\n", to_string(built.verdict), built.message);
  for (const auto& [name, value] : built.features.values) text += fmt::format("  {} {:.0f}\n", name, value);
  return text + built.listing;
}

Json config_json(const Workload& workload, const Space& space, const Config& config, const Built& built) {
  Json features = Json::object();
  for (const auto& [name, value] : built.features.values) features[name] = number_to_json(value);
  Json json = {{"workload", workload.name},           {"index", index_json(space, config)},
               {"config", space.describe(config)},    {"builds", built.builds()},
               {"verdict", to_string(built.verdict)}, {"message", built.message}};
  json["features"] = std::move(features);
  json["excluded_by"] = excluded_by(space, config);
  if (!built.listing.empty()) json["disassembly"] = built.listing;
  return json;
}

Result<int> show_config(const SpaceArguments& arguments, const SharedTask& task, const Console& console) {
  const Workload& workload = task->workload();
  const Space& space = task->space();
  TAMIS_ASSIGN(const Config config, arguments.config.choose(space));
  TAMIS_ASSIGN(const Built built, build_shown(task, config, arguments.disassemble));
  const std::string text = arguments.json ? dump(config_json(workload, space, config, built))
                                          : draw_config(workload, space, config, built);
  return finish(console, text, built.builds() ? kDone : kNothingValid);
}

Result<SpaceView> view_of(const SpaceArguments& arguments, const Task& task) {
  SpaceView view;
  view.name = task.workload().name;
  view.spec = to_spec(task.workload());
  view.space = &task.space();
  TAMIS_ASSIGN(view.samples, sample_configs(view.name, task.space(), arguments.samples, arguments.seed));
  return view;
}

Result<int> build_workloads(const SpaceArguments& arguments, const Console& console) {
  if (arguments.config.given() || arguments.disassemble || arguments.t1 || arguments.samples > 0)
    return invalid_input(
        "--build is of many configs: leave out --config, --index, --disassemble, --sample and --t1");
  TAMIS_ASSIGN(const std::vector<SharedTask> tasks, arguments.target.bind({arguments.workload}, console));
  return build_spaces(tasks, arguments.build, arguments.seed, arguments.json, console);
}

Result<int> show_workloads(const SpaceArguments& arguments, const Console& console) {
  TAMIS_TRY(arguments.target.check_space_file(arguments.workload));
  if (arguments.build.build) return build_workloads(arguments, console);
  if (arguments.config.given() || arguments.disassemble || arguments.t1) {
    TAMIS_ASSIGN(const SharedTask task, arguments.target.bind_one(arguments.workload, console));
    if (!arguments.t1) return show_config(arguments, task, console);
    SpaceFile file;
    file.name = task->workload().name;
    file.space = task->space();
    TAMIS_ASSIGN(const Json document, t1_document(file));
    return finish(console, dump(document));
  }
  TAMIS_ASSIGN(const std::vector<SharedTask> tasks, arguments.target.bind({arguments.workload}, console));
  std::string text;
  Json all = Json::array();
  for (const SharedTask& task : tasks) {
    TAMIS_ASSIGN(const SpaceView view, view_of(arguments, *task));
    if (arguments.json)
      all.push_back(to_json(view));
    else
      text += (text.empty() ? "" : "\n") + draw(view);
  }
  if (arguments.json) text = (all.size() == 1 ? all.front() : all).dump(2) + "\n";
  return finish(console, text);
}

/// The text of the argument where it names a space file and no target was named.
std::optional<std::string> space_file_text(const SpaceArguments& arguments) {
  if (arguments.target.named()) return std::nullopt;
  return read_space_text(arguments.workload);
}

/// Of a space file nothing can be built, so of a config only what the constraints say is shown.
int show_file_config(const SpaceArguments& arguments, const SpaceFile& file, const Config& config,
                     const Console& console) {
  const std::string excluded = excluded_by(file.space, config);
  if (arguments.json) {
    const Json json = {{"workload", file.name},
                       {"index", index_json(file.space, config)},
                       {"config", file.space.describe(config)},
                       {"excluded_by", excluded}};
    return finish(console, dump(json));
  }
  return finish(console,
                fmt::format("{}  {}  {}\n{}\n", file.name, config_title(file.space, config),
                            file.space.describe(config),
                            excluded.empty() ? "allowed" : "excluded by the constraint " + excluded));
}

Result<int> show_file(const SpaceArguments& arguments, const std::string& text, const Console& console) {
  if (arguments.disassemble) return invalid_input("--disassemble: a space file has no programs");
  if (arguments.build.build)
    return invalid_input("--build: name the target that builds its programs with --target");
  TAMIS_ASSIGN(SpaceFile file, parse_space(text, arguments.workload));
  const auto asked = arguments.target.settings.find("objective");
  TAMIS_ASSIGN(const Objective objective,
               command::declared_objective(file, arguments.workload,
                                           asked == arguments.target.settings.end() ? "" : asked->second));
  if (asked != arguments.target.settings.end()) file.objective = to_json(objective).dump();
  if (!arguments.target.constraints.empty()) {
    TAMIS_ASSIGN(std::vector<Constraint> further,
                 parse_constraints(arguments.target.constraints, file.space.knobs()));
    file.space = file.space.constrained(std::move(further));
    if (file.space.enumeration() == nullptr && file.not_enumerated.empty())
      file.not_enumerated = "with the further constraints it is too hard to enumerate";
    if (file.default_config && !file.space.allows(*file.default_config)) file.default_config = std::nullopt;
  }
  if (arguments.config.given()) {
    TAMIS_ASSIGN(const Config config, arguments.config.choose(file.space));
    return show_file_config(arguments, file, config, console);
  }
  if (arguments.t1) {
    TAMIS_ASSIGN(const Json document, t1_document(file));
    return finish(console, dump(document));
  }
  SpaceView view{file.name,           arguments.workload,  &file.space,         true,
                 file.enumeration_ms, file.not_enumerated, file.default_config, {}};
  TAMIS_ASSIGN(view.samples, sample_configs(file.name, file.space, arguments.samples, arguments.seed));
  const int code = finish(console, arguments.json ? dump(to_json(view)) : draw(view));
  // What the file says is shown all the same.
  if (code == kDone && known_count(file.space) == 0) return nothing_allowed(file.name, file.space, true);
  return code;
}

Result<int> run_space(const SpaceArguments& arguments, const Console& console) {
  TAMIS_TRY(arguments.build.check());
  const std::optional<std::string> text = space_file_text(arguments);
  return text ? show_file(arguments, *text, console) : show_workloads(arguments, console);
}

}  // namespace

Action configure_space(CLI::App& app) {
  auto arguments = std::make_shared<SpaceArguments>();
  add_options(app, *arguments);
  return [arguments](const Console& console) {
    const Result<int> code = run_space(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli

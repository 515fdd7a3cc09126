#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "report/text_table.h"
#include "report/tuning_report.h"
#include "target/targets.h"
#include "target/vta/codegen/artifact.h"
#include "target/vta/isa/disassembler.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct SpaceArguments {
  std::string workload;
  TargetArguments target;
  ConfigArguments config;
  bool disassemble = false;
  bool json = false;
};

void add_options(CLI::App& app, SpaceArguments& arguments) {
  app.add_option("WORKLOAD", arguments.workload,
                 "a suite, one of its members, a spec or a JSON file; for the target table a "
                 "recorded table")
      ->required();
  arguments.target.add_to(app);
  arguments.config.add_to(app, "build, and say what came of it,");
  app.add_flag("--disassemble", arguments.disassemble, "print the program of the config");
  app.add_flag("--json", arguments.json, "one JSON document on standard output");
}

/// How many configs the constraints allow; nothing where there are none or the space is too large to count.
std::optional<uint64_t> allowed(const Space& space) {
  if (space.constraints().empty()) return std::nullopt;
  const auto indexes = space.allowed_indexes(Space::kVisitable);
  if (!indexes) return std::nullopt;
  return indexes->size();
}

std::string allowed_text(const Space& space) {
  const std::optional<uint64_t> count = allowed(space);
  return count ? fmt::format(", {} of them allowed by the constraints", *count) : "";
}

std::string draw(const Workload& workload, const Space& space) {
  TextTable table({"knob", "values"}, {0, 1});
  for (const Knob& knob : space.knobs()) {
    std::string values;
    for (const KnobValue& value : knob.values) values += (values.empty() ? "" : " ") + to_string(value);
    table.add_row({knob.name, values});
  }
  std::string text = fmt::format("{}  {}\n{}", workload.name, to_spec(workload), table.draw());
  for (const Constraint& constraint : space.constraints())
    text += fmt::format("constraint: {}\n", constraint.text);
  return text + fmt::format("{} configs{}\n", space.size(), allowed_text(space));
}

Json to_json(const Workload& workload, const Space& space) {
  Json knobs = Json::array();
  for (const Knob& knob : space.knobs()) {
    Json values = Json::array();
    for (const KnobValue& value : knob.values) values.push_back(tamis::to_json(value));
    knobs.push_back({{"name", knob.name}, {"values", std::move(values)}});
  }
  Json constraints = Json::array();
  for (const Constraint& constraint : space.constraints()) constraints.push_back(constraint.text);
  const std::optional<uint64_t> count = allowed(space);
  return {{"workload", workload.name}, {"spec", to_spec(workload)},
          {"size", space.size()},      {"allowed", count ? Json(*count) : Json()},
          {"knobs", std::move(knobs)}, {"constraints", std::move(constraints)}};
}

Result<std::string> disassemble(const BuildOutcome& built) {
  const auto* artifact = dynamic_cast<const vta::VtaArtifact*>(built.artifact.get());
  if (artifact == nullptr) return unsupported("only programs of the target vta can be disassembled");
  vta::Program program;
  program.hardware = artifact->hardware;
  program.launches = {artifact->launch};
  return vta::disassemble(artifact->hardware, program);
}

/// What building a config gave; `listing` is its program where that was asked for.
std::string draw_config(const Workload& workload, const Space& space, const Config& config,
                        const BuildOutcome& built, const std::string& listing) {
  std::string text =
      fmt::format("{}  config {}  {}\n", workload.name, space.index(config), space.describe(config));
  if (const std::string constraint = excluded_by(space, config); !constraint.empty())
    text += fmt::format("excluded by the constraint {}\n", constraint);
  text += built.artifact ? "it builds\n" : fmt::format("{}: {}\n", to_string(built.verdict), built.message);
  for (const auto& [name, value] : built.features.values) text += fmt::format("  {} {:.0f}\n", name, value);
  return text + listing;
}

Json config_json(const Workload& workload, const Space& space, const Config& config,
                 const BuildOutcome& built, const std::string& listing) {
  Json features = Json::object();
  for (const auto& [name, value] : built.features.values) features[name] = number_to_json(value);
  Json json = {{"workload", workload.name},           {"index", space.index(config)},
               {"config", space.describe(config)},    {"builds", built.artifact != nullptr},
               {"verdict", to_string(built.verdict)}, {"message", built.message}};
  json["features"] = std::move(features);
  json["excluded_by"] = excluded_by(space, config);
  if (!listing.empty()) json["disassembly"] = listing;
  return json;
}

Result<int> show_config(const SpaceArguments& arguments, const Target& target, const Workload& workload,
                        const Space& space, const Console& console) {
  TAMIS_ASSIGN(const Config config, arguments.config.choose(space));
  const BuildOutcome built = target.build(workload, space, config);
  std::string listing;
  if (arguments.disassemble && built.artifact) {
    TAMIS_ASSIGN(listing, disassemble(built));
  }
  const std::string text = arguments.json
                               ? config_json(workload, space, config, built, listing).dump(2) + "\n"
                               : draw_config(workload, space, config, built, listing);
  return finish(console, text, built.artifact ? kDone : kNothingValid);
}

Result<int> run_space(const SpaceArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const std::unique_ptr<Target> target, arguments.target.make());
  if (arguments.config.given() || arguments.disassemble) {
    TAMIS_ASSIGN(const Workload workload, single_workload(*target, arguments.workload));
    TAMIS_ASSIGN(const Space space, target->space(workload));
    return show_config(arguments, *target, workload, space, console);
  }
  TAMIS_ASSIGN(const std::vector<Workload> workloads, target->workloads(arguments.workload));
  std::string text;
  Json all = Json::array();
  for (const Workload& workload : workloads) {
    TAMIS_ASSIGN(const Space space, target->space(workload));
    text += (text.empty() ? "" : "\n") + draw(workload, space);
    all.push_back(to_json(workload, space));
  }
  if (arguments.json) text = (all.size() == 1 ? all.front() : all).dump(2) + "\n";
  return finish(console, text);
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

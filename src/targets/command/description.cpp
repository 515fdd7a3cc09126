#include "targets/command/description.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "space/file/space_parts.h"
#include "space/file/yaml.h"

#include <filesystem>

#include <fmt/format.h>

namespace tamis::command {
namespace {

constexpr int kMostRepeats = 1000;

Result<CommandText> read_command(const Json& json, const std::string& origin, const char* key) {
  const Error error = invalid_input(fmt::format(
      "{}: \"{}\" must be a line for the shell, or a list of the program and its arguments", origin, key));
  if (json.is_string() && !json.get<std::string>().empty())
    return CommandText{{json.get<std::string>()}, true};
  if (!json.is_array() || json.empty()) return error;
  CommandText command{{}, false};
  for (const Json& word : json) {
    if (word.is_structured() || word.is_null()) return error;
    command.words.push_back(word.is_string() ? word.get<std::string>() : word.dump());
  }
  return command;
}

Status read_commands(const JsonObject& object, ProgramDescription& program) {
  const auto read = [&](const char* key, std::optional<CommandText>& command) -> Status {
    if (!object.has(key)) return {};
    TAMIS_ASSIGN(const Json* json, object.member(key));
    TAMIS_ASSIGN(command, read_command(*json, object.origin(), key));
    return {};
  };
  TAMIS_TRY(read("build", program.build));
  TAMIS_TRY(read("run", program.run));
  return read("serve", program.serve);
}

Result<Verdict> read_verdict(const Json& json, const std::string& origin) {
  if (!json.is_string()) return invalid_input(fmt::format("{}: a verdict must be a word", origin));
  Result<Verdict> verdict = parse_verdict(json.get<std::string>());
  if (!verdict.ok()) return verdict.error().within(origin);
  if (*verdict == Verdict::valid || *verdict == Verdict::rejected)
    return invalid_input(
        fmt::format("{}: \"{}\" is not a verdict of a failure", origin, to_string(*verdict)));
  return verdict;
}

Status read_exit_codes(const JsonObject& object, ProgramDescription& program) {
  if (!object.has("exit_codes")) return {};
  TAMIS_ASSIGN(const Json* map, object.member("exit_codes"));
  const std::string origin = object.origin() + ": \"exit_codes\"";
  if (!map->is_object()) return invalid_input(origin + " must map exit statuses to verdicts");
  for (const auto& [text, verdict] : map->items()) {
    const std::optional<int64_t> code = parse_integer(text);
    if (!code || *code < 1 || *code > 255)
      return invalid_input(fmt::format("{}: \"{}\" is not an exit status from 1 to 255", origin, text));
    TAMIS_ASSIGN(const Verdict meaning, read_verdict(verdict, origin));
    program.exit_codes.emplace_back(static_cast<int>(*code), meaning);
  }
  return {};
}

Status read_messages(const JsonObject& object, ProgramDescription& program) {
  if (!object.has("messages")) return {};
  TAMIS_ASSIGN(const Json* map, object.member("messages"));
  const std::string origin = object.origin() + ": \"messages\"";
  if (!map->is_object()) return invalid_input(origin + " must map patterns to verdicts");
  for (const auto& [text, verdict] : map->items()) {
    Result<Pattern> pattern = Pattern::parse(text);
    if (!pattern.ok()) return pattern.error().within(origin);
    TAMIS_ASSIGN(const Verdict meaning, read_verdict(verdict, origin));
    program.messages.emplace_back(std::move(*pattern), meaning);
  }
  return {};
}

Status read_environment(const JsonObject& object, ProgramDescription& program) {
  if (!object.has("environment")) return {};
  TAMIS_ASSIGN(const Json* map, object.member("environment"));
  const std::string origin = object.origin() + ": \"environment\"";
  if (!map->is_object()) return invalid_input(origin + " must map names of variables to their values");
  for (const auto& [name, value] : map->items()) {
    if (name.empty() || name.find('=') != std::string::npos)
      return invalid_input(fmt::format("{}: \"{}\" is not a name of a variable", origin, name));
    if (value.is_structured() || value.is_null())
      return invalid_input(fmt::format("{}: the value of {} must be a text or a number", origin, name));
    program.environment.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return {};
}

std::string below(const std::string& folder, const std::string& directory) {
  return (std::filesystem::path(folder) / directory).lexically_normal().string();
}

/// What a user asked for with flags, put in the place of what the file says.
Status apply(const CommandSettings& settings, ProgramDescription& program) {
  if (!settings.run.empty() && !settings.serve.empty())
    return invalid_input("--run and --serve exclude each other");
  if (!settings.run.empty() || !settings.serve.empty()) {
    program.build.reset();
    program.run.reset();
    program.serve.reset();
    (settings.run.empty() ? program.serve : program.run) =
        CommandText{{settings.run.empty() ? settings.serve : settings.run}, true};
    program.directory.clear();
  }
  if (settings.latency.empty()) return {};
  Result<LatencyRule> rule = parse_latency_rule(settings.latency);
  if (!rule.ok()) return rule.error().within("--latency");
  program.latency = std::move(*rule);
  return {};
}

Status check(const ProgramDescription& program) {
  if (!program.run && !program.serve)
    return invalid_input(
        "nothing says how a config is run; give --run 'COMMAND {knob}', --serve COMMAND, --program FILE, or "
        "the space file a member \"program\"");
  if (program.run && program.serve)
    return invalid_input("the program has both \"run\" and \"serve\"; a server runs every config itself");
  if (program.serve && (program.build || program.latency || !program.exit_codes.empty() ||
                        !program.messages.empty() || program.repeat != 1))
    return invalid_input(
        "\"build\", \"latency\", \"repeat\", \"exit_codes\" and \"messages\" are of no use to a server, "
        "which "
        "answers with verdicts and latencies");
  if (program.run && !program.latency)
    return invalid_input(
        "nothing says where the latency comes from; \"latency\" (--latency) must be json, wall, or a pattern "
        "such as 'time (?P<ms>[0-9.]+)'");
  return {};
}

/// Errors: as objective_from_json.
Result<Objective> objective_in(const SpaceFile& file, const std::string& origin) {
  if (file.objective.empty()) return Objective{};
  TAMIS_ASSIGN(const Json json, parse_json(file.objective, origin));
  return objective_from_json(json, origin);
}

}  // namespace

Result<ProgramDescription> program_from_json(const Json& json, const std::string& origin,
                                             const std::string& folder) {
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only(
      {"build", "run", "serve", "environment", "directory", "latency", "repeat", "exit_codes", "messages"}));
  ProgramDescription program;
  TAMIS_TRY(read_commands(object, program));
  TAMIS_TRY(read_environment(object, program));
  TAMIS_ASSIGN(const std::string directory, object.string_or("directory", ""));
  program.directory = below(folder, directory);
  if (object.has("latency")) {
    TAMIS_ASSIGN(const Json* latency, object.member("latency"));
    TAMIS_ASSIGN(program.latency, latency_rule_from_json(*latency, origin));
  }
  TAMIS_ASSIGN(const int64_t repeat, object.integer_or("repeat", 1, 1, kMostRepeats));
  program.repeat = static_cast<int>(repeat);
  TAMIS_TRY(read_exit_codes(object, program));
  TAMIS_TRY(read_messages(object, program));
  program.text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return program;
}

Result<Objective> declared_objective(const SpaceFile& file, const std::string& origin,
                                     const std::string& flag) {
  if (flag.empty()) return objective_in(file, origin);
  const Result<ObjectiveRequest> asked = parse_objective_request(flag);
  if (!asked.ok()) return asked.error().within("--objective");
  if (const Result<Objective> own = objective_in(file, origin);
      !file.objective.empty() && own.ok() && own->name == asked->name)
    return Objective{own->name, asked->unit.empty() ? own->unit : asked->unit,
                     asked->direction.value_or(own->direction)};
  Result<Objective> named = parse_objective(flag);
  return named.ok() ? named : named.error().within("--objective");
}

Result<ProgramDescription> describe_program(const CommandSettings& settings, const std::string& file_program,
                                            const std::string& folder) {
  ProgramDescription program;
  if (!settings.program.empty()) {
    TAMIS_ASSIGN(const std::string text, read_file(settings.program));
    TAMIS_ASSIGN(Json json, parse_yaml(text, settings.program));
    json = unmarked_numbers(std::move(json));
    TAMIS_ASSIGN(program, program_from_json(json, settings.program,
                                            std::filesystem::path(settings.program).parent_path().string()));
  } else if (!file_program.empty()) {
    TAMIS_ASSIGN(const Json json, parse_json(file_program, "program"));
    TAMIS_ASSIGN(program, program_from_json(json, "program", folder));
  }
  TAMIS_TRY(apply(settings, program));
  TAMIS_TRY(check(program));
  program.text += fmt::format("\n{}\n{}\n{}", settings.run, settings.serve, settings.latency);
  return program;
}

}  // namespace tamis::command

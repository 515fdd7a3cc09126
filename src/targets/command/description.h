#pragma once

#include "space/file/space_file.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/trial.h"
#include "targets/command/outcome.h"
#include "targets/command/pattern.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tamis::command {

/// A command as the user wrote it, placeholders and all: a line for the shell, or a program and its
/// arguments.
struct CommandText {
  std::vector<std::string> words;  ///< the line alone, where `shell`
  bool shell = true;
};

/// How configs of a space are run: the member `program` of a space file, or a file of its own
/// (docs/reference/program-format).
struct ProgramDescription {
  std::optional<CommandText> build;  ///< one-shot: run first, to make what `run` runs
  std::optional<CommandText> run;    ///< one-shot: runs one config; exactly one of run and serve is set
  std::optional<CommandText> serve;  ///< a server (server_protocol.h)
  std::vector<std::pair<std::string, std::string>> environment;  ///< values may have placeholders
  std::string directory;               ///< where programs start; empty: where tamis was started
  std::optional<LatencyRule> latency;  ///< one-shot only, and set there
  int repeat = 1;                      ///< one-shot: how often a config is run; each gives its samples
  std::vector<std::pair<int, Verdict>> exit_codes;    ///< one-shot: what an exit status other than 0 means
  std::vector<std::pair<Pattern, Verdict>> messages;  ///< one-shot: what a pattern in the output means
  std::string text;  ///< everything above as JSON, which tells programs apart
};

/// Reads a description; relative directories are below `folder`. Errors: invalid_input that names the member.
Result<ProgramDescription> program_from_json(const Json& json, const std::string& origin,
                                             const std::string& folder);

/// The settings of the target command (docs/reference/program-format), each empty where it was not given.
struct CommandSettings {
  std::string program;                    ///< a file that says how a config is run, instead of the space file
  std::string run;                        ///< the command line that runs a config, instead of the file's
  std::string serve;                      ///< the server that runs configs, instead of the file's
  std::string latency;                    ///< `json`, `wall` or a pattern, instead of the file's
  std::string objective;                  ///< what is optimised, instead of what the space file says
  std::vector<std::string> devices = {};  ///< names of the devices that configs run on, one per job
};

/// What is optimised: what `flag` says (CommandSettings::objective), with what it leaves open as the space
/// file has it, where that is of the same name; without a flag what the file says, latency where it does not.
/// Errors: as objective_from_json and parse_objective.
Result<Objective> declared_objective(const SpaceFile& file, const std::string& origin,
                                     const std::string& flag = {});

/// The description that applies: `file_program` (JSON text of a space file in `folder`; empty: none), or the
/// file that the settings name instead, with what the settings replace in it. Errors: as program_from_json;
/// not_found, io, corrupt for the file; invalid_input when nothing says how a config is run or where its
/// latency comes from.
Result<ProgramDescription> describe_program(const CommandSettings& settings, const std::string& file_program,
                                            const std::string& folder);

}  // namespace tamis::command

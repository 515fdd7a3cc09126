#include "targets/command/server_command.h"

#include "process/run_to_end.h"
#include "targets/command/placeholders.h"

#include <fmt/format.h>

namespace tamis::command {

Result<SpawnOptions> server_command(const ProgramDescription& program, const std::string& device) {
  const Space no_knobs;
  const PlaceholderValues values{{}, device};
  const auto fill = [&](const std::string& text, const char* key, bool quoted) -> Result<std::string> {
    TAMIS_ASSIGN(const TextTemplate parsed, TextTemplate::parse(text, {}, key));
    if (parsed.depends_on_config())
      return invalid_input(fmt::format(
          "{}: a server runs many configs, so {{device}} is the only placeholder that it has", key));
    return parsed.fill(no_knobs, {}, values, quoted);
  };
  SpawnOptions options;
  options.directory = program.directory;
  for (const std::string& word : program.serve->words) {
    TAMIS_ASSIGN(std::string filled, fill(word, "\"serve\"", program.serve->shell));
    options.arguments.push_back(std::move(filled));
  }
  if (program.serve->shell) options.arguments = shell_command(options.arguments.front());
  options.environment = {{"TAMIS_DEVICE", device}};
  for (const auto& [name, value] : program.environment) {
    TAMIS_ASSIGN(std::string filled, fill(value, "\"environment\"", false));
    options.environment.emplace_back(name, std::move(filled));
  }
  return options;
}

}  // namespace tamis::command

#pragma once

#include "tamis/result.h"
#include "tamis/space.h"

#include <optional>
#include <string>

namespace tamis {

/// A space as a file describes it.
struct SpaceFile {
  std::string name;  ///< for people: what the file says, else the file's name without its ending
  /// Its allowed configs are enumerated (Space::enumerated), unless `not_enumerated` says why not.
  Space space;
  std::string not_enumerated;            ///< empty where the space is enumerated
  std::optional<Config> default_config;  ///< allowed by the constraints
  /// How a config is run, as JSON text for the target `command`; empty where the file does not say.
  std::string program;
  /// The kernel that its configs are of, as JSON text for the targets opencl and cuda: the member `kernel`,
  /// or a whole T1 document that has a `KernelSpecification`; empty where the file does not say.
  std::string kernel;
  /// What is optimised, as JSON text (objective_from_json in tamis/objective.h); empty where the file does
  /// not say.
  std::string objective;
  double enumeration_ms = 0;  ///< how long enumerating took, or trying to
};

/// Reads the text of a space file, in one of three forms that are told apart by what is in them
/// (docs/reference/space-files):
///
/// - T1, the community's input format (https://github.com/odgaard/TuningSchema), JSON with a
///   `ConfigurationSpace`,
/// - tamis's own in JSON,
/// - or tamis's own in YAML.
///
/// `origin` names the text in errors. Errors: corrupt for text that is neither JSON nor YAML; invalid_input,
/// naming the key, for anything that is not as the reference page says. Thread safe.
Result<SpaceFile> parse_space(const std::string& text, const std::string& origin);

/// The same of a file, gzipped or not. Errors: those of parse_space and read_file.
Result<SpaceFile> read_space_file(const std::string& path);

/// Whether a JSON or YAML text looks like a space file, so that an error in it is worth telling: it names
/// knobs or tuning parameters.
bool looks_like_space(const std::string& text);

}  // namespace tamis

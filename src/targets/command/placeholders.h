#pragma once

#include "tamis/result.h"
#include "tamis/space.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tamis::command {

/// What a placeholder may stand for besides knobs.
struct PlaceholderValues {
  std::string scratch;  ///< `{scratch}`: a directory that exists while the config is tried
  std::string device;   ///< `{device}`: the name of the device
};

/// A text with placeholders: `--tile {tile_x}`. In braces stands the name of a knob, one factor of a split as
/// `{tile[0]}` (the outermost), `scratch`, `device`, or `index` (the config's number in the space); a split
/// as a whole is written by its inner factors, as `8` or `2x14`. Braces around anything that is not a name
/// stay as they are, and so do `${...}`; `{{print}}` is `{print}`. Immutable, thread safe.
class TextTemplate {
 public:
  /// Errors: invalid_input for a name that is not a knob (with the nearest), a factor that a knob does not
  /// have. `origin` names the text in errors.
  static Result<TextTemplate> parse(std::string_view text, std::span<const Knob> knobs,
                                    const std::string& origin);

  /// The text for a config of a space with these knobs. With `quoted` each value that is more than letters,
  /// digits and `_-.,:/=+@%` is quoted for the shell.
  std::string fill(const Space& space, const Config& config, const PlaceholderValues& values,
                   bool quoted = false) const;
  /// Whether a placeholder other than `{device}` is in it.
  bool depends_on_config() const;

 private:
  enum class Special { scratch, device, index };
  struct KnobPart {
    size_t position = 0;
    int factor = -1;  // of a split; -1: the value as a whole
  };
  using Part = std::variant<std::string, KnobPart, Special>;

  static Result<Part> parse_name(std::string_view name, std::span<const Knob> knobs,
                                 const std::string& origin);
  std::string value_of(const Part& part, const Space& space, const Config& config,
                       const PlaceholderValues& values) const;

  std::vector<Part> parts_;
};

}  // namespace tamis::command

#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tamis {

struct Knob;

/// Values of one knob that are believed to be good, as positions among its values.
struct HintedKnob {
  uint32_t knob = 0;             ///< its position in the space
  std::vector<uint32_t> values;  ///< ascending, at least one
  friend bool operator==(const HintedKnob&, const HintedKnob&) = default;
};

/// What a user believes to be likely good: values of one knob, or of several that are good together. A config
/// agrees with it the more, the more of these knobs have one of the values. Only a belief: every config stays
/// in the space, and strategies drop it when trials do not bear it out.
struct Hint {
  std::vector<HintedKnob> knobs;  ///< in the order of the space, at least one
  friend bool operator==(const Hint&, const Hint&) = default;
};

/// So many hints a space may have.
inline constexpr size_t kMostHints = 1000;

/// A hint as people write it: knobs by their names, each with texts of its values as Space::parse takes them.
using NamedHint = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// Finds knobs and values in a space of these knobs. Errors: invalid_input for a hint that names no knob, a
/// knob that is not there or is named twice, no value, and a value that the knob does not have, naming the
/// nearest. Thread safe.
Result<Hint> make_hint(std::span<const Knob> knobs, const NamedHint& named);

/// A hint in one line: `tile_m=16|32 order=m,n,k`. Values with a blank or a `|` cannot be written so. Errors:
/// as make_hint, and invalid_input for a word without `=`. Thread safe.
Result<Hint> parse_hint(std::span<const Knob> knobs, const std::string& text);

/// Hints as JSON: an array of objects from names of knobs to arrays of values.
Json to_json(std::span<const Knob> knobs, std::span<const Hint> hints);

}  // namespace tamis

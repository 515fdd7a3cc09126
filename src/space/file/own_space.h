#pragma once

#include "space/file/space_file.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <string>

namespace tamis {

/// A knob as a space file of tamis's own form describes it.
struct OwnKnob {
  Knob knob;
  /// Where this formula over the knobs is false the knob has its first value; empty: always free.
  std::string when;
};

/// Reads `[8, 16]` or `{values: ...}`, `{range: [1, 9]}`, `{powers_of_two: [1, 64]}`, `{split: 64, parts:
/// 2}`, `{permutation: [m, n, k]}`, each with `when: FORMULA` where it is conditional. `origin` names the
/// knob in errors. Errors: invalid_input. Thread safe.
Result<OwnKnob> read_own_knob(std::string name, const Json& json, const std::string& origin);

/// The condition of a knob with `when` as a formula: `(use_shared == 1) or pad == 0`.
std::string condition_of(const OwnKnob& knob);

/// Reads a space in tamis's own form from its JSON, which may have been YAML (docs/reference/space-files).
/// The space is not yet enumerated. `origin` names the text in errors. Errors: as parse_space. Thread safe.
Result<SpaceFile> read_own_space(const Json& json, const std::string& origin);

}  // namespace tamis

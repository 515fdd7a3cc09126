#pragma once

#include "space/file/space_file.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <string>

namespace tamis {

/// Reads a space in tamis's own form from its JSON, which may have been YAML (docs/reference/space-files).
/// The space is not yet enumerated. `origin` names the text in errors. Errors: as parse_space. Thread safe.
Result<SpaceFile> read_own_space(const Json& json, const std::string& origin);

}  // namespace tamis

#pragma once

#include "base/json.h"
#include "network/library/library.h"
#include "tamis/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tamis::network {

/// What a file NAME.json says beside the library itself.
struct StoredObject {
  std::string file;  ///< `kernels/NAME_0.o`, in the folder
  uint64_t bytes = 0;
  uint64_t hash = 0;  ///< hash_bytes() of it
};
struct StoredLibrary {
  Library library;  ///< without the weights; its objects know their workspaces, and have no code yet
  std::vector<StoredObject> objects;
  std::vector<size_t> object_of_kernel;
  uint64_t weights_bytes = 0;
  uint64_t weights_hash = 0;
};

/// Whether a file may be a description by its name: it has weights beside it, unlike what build systems
/// write.
bool may_describe_library(const std::filesystem::path& path);
/// Everything of a library but its weights and its code; `weights_hash` is of the former.
Json to_json(const Library& library, uint64_t weights_hash);
/// The reverse. `origin` names the file in errors. Errors: corrupt for what to_json() does not write;
/// unsupported for a newer version of it. Whether the parts fit each other, check_library() says.
Result<StoredLibrary> read_library(const Json& json, const std::string& origin);

}  // namespace tamis::network

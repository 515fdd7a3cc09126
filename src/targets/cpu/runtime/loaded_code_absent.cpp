#include "targets/cpu/runtime/loaded_code.h"

// A build without LLVM (TAMIS_WITH_LLVM=OFF), which links programs too: none is ever loaded.

namespace tamis::cpu {

struct LoadedCode::Linker {};

Status check_object(const CompiledObject&) {
  return unsupported(
      "this build of tamis has no LLVM, so the target cpu cannot load programs; build it with "
      "-DTAMIS_WITH_LLVM=ON (Debian: llvm-19-dev)");
}

LoadedCode::LoadedCode() = default;
LoadedCode::~LoadedCode() = default;

Result<std::unique_ptr<LoadedCode>> LoadedCode::load(std::span<const CompiledObject* const>) {
  return unsupported(
      "this build of tamis has no LLVM, so the target cpu cannot load programs; build it with "
      "-DTAMIS_WITH_LLVM=ON (Debian: llvm-19-dev)");
}

Result<LoadedCode::Function> LoadedCode::find(const std::string& name) const {
  return Error{ErrorKind::internal, "no code is loaded, so there is no " + name};
}

}  // namespace tamis::cpu

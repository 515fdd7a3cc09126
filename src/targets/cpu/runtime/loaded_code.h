#pragma once

#include "tamis/result.h"
#include "targets/cpu/codegen/compiler.h"

#include <memory>
#include <span>
#include <string>

namespace tamis::cpu {

/// Whether bytes are an object file for this processor's architecture, as far as its beginning tells; what
/// its code does nobody knows. Errors: corrupt; unsupported for another architecture, and where this build
/// has no LLVM. Thread safe.
Status check_object(const CompiledObject& object);

/// Object files in the memory of this process. Their code can do whatever it likes to the process.
class LoadedCode {
 public:
  /// A program's function NAME_call: its arguments in an array, in their order, and then its workspace.
  struct Function {
    void (*code)(void** pointers) = nullptr;
    void operator()(void** pointers) const { code(pointers); }
  };

  /// Links objects together. Errors: unsupported where one is for another processor than this one, or this
  /// build has no LLVM; internal where they cannot be linked.
  static Result<std::unique_ptr<LoadedCode>> load(std::span<const CompiledObject* const> objects);
  LoadedCode(const LoadedCode&) = delete;
  LoadedCode& operator=(const LoadedCode&) = delete;
  ~LoadedCode();

  /// A function by its name. Lives as long as this. Errors: internal where there is none.
  Result<Function> find(const std::string& name) const;

 private:
  LoadedCode();
  struct Linker;
  std::unique_ptr<Linker> linker_;
};

}  // namespace tamis::cpu

#pragma once

#include "support/temporary_directory.h"
#include "targets/gpu/runtime/program.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace tamis::gpu::testing {

/// Printed CUDA programs, compiled together by the host's compiler and run on the processor (shim.h). Runs
/// what a source says, its PTX instructions included; how fast a GPU would be it does not tell. One object at
/// a time runs, on one thread.
class HostPrograms {
 public:
  /// Compiles the programs. What went wrong is in error(), which must be asked first.
  explicit HostPrograms(const std::vector<KernelProgram>& programs);
  HostPrograms(const HostPrograms&) = delete;
  HostPrograms& operator=(const HostPrograms&) = delete;
  ~HostPrograms();

  /// Why there are no programs; empty where there are.
  const std::string& error() const { return error_; }

  /// Runs the launches of a program, by its number, on these arguments, which are changed in place. What went
  /// wrong, or "".
  std::string run(size_t program, std::vector<std::vector<std::byte>>& arguments) const;

 private:
  std::vector<KernelProgram> programs_;
  TemporaryDirectory directory_;
  void* library_ = nullptr;
  std::string error_;
};

/// A CUDA source as the host's compiler takes it: assembly statements become calls of the shim, and shared
/// memory lies in a section of that name.
std::string for_host(const std::string& source, const std::string& section);

}  // namespace tamis::gpu::testing

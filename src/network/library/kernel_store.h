#pragma once

#include "network/library/library.h"
#include "tamis/result.h"
#include "targets/cpu/codegen/machine.h"
#include "targets/loop/statement.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tamis::network {

/// What a kernel is, but for its code.
struct KernelFacts {
  std::string word;    ///< what its function is called after: `conv2d`, `maxpool`
  std::string what;    ///< LibraryKernel::what
  std::string config;  ///< LibraryKernel::config
  double latency_ns = 0;
};

/// Kernels of a library, each once.
class KernelStore {
 public:
  /// `name`: of the library.
  explicit KernelStore(std::string name) : name_(std::move(name)) {}

  /// The number of the kernel of a program; programs that compute the same are one. Errors: internal for a
  /// program that would leave its buffers.
  Result<size_t> add(loop::Program program, const KernelFacts& facts);

  /// Compiles all kernels, on all cores. Errors: internal.
  Result<std::vector<LibraryKernel>> compile(const cpu::Machine& machine, int threads);

 private:
  std::string name_;
  std::vector<LibraryKernel> kernels_;
  std::vector<loop::LoweredProgram> programs_;
  std::map<std::string, size_t> known_;  // by the program's text
};

}  // namespace tamis::network

#include "targets/cpu/runtime/loaded_kernel.h"

// A build without LLVM (TAMIS_WITH_LLVM=OFF), which links programs too: none is ever loaded.

namespace tamis::cpu {

struct LoadedKernel::Code {};

LoadedKernel::LoadedKernel() = default;
LoadedKernel::~LoadedKernel() = default;

Result<std::unique_ptr<LoadedKernel>> LoadedKernel::load(const CpuArtifact&, const WorkloadData&) {
  return unsupported(
      "this build of tamis has no LLVM, so the target cpu cannot load programs; build it with "
      "-DTAMIS_WITH_LLVM=ON (Debian: llvm-19-dev)");
}

bool LoadedKernel::copy_weights(const AlignedBytes&) { return false; }
void LoadedKernel::turn_weights() {}
void LoadedKernel::run() const {}
Tensor LoadedKernel::output() const { return {}; }

}  // namespace tamis::cpu

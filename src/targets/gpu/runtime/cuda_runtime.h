#pragma once

#include "targets/gpu/runtime/cuda_compiler.h"
#include "targets/gpu/runtime/library_search.h"
#include "targets/gpu/runtime/runtime.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis::gpu {

/// The names of this machine's CUDA devices, by ordinal. Errors: as open_cuda_library and CudaDriver::load.
Result<std::vector<std::string>> list_cuda_devices(const SearchScope& scope);

/// Opens a device behind the CUDA driver, with the newest NVRTC whose programs the driver runs. What it
/// compiles and launches are Cubins, of its own CudaCompiler or of another for the same architecture.
/// Failures after which the process must be replaced say so (Failure::process_lost), and so does a launch
/// that reached its deadline, as a kernel cannot be stopped.
/// Errors: not_found without a driver, device or NVRTC; io for what the driver says.
Result<std::unique_ptr<Runtime>> open_cuda_runtime(const SearchScope& scope, int ordinal);

}  // namespace tamis::gpu

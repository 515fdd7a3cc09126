#pragma once

#include "tamis/result.h"
#include "targets/gpu/runtime/library_search.h"
#include "targets/gpu/runtime/runtime.h"

#include <memory>
#include <string>

namespace tamis::gpu {

/// What a spec of the target `cuda` names: a device, or an architecture to build for without one.
struct CudaChoice {
  int ordinal = 0;           ///< of the device
  std::string architecture;  ///< `sm_90`; empty: that of the device
  friend bool operator==(const CudaChoice&, const CudaChoice&) = default;
};

/// Reads `cuda`, `cuda:1` or `cuda:arch=sm_90`. Errors: invalid_input, saying which specs there are.
Result<CudaChoice> parse_cuda_spec(const std::string& spec);

/// The sentence that tells how to build for an architecture where nothing can be run: it follows what is
/// missing.
std::string how_to_build_only(const std::string& architecture);

/// Compiles for an architecture as open_cuda_runtime() does, without driver and device. Its facts are those
/// of facts_of_architecture(); it has no memory and launches nothing, which are errors of their functions.
/// Errors: not_found without NVRTC; invalid_input for an architecture that NVRTC does not know.
Result<std::unique_ptr<Runtime>> open_cuda_builder(const SearchScope& scope, const std::string& architecture);

}  // namespace tamis::gpu

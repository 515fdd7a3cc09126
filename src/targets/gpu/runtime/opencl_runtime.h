#pragma once

#include "tamis/result.h"
#include "targets/gpu/runtime/runtime.h"

#include <memory>
#include <string>

namespace tamis::gpu {

/// Which device of OpenCL is opened, and how.
struct OpenClOptions {
  /// A number, counted from 0 over the devices of all platforms, or a part of the device's name in any case;
  /// empty: the first GPU, or the first device where there is none.
  std::string device;
  /// How many threads a CPU's device runs kernels on, for those drivers that can be told (PoCL); 0: as many
  /// as the driver takes. The first that a process opens with counts for all that it opens.
  int threads = 0;
  std::string library = "libOpenCL.so.1";  ///< the loader, as dlopen() finds it
};

/// A device of OpenCL, through the loader that this process opens. PoCL keeps what it compiles in a folder
/// that is removed when this process ends, or by the next process where it is killed.
///
/// Errors: not_found, saying what to install or which devices there are, where there is no loader, no driver
/// or no such device; unsupported for a loader that lacks a function and in a build without OpenCL's headers;
/// io for what the driver refuses. Thread safe; a runtime is used by one thread at a time.
Result<std::unique_ptr<Runtime>> open_opencl_runtime(const OpenClOptions& options);

}  // namespace tamis::gpu

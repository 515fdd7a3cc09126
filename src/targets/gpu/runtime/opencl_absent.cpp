#include "targets/gpu/runtime/opencl_runtime.h"

// A build without OpenCL's headers: the target opencl is refused where its device is opened.

namespace tamis::gpu {

Result<std::unique_ptr<Runtime>> open_opencl_runtime(const OpenClOptions&) {
  return unsupported(
      "this build of tamis has no OpenCL; build it where OpenCL's headers are (Debian: opencl-headers)");
}

}  // namespace tamis::gpu

#include "targets/gpu/runtime/program.h"

namespace tamis::gpu {

std::string_view to_string(Language language) {
  return language == Language::opencl ? "OpenCL C" : "CUDA C++";
}

}  // namespace tamis::gpu

#include "base/json.h"
#include "targets/gpu/kernel/description.h"
namespace tamis::gpu {
Result<Json> kernel_of_t1(const Json&, const std::string& origin, const Space&) {
  return unsupported(origin + ": KernelSpecification is not read yet");
}
}  // namespace tamis::gpu

#include "targets/gpu/cuda_target.h"

#include "targets/gpu/gpu_target.h"
#include "targets/gpu/runtime/cuda_choice.h"
#include "targets/gpu/runtime/cuda_runtime.h"

#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {

const std::vector<SettingKind>& cuda_setting_kinds() {
  static const std::vector<SettingKind> kinds = {
      {"caches", "`warm`; `cold`: emptied before every timed run", "warm"},
  };
  return kinds;
}

Result<std::shared_ptr<const Target>> make_cuda_target(const std::string& spec, const Settings& settings) {
  TAMIS_ASSIGN(const CudaChoice choice, parse_cuda_spec(spec));
  GpuBackend backend;
  backend.kind = "cuda";
  backend.language = Language::cuda;
  TAMIS_ASSIGN(backend.caches, parse_caches(setting_or_default(settings, cuda_setting_kinds(), "caches")));
  if (choice.architecture.empty()) {
    backend.open = [ordinal = choice.ordinal] { return open_cuda_runtime(usual_scope(), ordinal); };
    backend.reserves_addresses = true;
  } else {
    backend.open = [architecture = choice.architecture] {
      return open_cuda_builder(usual_scope(), architecture);
    };
    backend.builds_only = fmt::format("{} names no device, so nothing can run; {}", spec,
                                      how_to_build_only(choice.architecture));
  }
  return make_gpu_target(spec, settings, std::move(backend));
}

}  // namespace tamis::gpu

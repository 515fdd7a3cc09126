#include "targets/gpu/opencl_target.h"

#include "base/text.h"
#include "targets/gpu/gpu_target.h"
#include "targets/gpu/runtime/opencl_runtime.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr std::string_view kName = "opencl";

Result<std::string> device_of(const std::string& spec) {
  if (spec == kName) return std::string();
  const std::string text = spec.substr(std::min(spec.size(), kName.size() + 1));
  if (!spec.starts_with("opencl:") || text.empty())
    return invalid_input(fmt::format(
        "\"{}\" is not an opencl target; write `opencl`, `opencl:NUMBER` or `opencl:PART-OF-A-NAME`", spec));
  return text;
}

}  // namespace

const std::vector<SettingKind>& opencl_setting_kinds() {
  static const std::vector<SettingKind> kinds = {
      {"threads", "threads that a processor runs kernels on (PoCL); 0: as many as its driver takes", "0"},
      {"caches", "`warm`; `cold`: emptied before every timed run", "warm"},
  };
  return kinds;
}

Result<std::shared_ptr<const Target>> make_opencl_target(const std::string& spec, const Settings& settings) {
  const auto value = [&](const char* name) {
    return setting_or_default(settings, opencl_setting_kinds(), name);
  };
  OpenClOptions options;
  TAMIS_ASSIGN(options.device, device_of(spec));
  const std::string threads = value("threads");
  const std::optional<int64_t> count = parse_integer(threads);
  if (!count || *count < 0 || *count > 4096)
    return invalid_input(fmt::format("--threads is \"{}\"; it must be an integer from 0 to 4096", threads));
  options.threads = static_cast<int>(*count);
  GpuBackend backend;
  backend.kind = kName;
  backend.language = Language::opencl;
  TAMIS_ASSIGN(backend.caches, parse_caches(value("caches")));
  backend.open = [options] { return open_opencl_runtime(options); };
  if (options.threads > 0) backend.properties = {{"threads", threads}};
  return make_gpu_target(spec, settings, std::move(backend));
}

}  // namespace tamis::gpu

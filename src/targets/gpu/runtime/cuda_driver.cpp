#include "targets/gpu/runtime/cuda_driver.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

// Of CUresult.
constexpr CudaOutcome kOutOfMemory = 2;
constexpr CudaOutcome kUnavailable = 46;
constexpr CudaOutcome kNoDevice = 100;
constexpr CudaOutcome kLaunchOutOfResources = 701;
constexpr CudaOutcome kWatchdog = 702;

/// After these the context is of no more use, and with it the process: deinitialised, an uncorrectable error
/// of memory or of NVLink, illegal address, watchdog, a failed assertion, faults of the instruction stream,
/// and what the driver does not know itself.
constexpr std::array kFatal = {4, 214, 220, 700, kWatchdog, 710, 714, 715, 716, 717, 718, 719, 999};
/// The image is not one for this device, or of a compiler that is newer than the driver.
constexpr std::array kNotLoaded = {200, 209, 218, 222};

template <size_t count>
bool is_one_of(const std::array<int, count>& all, int outcome) {
  return std::find(all.begin(), all.end(), outcome) != all.end();
}

Verdict verdict_of(CudaOutcome outcome) {
  if (outcome == kUnavailable || outcome == kNoDevice) return Verdict::device_lost;
  if (outcome == kOutOfMemory || outcome == kLaunchOutOfResources) return Verdict::resource_exceeded;
  if (outcome == kWatchdog) return Verdict::run_timeout;
  return is_one_of(kFatal, outcome) ? Verdict::run_failed : Verdict::launch_failed;
}

}  // namespace

Status CudaDriver::bind() {
  const SharedLibrary& from = *library_;
  CudaFunctions& f = functions_;
  TAMIS_TRY(from.bind("cuGetErrorName", f.error_name));
  TAMIS_TRY(from.bind("cuGetErrorString", f.error_text));
  TAMIS_TRY(from.bind("cuInit", f.init));
  TAMIS_TRY(from.bind("cuDriverGetVersion", f.driver_version));
  TAMIS_TRY(from.bind("cuDeviceGetCount", f.device_count));
  TAMIS_TRY(from.bind("cuDeviceGet", f.device));
  TAMIS_TRY(from.bind("cuDeviceGetName", f.device_name));
  TAMIS_TRY(from.bind("cuDeviceTotalMem_v2", f.device_memory));
  TAMIS_TRY(from.bind("cuDeviceGetAttribute", f.device_attribute));
  TAMIS_TRY(from.bind("cuDeviceGetPCIBusId", f.device_bus_address));
  TAMIS_TRY(from.bind("cuDevicePrimaryCtxRetain", f.retain_context));
  TAMIS_TRY(from.bind("cuDevicePrimaryCtxRelease_v2", f.release_context));
  TAMIS_TRY(from.bind("cuCtxSetCurrent", f.set_context));
  TAMIS_TRY(from.bind("cuModuleLoadDataEx", f.load_module));
  TAMIS_TRY(from.bind("cuModuleUnload", f.unload_module));
  TAMIS_TRY(from.bind("cuModuleGetFunction", f.find_function));
  TAMIS_TRY(from.bind("cuModuleGetGlobal_v2", f.find_global));
  TAMIS_TRY(from.bind("cuFuncSetAttribute", f.set_function_attribute));
  TAMIS_TRY(from.bind("cuMemAlloc_v2", f.allocate));
  TAMIS_TRY(from.bind("cuMemFree_v2", f.free));
  TAMIS_TRY(from.bind("cuMemcpyHtoD_v2", f.copy_in));
  TAMIS_TRY(from.bind("cuMemcpyDtoH_v2", f.copy_out));
  TAMIS_TRY(from.bind("cuMemsetD8Async", f.fill));
  TAMIS_TRY(from.bind("cuStreamCreate", f.create_stream));
  TAMIS_TRY(from.bind("cuStreamDestroy_v2", f.destroy_stream));
  TAMIS_TRY(from.bind("cuEventCreate", f.create_event));
  TAMIS_TRY(from.bind("cuEventDestroy_v2", f.destroy_event));
  TAMIS_TRY(from.bind("cuEventRecord", f.record_event));
  TAMIS_TRY(from.bind("cuEventQuery", f.query_event));
  TAMIS_TRY(from.bind("cuEventElapsedTime", f.elapsed));
  return from.bind("cuLaunchKernel", f.launch);
}

Result<std::shared_ptr<const CudaDriver>> CudaDriver::load(std::shared_ptr<const SharedLibrary> library) {
  const std::shared_ptr<CudaDriver> driver(new CudaDriver(std::move(library)));
  TAMIS_TRY(driver->bind());
  const CudaFunctions& functions = driver->functions_;
  const CudaOutcome begun = functions.init(0);
  if (begun == kNoDevice)
    return not_found(
        fmt::format("the NVIDIA driver {} has no device that this process may use (is one "
                    "hidden by CUDA_VISIBLE_DEVICES?)",
                    driver->library_->origin()));
  TAMIS_TRY(driver->check(begun, "starting the NVIDIA driver"));
  TAMIS_TRY(driver->check(functions.driver_version(&driver->version_), "asking the driver for its version"));
  TAMIS_TRY(driver->check(functions.device_count(&driver->device_count_), "counting the devices"));
  return std::shared_ptr<const CudaDriver>(driver);
}

std::string CudaDriver::version() const {
  return fmt::format("{}.{}", version_ / 1000, version_ % 1000 / 10);
}

std::string CudaDriver::describe(CudaOutcome outcome) const {
  const char* name = nullptr;
  const char* text = nullptr;
  if (functions_.error_name(outcome, &name) != kCudaSuccess || name == nullptr)
    return fmt::format("error {} of the CUDA driver", outcome);
  if (functions_.error_text(outcome, &text) != kCudaSuccess || text == nullptr) return name;
  return fmt::format("{}: {}", name, text);
}

Failure CudaDriver::failure(CudaOutcome outcome, const std::string& doing) const {
  std::string message = fmt::format("{}: {}", doing, describe(outcome));
  if (is_one_of(kNotLoaded, outcome))
    message += fmt::format("; the driver runs programs of CUDA {} and older, for the device's architecture",
                           version());
  return {verdict_of(outcome), std::move(message), is_one_of(kFatal, outcome)};
}

Status CudaDriver::check(CudaOutcome outcome, const std::string& doing) const {
  if (outcome == kCudaSuccess) return {};
  return io_error(fmt::format("{}: {}", doing, describe(outcome)));
}

}  // namespace tamis::gpu

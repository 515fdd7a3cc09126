#include "targets/vta/driver/driver_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace tamis::vta {
namespace {

template <class Function>
Status resolve(void* handle, const std::string& path, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(handle, name));
  if (function != nullptr) return {};
  return unsupported(fmt::format(
      "the driver library {} does not export {}, one of the ten functions of a VTA driver", path, name));
}

Status resolve_all(void* handle, const std::string& path, DriverFunctions& functions) {
  TAMIS_TRY(resolve(handle, path, "VTADeviceAlloc", functions.device_alloc));
  TAMIS_TRY(resolve(handle, path, "VTADeviceFree", functions.device_free));
  TAMIS_TRY(resolve(handle, path, "VTADeviceRun", functions.device_run));
  TAMIS_TRY(resolve(handle, path, "VTAMemAlloc", functions.mem_alloc));
  TAMIS_TRY(resolve(handle, path, "VTAMemFree", functions.mem_free));
  TAMIS_TRY(resolve(handle, path, "VTAMemGetPhyAddr", functions.mem_physical_address));
  TAMIS_TRY(resolve(handle, path, "VTAMemCopyFromHost", functions.copy_from_host));
  TAMIS_TRY(resolve(handle, path, "VTAMemCopyToHost", functions.copy_to_host));
  TAMIS_TRY(resolve(handle, path, "VTAFlushCache", functions.flush_cache));
  return resolve(handle, path, "VTAInvalidateCache", functions.invalidate_cache);
}

}  // namespace

Result<std::shared_ptr<DriverLibrary>> DriverLibrary::load(const std::string& path) {
  if (path.empty()) return invalid_input("no driver library named: write --device driver:LIBRARY");
  // A bare name would be searched for in the system's library folders; a user who names a file means that
  // file.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return not_found(fmt::format("cannot load the driver library: {}", ::dlerror()));
  std::shared_ptr<DriverLibrary> library(new DriverLibrary(handle));
  TAMIS_TRY(resolve_all(handle, path, library->functions));
  return library;
}

DriverLibrary::~DriverLibrary() { ::dlclose(handle_); }

}  // namespace tamis::vta

#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace tamis::vta {

/// The ten C functions that tvm-vta's boards and simulators export (its include/vta/driver.h).
struct DriverFunctions {
  void* (*device_alloc)() = nullptr;
  void (*device_free)(void* device) = nullptr;
  /// 0: done, 1: not finished within wait_cycles.
  int (*device_run)(void* device, uint32_t instruction_address, uint32_t count,
                    uint32_t wait_cycles) = nullptr;
  void* (*mem_alloc)(size_t size, int cached) = nullptr;
  void (*mem_free)(void* buffer) = nullptr;
  uint32_t (*mem_physical_address)(void* buffer) = nullptr;
  void (*copy_from_host)(void* destination, const void* source, size_t size) = nullptr;
  void (*copy_to_host)(void* destination, const void* source, size_t size) = nullptr;
  void (*flush_cache)(void* buffer, uint32_t physical_address, int size) = nullptr;
  void (*invalidate_cache)(void* buffer, uint32_t physical_address, int size) = nullptr;
};

/// A loaded driver library; unloaded when the last copy of the pointer goes. Its code runs in this process,
/// so only worker processes load one.
class DriverLibrary {
 public:
  /// Errors: not_found when it cannot be loaded, unsupported naming the first function that it lacks.
  static Result<std::shared_ptr<DriverLibrary>> load(const std::string& path);
  ~DriverLibrary();
  DriverLibrary(const DriverLibrary&) = delete;
  DriverLibrary& operator=(const DriverLibrary&) = delete;

  DriverFunctions functions;

 private:
  explicit DriverLibrary(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace tamis::vta

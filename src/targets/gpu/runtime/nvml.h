#pragma once

#include "targets/gpu/runtime/library_search.h"
#include "targets/gpu/runtime/runtime.h"

#include <memory>
#include <optional>
#include <string>

namespace tamis::gpu {

/// NVIDIA's management library for one device, opened at run time under own declarations. It only reads:
/// clocks are never set. Used by one thread at a time.
class Nvml {
 public:
  /// The device at an address of the PCI bus (`0000:17:00.0`). Looks for `libnvidia-ml.so.1` as the loader
  /// finds it, or for the file that TAMIS_NVML names. nullptr where it is not there or does not know the
  /// device, as in some containers: nothing depends on it.
  static std::unique_ptr<const Nvml> open(const SearchScope& scope, const std::string& bus_address);
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;
  ~Nvml();

  /// The clocks now; nothing where the library does not say them.
  std::optional<DeviceClocks> clocks() const;

 private:
  struct Functions;
  Nvml(std::shared_ptr<const SharedLibrary> library, std::unique_ptr<const Functions> functions);

  std::shared_ptr<const SharedLibrary> library_;
  std::unique_ptr<const Functions> functions_;
  void* device_ = nullptr;
};

}  // namespace tamis::gpu

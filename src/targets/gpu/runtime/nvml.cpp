#include "targets/gpu/runtime/nvml.h"

#include <utility>

namespace tamis::gpu {

struct Nvml::Functions {
  using Outcome = int;  // nvmlReturn_t
  Outcome (*init)() = nullptr;
  Outcome (*shutdown)() = nullptr;
  Outcome (*device_at)(const char* bus_address, void** device) = nullptr;
  Outcome (*clock)(void* device, int kind, unsigned* mhz) = nullptr;
  Outcome (*reasons)(void* device, unsigned long long* reasons) = nullptr;

  Status bind(const SharedLibrary& from) {
    TAMIS_TRY(from.bind("nvmlInit_v2", init));
    TAMIS_TRY(from.bind("nvmlShutdown", shutdown));
    TAMIS_TRY(from.bind("nvmlDeviceGetHandleByPciBusId_v2", device_at));
    TAMIS_TRY(from.bind("nvmlDeviceGetClockInfo", clock));
    // Renamed in the drivers from 535 on, which have both.
    if (from.bind("nvmlDeviceGetCurrentClocksThrottleReasons", reasons).ok()) return {};
    return from.bind("nvmlDeviceGetCurrentClocksEventReasons", reasons);
  }
};

namespace {

constexpr int kNvmlSuccess = 0;
// Of nvmlClockType_t.
constexpr int kMultiprocessorClock = 1;
constexpr int kMemoryClock = 2;
/// Of the reasons: nothing runs, which is no slowdown of what does.
constexpr unsigned long long kIdle = 1;

}  // namespace

Nvml::Nvml(std::shared_ptr<const SharedLibrary> library, std::unique_ptr<const Functions> functions)
    : library_(std::move(library)), functions_(std::move(functions)) {}

Nvml::~Nvml() { functions_->shutdown(); }

std::unique_ptr<const Nvml> Nvml::open(const SearchScope& scope, const std::string& bus_address) {
  Result<std::shared_ptr<const SharedLibrary>> library = open_nvml_library(scope);
  if (!library.ok()) return nullptr;
  auto functions = std::make_unique<Functions>();
  if (!functions->bind(**library).ok() || functions->init() != kNvmlSuccess) return nullptr;
  std::unique_ptr<Nvml> nvml(new Nvml(std::move(*library), std::move(functions)));
  if (nvml->functions_->device_at(bus_address.c_str(), &nvml->device_) != kNvmlSuccess) return nullptr;
  return nvml;
}

std::optional<DeviceClocks> Nvml::clocks() const {
  DeviceClocks clocks;
  unsigned long long reasons = 0;
  if (functions_->clock(device_, kMultiprocessorClock, &clocks.multiprocessor_mhz) != kNvmlSuccess ||
      functions_->clock(device_, kMemoryClock, &clocks.memory_mhz) != kNvmlSuccess)
    return std::nullopt;
  if (functions_->reasons(device_, &reasons) == kNvmlSuccess) clocks.held_back_by = reasons & ~kIdle;
  return clocks;
}

}  // namespace tamis::gpu

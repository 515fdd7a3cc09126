// Stands for libnvidia-ml.so.1: clocks of the first device of the fake driver. FAKE_NVML, a list
// `FUNCTION=CODE,...`, lets functions fail. The clock goes down by 15 MHz each time that it is read.

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

int wished(const std::string& name) {
  const char* wishes = std::getenv("FAKE_NVML");
  const std::string all = std::string(",") + (wishes == nullptr ? "" : wishes) + ",";
  const size_t at = all.find("," + name + "=");
  return at == std::string::npos ? 0 : std::atoi(all.c_str() + at + name.size() + 2);
}

unsigned& clock_mhz() {
  static unsigned mhz = 1995;
  return mhz;
}

}  // namespace

extern "C" {

int nvmlInit_v2() {
  clock_mhz() = 1995;
  return wished("nvmlInit_v2");
}
int nvmlShutdown() { return 0; }
int nvmlSystemGetDriverVersion(char* text, unsigned length) {
  std::strncpy(text, "580.0 (fake)", length);
  return wished("nvmlSystemGetDriverVersion");
}
int nvmlDeviceGetHandleByPciBusId_v2(const char* address, void** device) {
  *device = &clock_mhz();
  return std::strcmp(address, "0000:17:00.0") == 0 ? wished("nvmlDeviceGetHandleByPciBusId_v2") : 6;
}
int nvmlDeviceGetClockInfo(void*, int kind, unsigned* mhz) {
  *mhz = kind == 1 ? clock_mhz() -= 15 : 3201;
  return wished("nvmlDeviceGetClockInfo");
}
/// Idle, and held back by the power cap.
int nvmlDeviceGetCurrentClocksThrottleReasons(void*, unsigned long long* reasons) {
  *reasons = 1 | 4;
  return wished("nvmlDeviceGetCurrentClocksThrottleReasons");
}

}  // extern "C"

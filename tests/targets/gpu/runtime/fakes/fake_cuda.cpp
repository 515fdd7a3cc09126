// Stands for libcuda.so.1: its functions on the host's memory, for a test that opens it. What it runs are
// kernels that it knows by name: `scale` multiplies floats by a factor, `nothing` returns at once, `forever`
// does not end, and `fail_CODE` fails in running with this CUresult. FAKE_CUDA, a list `FUNCTION=CODE,...`,
// lets functions of the driver fail; `cuInit=100` is a machine without a device. fake_cuda_calls() tells how
// often a function was called.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

constexpr int kNotReady = 600;

struct Stream {};
struct Event {
  bool waits = false;  ///< behind a kernel that does not end
};
struct Module {};
struct Function {
  std::string name;
};

/// What the driver knows; a process has one.
struct Driver {
  std::map<std::string, int> calls;
  std::set<void*> memory;
  int sticky = 0;        ///< what every call returns from now on
  bool running = false;  ///< a kernel that does not end
  int shared_limit = 48 << 10;
  float weights[4] = {};  ///< the constant array of every program
  std::vector<Function*> functions;
};

Driver& driver() {
  static Driver one;
  return one;
}

/// Counts a call; what it is to fail with, or 0.
int begin(const std::string& name) {
  ++driver().calls[name];
  const char* wishes = std::getenv("FAKE_CUDA");
  const std::string all = std::string(",") + (wishes == nullptr ? "" : wishes) + ",";
  const size_t at = all.find("," + name + "=");
  if (at != std::string::npos) return std::atoi(all.c_str() + at + name.size() + 2);
  return driver().sticky;
}

template <class Value>
Value parameter(void** parameters, int index) {
  Value value;
  std::memcpy(&value, parameters[index], sizeof value);
  return value;
}

void scale(void** parameters) {
  auto* out = reinterpret_cast<float*>(parameter<uint64_t>(parameters, 0));
  const auto* in = reinterpret_cast<const float*>(parameter<uint64_t>(parameters, 1));
  for (int i = 0; i < 4; ++i) out[i] = in[i] * parameter<float>(parameters, 2);
}

}  // namespace

#define BEGIN(name) \
  if (const int outcome = begin(name); outcome != 0) return outcome

extern "C" {

int fake_cuda_calls(const char* name) { return driver().calls[name]; }
int fake_cuda_buffers() { return static_cast<int>(driver().memory.size()); }
/// As a new process finds the driver.
void fake_cuda_reset() { driver() = Driver(); }

int cuGetErrorName(int outcome, const char** name) {
  static std::map<int, std::string> names;
  if (outcome == 12345) return 1;
  *name = names.try_emplace(outcome, "CUDA_ERROR_" + std::to_string(outcome)).first->second.c_str();
  return 0;
}
int cuGetErrorString(int, const char** text) {
  *text = "as the fake driver was told";
  return 0;
}
int cuInit(unsigned) { return begin("cuInit"); }
int cuDriverGetVersion(int* version) {
  BEGIN("cuDriverGetVersion");
  const char* wish = std::getenv("FAKE_CUDA_VERSION");
  *version = wish == nullptr ? 13000 : std::atoi(wish);
  return 0;
}
int cuDeviceGetCount(int* count) {
  BEGIN("cuDeviceGetCount");
  *count = 2;
  return 0;
}
int cuDeviceGet(int* device, int ordinal) {
  BEGIN("cuDeviceGet");
  *device = ordinal;
  return 0;
}
int cuDeviceGetName(char* name, int bytes, int device) {
  BEGIN("cuDeviceGetName");
  std::strncpy(name, device == 0 ? "Fake H100" : "Fake H200", static_cast<size_t>(bytes));
  return 0;
}
int cuDeviceTotalMem_v2(size_t* bytes, int) {
  BEGIN("cuDeviceTotalMem_v2");
  *bytes = size_t{80} << 30;
  return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
  BEGIN("cuDeviceGetAttribute");
  static const std::map<int, int> values = {{1, 1024},  {2, 1024},  {3, 1024},   {4, 64},   {5, 2147483647},
                                            {6, 65535}, {7, 65535}, {8, 49152},  {16, 132}, {38, 52428800},
                                            {75, 9},    {76, 0},    {97, 232448}};
  *value = values.at(attribute);
  return 0;
}
int cuDeviceGetPCIBusId(char* text, int bytes, int device) {
  BEGIN("cuDeviceGetPCIBusId");
  std::strncpy(text, device == 0 ? "0000:17:00.0" : "0000:65:00.0", static_cast<size_t>(bytes));
  return 0;
}
int cuDevicePrimaryCtxRetain(void** context, int) {
  BEGIN("cuDevicePrimaryCtxRetain");
  *context = &driver();
  return 0;
}
int cuDevicePrimaryCtxRelease_v2(int) { return begin("cuDevicePrimaryCtxRelease_v2"); }
int cuCtxSetCurrent(void*) { return begin("cuCtxSetCurrent"); }
int cuModuleLoadDataEx(Module** module, const void*, unsigned, int*, void**) {
  BEGIN("cuModuleLoadDataEx");
  *module = new Module;
  return 0;
}
int cuModuleUnload(Module* module) {
  BEGIN("cuModuleUnload");
  delete module;
  for (Function* function : driver().functions) delete function;
  driver().functions.clear();
  return 0;
}
int cuModuleGetFunction(Function** function, Module*, const char* name) {
  BEGIN("cuModuleGetFunction");
  *function = new Function{name};
  driver().functions.push_back(*function);
  return 0;
}
int cuModuleGetGlobal_v2(uint64_t* address, size_t* bytes, Module*, const char* name) {
  BEGIN("cuModuleGetGlobal_v2");
  if (std::string(name) != "weights") return 500;
  *address = reinterpret_cast<uint64_t>(driver().weights);
  *bytes = sizeof driver().weights;
  return 0;
}
int cuFuncSetAttribute(Function*, int attribute, int value) {
  BEGIN("cuFuncSetAttribute");
  if (attribute == 8) driver().shared_limit = value;
  return 0;
}
int cuMemAlloc_v2(uint64_t* address, size_t bytes) {
  BEGIN("cuMemAlloc_v2");
  if (bytes == 0) return 1;
  void* memory = std::malloc(bytes);
  driver().memory.insert(memory);
  *address = reinterpret_cast<uint64_t>(memory);
  return 0;
}
int cuMemFree_v2(uint64_t address) {
  BEGIN("cuMemFree_v2");
  auto* memory = reinterpret_cast<void*>(address);
  driver().memory.erase(memory);
  std::free(memory);
  return 0;
}
int cuMemcpyHtoD_v2(uint64_t to, const void* from, size_t bytes) {
  BEGIN("cuMemcpyHtoD_v2");
  std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  return 0;
}
int cuMemcpyDtoH_v2(void* to, uint64_t from, size_t bytes) {
  BEGIN("cuMemcpyDtoH_v2");
  std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
  return 0;
}
int cuMemsetD8Async(uint64_t address, unsigned char value, size_t bytes, Stream*) {
  BEGIN("cuMemsetD8Async");
  std::memset(reinterpret_cast<void*>(address), value, bytes);
  return 0;
}
int cuMemsetD8_v2(uint64_t address, unsigned char value, size_t bytes) {
  BEGIN("cuMemsetD8_v2");
  std::memset(reinterpret_cast<void*>(address), value, bytes);
  return 0;
}
int cuStreamCreate(Stream** stream, unsigned) {
  BEGIN("cuStreamCreate");
  *stream = new Stream;
  return 0;
}
int cuStreamDestroy_v2(Stream* stream) {
  delete stream;
  return begin("cuStreamDestroy_v2");
}
int cuEventCreate(Event** event, unsigned) {
  BEGIN("cuEventCreate");
  *event = new Event;
  return 0;
}
int cuEventDestroy_v2(Event* event) {
  delete event;
  return begin("cuEventDestroy_v2");
}
int cuEventRecord(Event* event, Stream*) {
  BEGIN("cuEventRecord");
  event->waits = driver().running;
  return 0;
}
int cuEventQuery(Event* event) {
  BEGIN("cuEventQuery");
  return event->waits ? kNotReady : 0;
}
int cuEventElapsedTime(float* milliseconds, Event*, Event*) {
  BEGIN("cuEventElapsedTime");
  *milliseconds = 0.25F;
  return 0;
}
int cuLaunchKernel(Function* function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                   unsigned shared_bytes, Stream*, void** parameters, void**) {
  BEGIN("cuLaunchKernel");
  if (shared_bytes > static_cast<unsigned>(driver().shared_limit)) return 1;
  const std::string& name = function->name;
  if (name == "scale") scale(parameters);
  if (name == "forever") driver().running = true;
  if (name.rfind("fail_", 0) == 0) driver().sticky = std::atoi(name.c_str() + 5);
  return 0;
}

}  // extern "C"

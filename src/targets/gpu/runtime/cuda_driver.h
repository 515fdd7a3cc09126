#pragma once

#include "tamis/result.h"
#include "targets/gpu/runtime/library_search.h"
#include "targets/gpu/runtime/runtime.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace tamis::gpu {

// What the driver API calls its things; only their addresses matter.
struct CudaContext;
struct CudaModule;
struct CudaFunction;
struct CudaStream;
struct CudaEvent;

using CudaOutcome = int;       ///< CUresult
using CudaDevice = int;        ///< CUdevice
using CudaAddress = uint64_t;  ///< CUdeviceptr

inline constexpr CudaOutcome kCudaSuccess = 0;
inline constexpr CudaOutcome kCudaNotFound = 500;
inline constexpr CudaOutcome kCudaNotReady = 600;

/// The functions of `libcuda.so.1` that are used, under own declarations: the binary interface of these is
/// the same in the drivers for CUDA 11 to 13.
struct CudaFunctions {
  CudaOutcome (*error_name)(CudaOutcome outcome, const char** name) = nullptr;
  CudaOutcome (*error_text)(CudaOutcome outcome, const char** text) = nullptr;
  CudaOutcome (*init)(unsigned flags) = nullptr;
  CudaOutcome (*driver_version)(int* version) = nullptr;
  CudaOutcome (*device_count)(int* count) = nullptr;
  CudaOutcome (*device)(CudaDevice* device, int ordinal) = nullptr;
  CudaOutcome (*device_name)(char* name, int bytes, CudaDevice device) = nullptr;
  CudaOutcome (*device_memory)(size_t* bytes, CudaDevice device) = nullptr;
  CudaOutcome (*device_attribute)(int* value, int attribute, CudaDevice device) = nullptr;
  CudaOutcome (*device_bus_address)(char* text, int bytes, CudaDevice device) = nullptr;
  CudaOutcome (*retain_context)(CudaContext** context, CudaDevice device) = nullptr;
  CudaOutcome (*release_context)(CudaDevice device) = nullptr;
  CudaOutcome (*set_context)(CudaContext* context) = nullptr;
  CudaOutcome (*load_module)(CudaModule** module, const void* image, unsigned options, int* names,
                             void** values) = nullptr;
  CudaOutcome (*unload_module)(CudaModule* module) = nullptr;
  CudaOutcome (*find_function)(CudaFunction** function, CudaModule* module, const char* name) = nullptr;
  CudaOutcome (*find_global)(CudaAddress* address, size_t* bytes, CudaModule* module,
                             const char* name) = nullptr;
  CudaOutcome (*set_function_attribute)(CudaFunction* function, int attribute, int value) = nullptr;
  CudaOutcome (*allocate)(CudaAddress* address, size_t bytes) = nullptr;
  CudaOutcome (*free)(CudaAddress address) = nullptr;
  CudaOutcome (*copy_in)(CudaAddress to, const void* from, size_t bytes) = nullptr;
  CudaOutcome (*copy_out)(void* to, CudaAddress from, size_t bytes) = nullptr;
  CudaOutcome (*fill)(CudaAddress address, unsigned char value, size_t bytes, CudaStream* stream) = nullptr;
  CudaOutcome (*create_stream)(CudaStream** stream, unsigned flags) = nullptr;
  CudaOutcome (*destroy_stream)(CudaStream* stream) = nullptr;
  CudaOutcome (*create_event)(CudaEvent** event, unsigned flags) = nullptr;
  CudaOutcome (*destroy_event)(CudaEvent* event) = nullptr;
  CudaOutcome (*record_event)(CudaEvent* event, CudaStream* stream) = nullptr;
  CudaOutcome (*query_event)(CudaEvent* event) = nullptr;
  CudaOutcome (*elapsed)(float* milliseconds, CudaEvent* begin, CudaEvent* end) = nullptr;
  CudaOutcome (*launch)(CudaFunction* function, unsigned groups_x, unsigned groups_y, unsigned groups_z,
                        unsigned group_x, unsigned group_y, unsigned group_z, unsigned shared_bytes,
                        CudaStream* stream, void** parameters, void** extra) = nullptr;
};

/// The driver of this machine. Immutable and thread safe.
class CudaDriver {
 public:
  /// Finds the functions and initialises the driver, once a process. Errors: unsupported for a library that
  /// lacks a function; not_found where the driver has no device; io for whatever else it says.
  static Result<std::shared_ptr<const CudaDriver>> load(std::shared_ptr<const SharedLibrary> library);

  const CudaFunctions& functions() const { return functions_; }
  /// The newest CUDA whose programs it runs, as its major: 13.
  int major() const { return version_ / 1000; }
  /// `13.0`.
  std::string version() const;
  int device_count() const { return device_count_; }
  /// `CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered`.
  std::string describe(CudaOutcome outcome) const;
  /// An outcome other than kCudaSuccess as a failure of launching or running a program: its verdict, and
  /// whether the process can use the device no more.
  Failure failure(CudaOutcome outcome, const std::string& doing) const;
  /// An error of the kind io that names what was done; nothing for kCudaSuccess.
  Status check(CudaOutcome outcome, const std::string& doing) const;

 private:
  explicit CudaDriver(std::shared_ptr<const SharedLibrary> library) : library_(std::move(library)) {}
  Status bind();

  std::shared_ptr<const SharedLibrary> library_;
  CudaFunctions functions_;
  int version_ = 0;
  int device_count_ = 0;
};

}  // namespace tamis::gpu

#pragma once

#include "tamis/result.h"
#include "targets/gpu/runtime/library_search.h"

#include <memory>
#include <string>
#include <vector>

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

namespace tamis::gpu {

/// The functions of OpenCL 1.2 that are used, by their names without `cl`.
struct OpenClFunctions {
  decltype(::clGetPlatformIDs)* get_platforms = nullptr;
  decltype(::clGetPlatformInfo)* get_platform_info = nullptr;
  decltype(::clGetDeviceIDs)* get_devices = nullptr;
  decltype(::clGetDeviceInfo)* get_device_info = nullptr;
  decltype(::clCreateContext)* create_context = nullptr;
  decltype(::clReleaseContext)* release_context = nullptr;
  decltype(::clCreateCommandQueue)* create_queue = nullptr;
  decltype(::clReleaseCommandQueue)* release_queue = nullptr;
  decltype(::clCreateBuffer)* create_buffer = nullptr;
  decltype(::clCreateSubBuffer)* create_sub_buffer = nullptr;
  decltype(::clReleaseMemObject)* release_memory = nullptr;
  decltype(::clCreateProgramWithSource)* create_program = nullptr;
  decltype(::clReleaseProgram)* release_program = nullptr;
  decltype(::clBuildProgram)* build_program = nullptr;
  decltype(::clGetProgramInfo)* get_program_info = nullptr;
  decltype(::clGetProgramBuildInfo)* get_build_info = nullptr;
  decltype(::clCreateKernel)* create_kernel = nullptr;
  decltype(::clReleaseKernel)* release_kernel = nullptr;
  decltype(::clSetKernelArg)* set_argument = nullptr;
  decltype(::clGetKernelInfo)* get_kernel_info = nullptr;
  decltype(::clGetKernelWorkGroupInfo)* get_group_info = nullptr;
  decltype(::clEnqueueNDRangeKernel)* enqueue_kernel = nullptr;
  decltype(::clEnqueueReadBuffer)* enqueue_read = nullptr;
  decltype(::clEnqueueWriteBuffer)* enqueue_write = nullptr;
  decltype(::clCreateUserEvent)* create_user_event = nullptr;
  decltype(::clSetUserEventStatus)* set_user_event = nullptr;
  decltype(::clSetEventCallback)* set_callback = nullptr;
  decltype(::clGetEventInfo)* get_event_info = nullptr;
  decltype(::clGetEventProfilingInfo)* get_profile = nullptr;
  decltype(::clReleaseEvent)* release_event = nullptr;
  decltype(::clFlush)* flush = nullptr;
};

/// OpenCL's loader with its functions; it stays in the process. Immutable and thread safe.
class OpenClLibrary {
 public:
  /// Errors: not_found where there is no such library, unsupported where it lacks a function.
  static Result<std::shared_ptr<const OpenClLibrary>> open(const std::string& name);
  const OpenClFunctions& functions() const { return functions_; }

 private:
  explicit OpenClLibrary(const OpenClFunctions& functions) : functions_(functions) {}
  OpenClFunctions functions_;
};

/// A device that a loader knows.
struct OpenClDevice {
  cl_platform_id platform = nullptr;
  cl_device_id device = nullptr;
  std::string name;
  cl_device_type type = 0;
};

/// The devices of all platforms, in the loader's order. Errors: not_found where there is no driver or no
/// device, saying what to install. Thread safe.
Result<std::vector<OpenClDevice>> list_devices(const OpenClFunctions& cl);
/// The one that is meant (OpenClOptions::device); `devices` must not be empty. Errors: not_found, listing all
/// there are, and invalid_input for a part of several names. Thread safe.
Result<OpenClDevice> choose_device(const std::vector<OpenClDevice>& devices, const std::string& wanted);

/// `CL_OUT_OF_RESOURCES (-5)`; only the number where it has no name. Thread safe.
std::string error_name(cl_int code);

}  // namespace tamis::gpu

#include "targets/gpu/runtime/opencl_library.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include <dlfcn.h>
#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr cl_int kNoPlatform = -1001;  // CL_PLATFORM_NOT_FOUND_KHR, of the loader

Status bind_objects(const SharedLibrary& library, OpenClFunctions& cl) {
  TAMIS_TRY(library.bind("clGetPlatformIDs", cl.get_platforms));
  TAMIS_TRY(library.bind("clGetPlatformInfo", cl.get_platform_info));
  TAMIS_TRY(library.bind("clGetDeviceIDs", cl.get_devices));
  TAMIS_TRY(library.bind("clGetDeviceInfo", cl.get_device_info));
  TAMIS_TRY(library.bind("clCreateContext", cl.create_context));
  TAMIS_TRY(library.bind("clReleaseContext", cl.release_context));
  TAMIS_TRY(library.bind("clCreateCommandQueue", cl.create_queue));
  TAMIS_TRY(library.bind("clReleaseCommandQueue", cl.release_queue));
  TAMIS_TRY(library.bind("clCreateBuffer", cl.create_buffer));
  TAMIS_TRY(library.bind("clCreateSubBuffer", cl.create_sub_buffer));
  TAMIS_TRY(library.bind("clReleaseMemObject", cl.release_memory));
  TAMIS_TRY(library.bind("clCreateProgramWithSource", cl.create_program));
  TAMIS_TRY(library.bind("clReleaseProgram", cl.release_program));
  TAMIS_TRY(library.bind("clBuildProgram", cl.build_program));
  TAMIS_TRY(library.bind("clGetProgramInfo", cl.get_program_info));
  return library.bind("clGetProgramBuildInfo", cl.get_build_info);
}

Status bind_commands(const SharedLibrary& library, OpenClFunctions& cl) {
  TAMIS_TRY(library.bind("clCreateKernel", cl.create_kernel));
  TAMIS_TRY(library.bind("clReleaseKernel", cl.release_kernel));
  TAMIS_TRY(library.bind("clSetKernelArg", cl.set_argument));
  TAMIS_TRY(library.bind("clGetKernelInfo", cl.get_kernel_info));
  TAMIS_TRY(library.bind("clGetKernelWorkGroupInfo", cl.get_group_info));
  TAMIS_TRY(library.bind("clEnqueueNDRangeKernel", cl.enqueue_kernel));
  TAMIS_TRY(library.bind("clEnqueueReadBuffer", cl.enqueue_read));
  TAMIS_TRY(library.bind("clEnqueueWriteBuffer", cl.enqueue_write));
  TAMIS_TRY(library.bind("clCreateUserEvent", cl.create_user_event));
  TAMIS_TRY(library.bind("clSetUserEventStatus", cl.set_user_event));
  TAMIS_TRY(library.bind("clSetEventCallback", cl.set_callback));
  TAMIS_TRY(library.bind("clGetEventInfo", cl.get_event_info));
  TAMIS_TRY(library.bind("clGetEventProfilingInfo", cl.get_profile));
  TAMIS_TRY(library.bind("clReleaseEvent", cl.release_event));
  return library.bind("clFlush", cl.flush);
}

std::string device_name(const OpenClFunctions& cl, cl_device_id device) {
  std::array<char, 512> text = {};
  cl.get_device_info(device, CL_DEVICE_NAME, text.size() - 1, text.data(), nullptr);
  return text.data();
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string listing(const std::vector<OpenClDevice>& devices) {
  std::string text;
  for (size_t i = 0; i < devices.size(); ++i)
    text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", i, devices[i].name);
  return text;
}

struct ErrorName {
  cl_int code;
  std::string_view name;
};

constexpr std::array kErrorNames = std::to_array<ErrorName>({
    {CL_DEVICE_NOT_FOUND, "CL_DEVICE_NOT_FOUND"},
    {CL_DEVICE_NOT_AVAILABLE, "CL_DEVICE_NOT_AVAILABLE"},
    {CL_COMPILER_NOT_AVAILABLE, "CL_COMPILER_NOT_AVAILABLE"},
    {CL_MEM_OBJECT_ALLOCATION_FAILURE, "CL_MEM_OBJECT_ALLOCATION_FAILURE"},
    {CL_OUT_OF_RESOURCES, "CL_OUT_OF_RESOURCES"},
    {CL_OUT_OF_HOST_MEMORY, "CL_OUT_OF_HOST_MEMORY"},
    {CL_BUILD_PROGRAM_FAILURE, "CL_BUILD_PROGRAM_FAILURE"},
    {CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST"},
    {CL_INVALID_VALUE, "CL_INVALID_VALUE"},
    {CL_INVALID_COMMAND_QUEUE, "CL_INVALID_COMMAND_QUEUE"},
    {CL_INVALID_MEM_OBJECT, "CL_INVALID_MEM_OBJECT"},
    {CL_INVALID_BUILD_OPTIONS, "CL_INVALID_BUILD_OPTIONS"},
    {CL_INVALID_PROGRAM_EXECUTABLE, "CL_INVALID_PROGRAM_EXECUTABLE"},
    {CL_INVALID_KERNEL_NAME, "CL_INVALID_KERNEL_NAME"},
    {CL_INVALID_KERNEL_DEFINITION, "CL_INVALID_KERNEL_DEFINITION"},
    {CL_INVALID_ARG_INDEX, "CL_INVALID_ARG_INDEX"},
    {CL_INVALID_ARG_VALUE, "CL_INVALID_ARG_VALUE"},
    {CL_INVALID_ARG_SIZE, "CL_INVALID_ARG_SIZE"},
    {CL_INVALID_KERNEL_ARGS, "CL_INVALID_KERNEL_ARGS"},
    {CL_INVALID_WORK_GROUP_SIZE, "CL_INVALID_WORK_GROUP_SIZE"},
    {CL_INVALID_WORK_ITEM_SIZE, "CL_INVALID_WORK_ITEM_SIZE"},
    {CL_INVALID_GLOBAL_WORK_SIZE, "CL_INVALID_GLOBAL_WORK_SIZE"},
    {CL_INVALID_BUFFER_SIZE, "CL_INVALID_BUFFER_SIZE"},
});

}  // namespace

Result<std::shared_ptr<const OpenClLibrary>> OpenClLibrary::open(const std::string& name) {
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return not_found(
        fmt::format("there is no OpenCL here: {} cannot be loaded ({}); install the loader and a driver "
                    "(Debian: ocl-icd-libopencl1, and pocl-opencl-icd for the processor or the driver of the "
                    "GPU's maker)",
                    name, reason == nullptr ? "no reason given" : reason));
  }
  const SharedLibrary library(handle, name);
  OpenClFunctions functions;
  TAMIS_TRY(bind_objects(library, functions));
  TAMIS_TRY(bind_commands(library, functions));
  return std::shared_ptr<const OpenClLibrary>(new OpenClLibrary(functions));
}

Result<std::vector<OpenClDevice>> list_devices(const OpenClFunctions& cl) {
  cl_uint count = 0;
  const cl_int code = cl.get_platforms(0, nullptr, &count);
  if (code != CL_SUCCESS && code != kNoPlatform)
    return io_error(fmt::format("OpenCL's loader lists no drivers: {}", error_name(code)));
  std::vector<cl_platform_id> platforms(count);
  if (count > 0) cl.get_platforms(count, platforms.data(), nullptr);
  std::vector<OpenClDevice> devices;
  for (const cl_platform_id platform : platforms) {
    cl_uint found = 0;
    if (cl.get_devices(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &found) != CL_SUCCESS) continue;
    std::vector<cl_device_id> ids(found);
    if (found > 0) cl.get_devices(platform, CL_DEVICE_TYPE_ALL, found, ids.data(), nullptr);
    for (const cl_device_id id : ids) {
      cl_device_type type = 0;
      cl.get_device_info(id, CL_DEVICE_TYPE, sizeof type, &type, nullptr);
      devices.push_back({platform, id, device_name(cl, id), type});
    }
  }
  if (!devices.empty()) return devices;
  return not_found(fmt::format(
      "OpenCL's loader finds {}; install a driver, which names itself in /etc/OpenCL/vendors (Debian: "
      "pocl-opencl-icd for the processor, or the driver of the GPU's maker)",
      platforms.empty() ? "no driver" : "drivers, but no device"));
}

Result<OpenClDevice> choose_device(const std::vector<OpenClDevice>& devices, const std::string& wanted) {
  if (wanted.empty()) {
    for (const OpenClDevice& one : devices)
      if ((one.type & CL_DEVICE_TYPE_GPU) != 0) return one;
    return devices.front();
  }
  if (const std::optional<int64_t> number = parse_integer(wanted)) {
    if (*number >= 0 && static_cast<size_t>(*number) < devices.size())
      return devices[static_cast<size_t>(*number)];
    return not_found(
        fmt::format("there is no OpenCL device with number {}; take one of {}", wanted, listing(devices)));
  }
  std::vector<OpenClDevice> meant;
  for (const OpenClDevice& one : devices)
    if (lower_case(one.name).find(lower_case(wanted)) != std::string::npos) meant.push_back(one);
  if (meant.empty())
    return not_found(
        fmt::format("no OpenCL device has \"{}\" in its name; take one of {}", wanted, listing(devices)));
  if (meant.size() > 1)
    return invalid_input(fmt::format("\"{}\" is in the names of {} OpenCL devices; take a number: {}", wanted,
                                     meant.size(), listing(devices)));
  return meant.front();
}

std::string error_name(cl_int code) {
  for (const ErrorName& known : kErrorNames)
    if (known.code == code) return fmt::format("{} ({})", known.name, code);
  return fmt::format("error {}", code);
}

}  // namespace tamis::gpu

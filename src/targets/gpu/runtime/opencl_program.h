#pragma once

#include "targets/gpu/runtime/opencl_library.h"
#include "targets/gpu/runtime/runtime.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tamis::gpu {

/// A program that was built, with the kernels of its entries.
class OpenClProgram final : public CompiledProgram {
 public:
  OpenClProgram(std::shared_ptr<const OpenClLibrary> library, cl_device_id device, cl_program program)
      : library_(std::move(library)), device_(device), program_(program) {}
  OpenClProgram(const OpenClProgram&) = delete;
  OpenClProgram& operator=(const OpenClProgram&) = delete;
  ~OpenClProgram() override;

  /// Looks up a kernel. Nothing, or why there is none of this name.
  std::optional<Failure> add(const std::string& entry);
  /// Of an entry that was added.
  cl_kernel kernel(const std::string& entry) const { return kernels_.at(entry); }
  /// The local memory that all kernels declare, at most: bytes.
  uint64_t local_bytes() const;
  uint64_t private_bytes() const;

  std::optional<size_t> parameter_count(const std::string& entry) const override;
  Fit fit(const DeviceFacts& device, const Launch& launch) const override;

 private:
  template <class T>
  T group_info(cl_kernel kernel, cl_kernel_work_group_info what) const;

  std::shared_ptr<const OpenClLibrary> library_;
  cl_device_id device_;
  cl_program program_;
  std::map<std::string, cl_kernel> kernels_;
};

/// Compiles a source for a device of a context. What the compiler said is normalised (normal_log).
Compiled compile_opencl(const std::shared_ptr<const OpenClLibrary>& library, cl_context context,
                        cl_device_id device, bool is_cpu, const Source& source,
                        std::span<const std::string> entries);

/// What a compiler said without what differs from run to run and without what says nothing: PoCL's temporary
/// file names become `name`. Thread safe.
std::string normal_log(std::string_view log, std::string_view name);

}  // namespace tamis::gpu

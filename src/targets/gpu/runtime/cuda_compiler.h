#pragma once

#include "targets/gpu/runtime/architecture.h"
#include "targets/gpu/runtime/cubin.h"
#include "targets/gpu/runtime/nvrtc.h"
#include "targets/gpu/runtime/program.h"
#include "targets/gpu/runtime/runtime.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tamis::gpu {

/// A program as a cubin, with what is known of its kernels. Immutable and thread safe.
class Cubin final : public CompiledProgram {
 public:
  Cubin(std::string bytes, CubinFacts facts, std::map<std::string, std::string> names)
      : bytes_(std::move(bytes)), facts_(std::move(facts)), names_(std::move(names)) {}

  const std::string& bytes() const { return bytes_; }
  /// The name that an entry has in the cubin; empty for one that it was not compiled for.
  std::string name_of(const std::string& entry) const;
  /// nullptr for an entry that it was not compiled for.
  const KernelFacts* kernel(const std::string& entry) const;

  std::optional<size_t> parameter_count(const std::string& entry) const override;
  std::string code() const override { return facts_.code; }
  /// The cubin, and the names of its kernels.
  std::string pack() const override;
  Fit fit(const DeviceFacts& device, const Launch& launch) const override;

 private:
  std::string bytes_;
  CubinFacts facts_;
  std::map<std::string, std::string> names_;
};

/// A program that Cubin::pack() wrote of a source with these entries, to run on a device of an architecture.
/// Every offset is checked: any bytes may come; what the code does is not. Thread safe. Errors: corrupt;
/// unsupported for a cubin that devices of this architecture do not run.
Result<Compiled> load_cubin(std::string_view packed, std::span<const std::string> entries,
                            const std::string& architecture);

/// CUDA C++ to cubins, for one architecture. Needs no GPU. Immutable and thread safe.
class CudaCompiler {
 public:
  /// `architecture`: `sm_90`. Errors: invalid_input for one that is not written so, or that NVRTC does not
  /// know, listing those that it does.
  static Result<CudaCompiler> create(std::shared_ptr<const Nvrtc> nvrtc, const std::string& architecture);

  const std::string& architecture() const { return architecture_; }
  /// `NVRTC 13.5`: what results depend on, too.
  std::string version() const;
  /// As Runtime::compile. What compiling reveals, of all kernels together: `registers`, `stack_bytes`,
  /// `shared_bytes`, `barriers` of the one that has most; `spill_store_bytes`, `spill_load_bytes` and
  /// `code_bytes` in all. An option that names an architecture is passed over, as this compiler has one.
  Compiled compile(const Source& source, std::span<const std::string> entries) const;

 private:
  CudaCompiler(std::shared_ptr<const Nvrtc> nvrtc, std::string architecture)
      : nvrtc_(std::move(nvrtc)), architecture_(std::move(architecture)) {}

  std::shared_ptr<const Nvrtc> nvrtc_;
  std::string architecture_;
};

}  // namespace tamis::gpu
